#include "auth/throttle.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth_internal.h"

#define SECOND 1000000LL
#define WAYS   8
#define SETS   1024

struct subject {
    unsigned char key[THROTTLE_SUBJECT_SIZE];
    int64_t since; /* of the first failure in the window; 0: free */
    int64_t blocked_until;
    int failures;
};

/* Bounded: who floods it with names pushes out memory, not the table of the database, which is asked each time. */
struct throttle {
    pthread_mutex_t lock;
    int attempts;
    struct subject subjects[SETS][WAYS];
};

struct throttle *throttle_new(int attempts)
{
    struct throttle *throttle = calloc(1, sizeof *throttle);
    if (throttle) {
        pthread_mutex_init(&throttle->lock, NULL);
        throttle->attempts = attempts;
    }
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle)
        pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

int throttle_attempts(const struct throttle *throttle)
{
    return throttle->attempts;
}

static struct subject *set_of(struct throttle *throttle, const unsigned char *key)
{
    uint32_t head;
    memcpy(&head, key, sizeof head);
    return throttle->subjects[head % SETS];
}

static struct subject *subject_find(struct throttle *throttle, const unsigned char *key)
{
    struct subject *set = set_of(throttle, key);
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].since && memcmp(set[i].key, key, sizeof set[i].key) == 0)
            return &set[i];
    return NULL;
}

/* The subject's place, taken from the one whose window is oldest when it is new. */
static struct subject *subject_take(struct throttle *throttle, const unsigned char *key, int64_t now)
{
    struct subject *found = subject_find(throttle, key);
    if (found && now - found->since < THROTTLE_WINDOW_SECONDS * SECOND)
        return found;
    if (!found) {
        found = set_of(throttle, key);
        for (size_t i = 1; i < WAYS; i++)
            if (set_of(throttle, key)[i].since < found->since)
                found = &set_of(throttle, key)[i];
    }
    *found = (struct subject){.since = now};
    memcpy(found->key, key, sizeof found->key);
    return found;
}

static int seconds_until(int64_t until, int64_t now)
{
    int64_t seconds = (until - now + SECOND - 1) / SECOND;
    return seconds < 1 ? 1 : seconds > THROTTLE_WINDOW_SECONDS ? THROTTLE_WINDOW_SECONDS : (int)seconds;
}

int throttle_reserve(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE], int64_t now)
{
    int wait_s = 0;
    pthread_mutex_lock(&throttle->lock);
    struct subject *known = subject_take(throttle, subject, now);
    if (now < known->blocked_until)
        wait_s = seconds_until(known->blocked_until, now);
    else if (known->failures >= throttle->attempts)
        wait_s = seconds_until(known->since + THROTTLE_WINDOW_SECONDS * SECOND, now);
    else
        known->failures++;
    pthread_mutex_unlock(&throttle->lock);
    return wait_s;
}

void throttle_release(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE])
{
    pthread_mutex_lock(&throttle->lock);
    struct subject *known = subject_find(throttle, subject);
    if (known && known->failures > 0)
        known->failures--;
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_clear(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE])
{
    pthread_mutex_lock(&throttle->lock);
    struct subject *known = subject_find(throttle, subject);
    if (known)
        *known = (struct subject){0};
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_block(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE], int64_t until)
{
    pthread_mutex_lock(&throttle->lock);
    struct subject *known = subject_find(throttle, subject);
    if (known)
        known->blocked_until = until;
    pthread_mutex_unlock(&throttle->lock);
}

void auth_subject(const struct auth *auth, enum auth_subject kind, const char *text,
                  unsigned char ret[THROTTLE_SUBJECT_SIZE])
{
    char folded[256] = {(char)('0' + (int)kind)};
    size_t length = 1;
    for (; text[length - 1] && length < sizeof folded - 1; length++)
        folded[length] = (char)tolower((unsigned char)text[length - 1]);
    auth_mac(auth, folded, length, ret);
}

struct throttle *auth_throttle(const struct auth *auth)
{
    return auth->throttle;
}
