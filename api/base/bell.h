/* A thread that sleeps until a moment, or until somebody rings. A ring while nobody sleeps is not lost. */
#ifndef OAM_BASE_BELL_H
#define OAM_BASE_BELL_H

#include <stdbool.h>

struct bell;

/* Caller frees. */
struct bell *bell_new(void);
void bell_free(struct bell *bell);

/* Wakes who waits, or the next one to wait; any thread may. NULL is fine: nobody listens. */
void bell_ring(struct bell *bell);

/* Waits `ms` milliseconds at most; true when it was rung. */
bool bell_wait(struct bell *bell, int ms);

#endif
