/* Times for people: the reader's clock and calendar, and how long ago. Programs read RFC 3339 from --json. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)
#define WEEK_S   (7 * DAY_S)
/* What clocks may differ by before the past looks like the future. */
#define SKEW_S (2 * MINUTE_S)

int64_t epoch_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

/* Seconds of the epoch of an RFC 3339 time in UTC, as the contract has them; false for anything else. */
bool moment_parse(const char *text, int64_t *ret_epoch_s)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return false;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0)
        return false;
    *ret_epoch_s = (int64_t)timegm(&parts);
    return true;
}

/* "fa 3 h", "d'aquí a 2 d": the sentence for the sign, with the number in its place. */
static void write_distance(enum text past, enum text future, int64_t seconds, int64_t unit_s, char *buffer, size_t size)
{
    const char *pattern = sentence(seconds < 0 ? future : past);
    const char *hole = strstr(pattern, "{}");
    snprintf(buffer, size, "%.*s%lld%s", (int)(hole - pattern), pattern, (long long)llabs(seconds) / unit_s, hole + 2);
}

/* How long ago, or in how long; empty when it is further than a week. */
static void write_age(int64_t age_s, char *buffer, size_t size)
{
    int64_t distance = llabs(age_s);
    if (age_s > -SKEW_S && age_s < MINUTE_S)
        snprintf(buffer, size, "%s", sentence(T_AGE_NOW));
    else if (distance < HOUR_S)
        write_distance(T_AGE_MINUTES, T_IN_MINUTES, age_s, MINUTE_S, buffer, size);
    else if (distance < DAY_S)
        write_distance(T_AGE_HOURS, T_IN_HOURS, age_s, HOUR_S, buffer, size);
    else if (distance < WEEK_S)
        write_distance(T_AGE_DAYS, T_IN_DAYS, age_s, DAY_S, buffer, size);
    else
        *buffer = '\0';
}

/* "22 nov", and the year where it is not this one. */
static void write_day(const struct tm *parts, bool with_year, char *buffer, size_t size)
{
    char months[80];
    char *rest = months;
    const char *month = "";
    snprintf(months, sizeof months, "%s", sentence(T_MONTHS));
    for (int i = 0; i <= parts->tm_mon && rest; i++)
        month = strsep(&rest, " ");
    if (with_year)
        snprintf(buffer, size, "%d %s %d", parts->tm_mday, month, parts->tm_year + 1900);
    else
        snprintf(buffer, size, "%d %s", parts->tm_mday, month);
}

/* What a file keeps: the reader's clock with its distance from UTC. */
static void write_exact(const struct tm *parts, char *buffer, size_t size)
{
    char zone[8];
    size_t length = strftime(buffer, size, "%Y-%m-%d %H:%M:%S", parts);
    strftime(zone, sizeof zone, "%z", parts);
    snprintf(buffer + length, size - length, "%.3s:%.2s", zone, zone + 3);
}

static void write_human(const struct tm *parts, const struct tm *today, const char *age, enum moment_style style,
                        char *buffer, size_t size)
{
    char day[40], clock[8];
    write_day(parts, style == MOMENT_FULL || parts->tm_year != today->tm_year, day, sizeof day);
    strftime(clock, sizeof clock, "%H:%M", parts);
    if (style == MOMENT_AGE)
        snprintf(buffer, size, "%s", *age ? age : day);
    else if (style == MOMENT_STAMP || !*age)
        snprintf(buffer, size, "%s %s", day, clock);
    else
        snprintf(buffer, size, "%s %s (%s)", day, clock, age);
}

/* text, an RFC 3339 time, in a style of the reader's time zone (TZ) as seen at now; text itself when it is no time.
 * The answer is buffer, or text. */
const char *moment_text(const char *text, enum moment_style style, int64_t now_epoch_s, char *buffer, size_t size)
{
    int64_t at_epoch_s;
    struct tm parts, today;
    char age[48];
    if (!moment_parse(text, &at_epoch_s))
        return text;
    time_t at = (time_t)at_epoch_s, now = (time_t)now_epoch_s;
    if (style == MOMENT_UTC) {
        if (!gmtime_r(&at, &parts))
            return text;
        strftime(buffer, size, "%Y-%m-%d %H:%M:%SZ", &parts);
        return buffer;
    }
    if (!localtime_r(&at, &parts) || !localtime_r(&now, &today))
        return text;
    if (style == MOMENT_EXACT) {
        write_exact(&parts, buffer, size);
    } else {
        write_age(now_epoch_s - at_epoch_s, age, sizeof age);
        write_human(&parts, &today, age, style, buffer, size);
    }
    return buffer;
}
