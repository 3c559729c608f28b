#include "base/bell.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool ringing;
};

struct bell *bell_new(void)
{
    struct bell *bell = calloc(1, sizeof *bell);
    pthread_condattr_t attributes;
    /* Not the wall clock: somebody may set that. */
    if (!bell || pthread_mutex_init(&bell->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&bell->rung, &attributes) != 0)
        abort();
    (void)pthread_condattr_destroy(&attributes);
    return bell;
}

void bell_free(struct bell *bell)
{
    if (!bell)
        return;
    (void)pthread_cond_destroy(&bell->rung);
    (void)pthread_mutex_destroy(&bell->lock);
    free(bell);
}

void bell_ring(struct bell *bell)
{
    if (!bell)
        return;
    (void)pthread_mutex_lock(&bell->lock);
    bell->ringing = true;
    (void)pthread_cond_signal(&bell->rung);
    (void)pthread_mutex_unlock(&bell->lock);
}

bool bell_wait(struct bell *bell, int ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_mutex_lock(&bell->lock);
    int waited = 0;
    while (!bell->ringing && waited == 0)
        waited = pthread_cond_timedwait(&bell->rung, &bell->lock, &until);
    bool rung = bell->ringing;
    bell->ringing = false;
    (void)pthread_mutex_unlock(&bell->lock);
    return rung;
}
