#include "base/schedule.h"

#include <string.h>

#define WAIT_DIGITS 9
#define WAIT_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

/* Milliseconds of a unit; 0: there is no such unit. */
static int64_t unit_ms(const char *unit, size_t length)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, unit, length) == 0)
            return units[i].ms;
    return 0;
}

static int64_t number_of(const char *digits, size_t length)
{
    int64_t number = 0;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (digits[i] - '0');
    return number;
}

size_t schedule_parse(const char *text, int64_t ret_ms[SCHEDULE_MAX])
{
    size_t n = 0;
    for (const char *at = text;; at++) {
        const size_t digits = strspn(at, "0123456789"), unit = strcspn(at + digits, ",");
        const int64_t ms = unit_ms(at + digits, unit);
        if (digits == 0 || digits > WAIT_DIGITS || ms == 0 || n == SCHEDULE_MAX)
            return 0;
        ret_ms[n] = number_of(at, digits) * ms;
        if (ret_ms[n++] > WAIT_MAX_MS)
            return 0;
        at += digits + unit;
        if (!*at)
            return n;
    }
}
