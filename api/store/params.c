/* Values on their way to PostgreSQL: text, which the server reads by the type of the parameter. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "store/store_internal.h"

struct param param_text(const char *text_or_null)
{
    return (struct param){.text = text_or_null};
}

struct param param_number(int64_t value)
{
    struct param param = {.text = NULL};
    snprintf(param.inline_text, sizeof param.inline_text, "%" PRId64, value);
    return param;
}

struct param param_number_or_null(int64_t value)
{
    return value == 0 ? param_text(NULL) : param_number(value);
}

struct param param_bool(bool value)
{
    return param_text(value ? "t" : "f");
}

/* Years 0001 to 9999: what a timestamp of ours can mean, and what fits the inline text. */
#define TIME_MIN_S INT64_C(-62135596800)
#define TIME_MAX_S INT64_C(253402300799)

struct param param_time(int64_t at_us)
{
    if (at_us == 0)
        return param_text(NULL);
    struct param param = {.text = NULL};
    int64_t micros = at_us % 1000000;
    int64_t seconds = at_us / 1000000;
    if (micros < 0) {
        micros += 1000000;
        seconds--;
    }
    if (seconds < TIME_MIN_S)
        seconds = TIME_MIN_S;
    if (seconds > TIME_MAX_S)
        seconds = TIME_MAX_S;
    const time_t whole = (time_t)seconds;
    struct tm utc;
    gmtime_r(&whole, &utc);
    char *text = param.inline_text;
    size_t length = strftime(text, sizeof param.inline_text, "%Y-%m-%dT%H:%M:%S", &utc);
    /* glibc does not pad years below 1000; PostgreSQL would read 0099 without its zeros as 1999. */
    if (utc.tm_year + 1900 < 1000)
        length = (size_t)snprintf(text, sizeof param.inline_text, "%04u-%02u-%02uT%02u:%02u:%02u",
                                  (unsigned)(utc.tm_year + 1900) % 10000u, (unsigned)(utc.tm_mon + 1) % 100u,
                                  (unsigned)utc.tm_mday % 100u, (unsigned)utc.tm_hour % 100u,
                                  (unsigned)utc.tm_min % 100u, (unsigned)utc.tm_sec % 100u);
    snprintf(text + length, sizeof param.inline_text - length, ".%06uZ", (unsigned)micros % 1000000u);
    return param;
}

const char *param_value(const struct param *param)
{
    if (param->text)
        return param->text;
    return param->inline_text[0] ? param->inline_text : NULL;
}
