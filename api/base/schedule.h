/* Waits before each try of something, as an operator writes them: "0s,5s,5m,30m,2h". */
#ifndef OAM_BASE_SCHEDULE_H
#define OAM_BASE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_MAX 32

/* Reads whole numbers of ms, s, m or h, each up to 30 days. Answers how many waits there are; 0: it cannot be read. */
size_t schedule_parse(const char *text, int64_t ret_ms[SCHEDULE_MAX]);

#endif
