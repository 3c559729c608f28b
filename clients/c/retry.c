/* When to try again, and after how long. Pure: no clock, no sleep. */
#include "client_internal.h"

#include <string.h>

static bool is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "DELETE", "PUT"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* Whether sending it twice is as good as once: the method is idempotent, or a key makes the server recognise it. */
bool oami_is_harmless(const struct oami_attempt *attempt)
{
    return attempt->safe || attempt->keyed || is_idempotent(attempt->method);
}

/* Once more only when that cannot do anything twice: it is harmless, or the server never saw it. */
bool oami_should_retry(const struct oami_attempt *attempt)
{
    bool harmless = oami_is_harmless(attempt);
    if (attempt->status == 0)
        return harmless || !attempt->sent;
    if (attempt->status == 409)
        return attempt->keyed && attempt->in_flight;
    return harmless && (attempt->status == 429 || attempt->status == 503);
}

/* Exponential from base to max, the upper half of it at random, so that clients that failed together do not return
 * together. Retry-After is a lower bound, given without regard to max: the caller decides whether it is too long. */
long oami_delay_ms(unsigned attempt, long base_ms, long max_ms, long retry_after_s, uint32_t random)
{
    long delay = base_ms;
    for (unsigned i = 0; i < attempt && delay < max_ms; i++)
        delay = delay > max_ms / 2 ? max_ms : delay * 2;
    delay = delay > max_ms ? max_ms : delay;
    long half = delay / 2;
    long jittered = half + (long)(random % (uint32_t)(delay - half + 1));
    if (retry_after_s < 0)
        return jittered;
    long asked = retry_after_s > 86400 ? 86400000L : retry_after_s * 1000;
    return asked > jittered ? asked : jittered;
}
