/* Time is injected: nobody but clock.c asks the system. */
#ifndef OAM_BASE_CLOCK_H
#define OAM_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock; /* a system clock, or a file with epoch microseconds that tests move */

struct clock *clock_new(const char *test_file_or_null);
void clock_free(struct clock *clock);

/* Wall time, microseconds since 1970 UTC. */
int64_t clock_now(const struct clock *clock);

/* Monotonic microseconds, for durations, deadlines and throttles; independent of the test file. */
int64_t clock_monotonic(void);

/* Wall time of the system whatever the test file says: for log lines. */
int64_t clock_wall(void);

#define TIME_TEXT_SIZE 32
/* RFC 3339 UTC with milliseconds: 2026-11-22T06:05:35.123Z. Returns `ret`. */
char *time_format(int64_t at_us, char ret[TIME_TEXT_SIZE]);
/* Strict RFC 3339 (with Z or ±hh:mm, up to 6 decimals; a lone date is midnight UTC only where `date_too`). False when
 * it is not. */
bool time_parse(const char *text, size_t length, bool date_too, int64_t *ret_at_us);
/* A lone date, 2026-11-22, in days since 1970; and back. False when it is not. */
bool day_parse(const char *text, size_t length, int64_t *ret_day);
char *day_format(int64_t day, char ret[TIME_TEXT_SIZE]);

#endif
