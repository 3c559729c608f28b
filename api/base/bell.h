/* A thread that sleeps until a moment, or until somebody rings. A ring while nobody sleeps is not lost; many of them
   wake once. One thread waits for a bell. */
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

/* Can be read while it rings: for who sleeps on other descriptors as well, and then asks bell_wait(bell, 0). */
int bell_descriptor(const struct bell *bell);

#endif
