#include "workflow/expression/moment.h"

#include <string.h>

#include "workflow/expression/number.h"

#define BILLION           1000000000
#define DAY_S             86400
#define TIMESTAMP_FIRST_S (-62135596800) /* 0001-01-01T00:00:00Z */
#define TIMESTAMP_LAST_S  253402300799   /* 9999-12-31T23:59:59Z */

/* A day as people name it. */
struct date {
    int64_t year;
    int month, day, of_year; /* from 1, from 1, from 0 */
};

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years are counted from March, so that the day that comes and goes is the last one of a year. */
static int64_t days_of_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_divide(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of_days(int64_t days)
{
    int64_t shifted = days + 719468, era = floor_divide(shifted, 146097), of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    struct date date = {.day = (int)(of_year - (153 * from_march + 2) / 5 + 1)};
    date.month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    date.year = year + era * 400 + (date.month <= 2);
    date.of_year = (int)(days - days_of_date(date.year, 1, 1));
    return date;
}

static bool normalise(int64_t *seconds, int64_t *nanoseconds)
{
    int64_t rest = *nanoseconds % BILLION, carry = floor_divide(*nanoseconds, BILLION);
    *nanoseconds = rest < 0 ? rest + BILLION : rest;
    return !__builtin_add_overflow(*seconds, carry, seconds);
}

bool moment_timestamp(int64_t seconds, int64_t nanoseconds, struct workflow_value *ret)
{
    if (!normalise(&seconds, &nanoseconds) || seconds < TIMESTAMP_FIRST_S || seconds > TIMESTAMP_LAST_S)
        return false;
    *ret = workflow_value_timestamp(seconds, (uint32_t)nanoseconds);
    return true;
}

bool moment_duration(int64_t seconds, int64_t nanoseconds, struct workflow_value *ret)
{
    int64_t total;
    if (!normalise(&seconds, &nanoseconds))
        return false;
    /* From the side of zero, so that -2^63 is reached without passing it. */
    bool below = seconds < 0 && nanoseconds > 0;
    if (__builtin_mul_overflow(seconds + below, (int64_t)BILLION, &total) ||
        __builtin_add_overflow(total, nanoseconds - (below ? BILLION : 0), &total))
        return false;
    *ret = workflow_value_duration(seconds, (uint32_t)nanoseconds);
    return true;
}

/* Reads exactly n digits. */
static bool parse_digits(const char *text, size_t length, size_t at, size_t n, int *ret)
{
    *ret = 0;
    if (at + n > length)
        return false;
    for (size_t i = at; i < at + n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *ret = *ret * 10 + (text[i] - '0');
    }
    return true;
}

static bool is_date(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= lengths[month - 1] + leap;
}

/* [+-]hh:mm; the sign may be left out where `unsigned_too`. */
static bool parse_signed_offset(const char *text, size_t length, bool unsigned_too, int32_t *ret)
{
    int hours, minutes;
    bool sign = length > 0 && (text[0] == '+' || text[0] == '-');
    if ((!sign && !unsigned_too) || length != (size_t)5 + sign || text[sign + 2] != ':' ||
        !parse_digits(text, length, sign, 2, &hours) || !parse_digits(text, length, (size_t)sign + 3, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *ret = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return true;
}

bool moment_parse_offset(const char *text, size_t length, int32_t *ret_offset_s)
{
    *ret_offset_s = 0;
    return (length == 3 && memcmp(text, "UTC", 3) == 0) || parse_signed_offset(text, length, true, ret_offset_s);
}

/* Reads .ddd as nanoseconds; returns the place after it, 0 when there is a point and no decimals or too many. */
static size_t parse_fraction(const char *text, size_t length, size_t at, int64_t *ret_nanoseconds)
{
    *ret_nanoseconds = 0;
    if (at >= length || text[at] != '.')
        return at;
    int64_t unit = BILLION;
    size_t i = at + 1;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        unit /= 10;
        *ret_nanoseconds += (text[i] - '0') * unit;
    }
    return i == at + 1 || i > at + 10 ? 0 : i;
}

bool moment_parse_timestamp(const char *text, size_t length, struct workflow_value *ret)
{
    int year, month, day, hour, minute, second;
    if (length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        return false;
    if (!parse_digits(text, length, 0, 4, &year) || !parse_digits(text, length, 5, 2, &month) ||
        !parse_digits(text, length, 8, 2, &day) || !parse_digits(text, length, 11, 2, &hour) ||
        !parse_digits(text, length, 14, 2, &minute) || !parse_digits(text, length, 17, 2, &second))
        return false;
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t nanoseconds;
    int32_t offset = 0;
    size_t at = parse_fraction(text, length, 19, &nanoseconds);
    if (at == 0 || at >= length)
        return false;
    bool zulu = at + 1 == length && text[at] == 'Z';
    if (!zulu && !parse_signed_offset(text + at, length - at, false, &offset))
        return false;
    int64_t seconds = days_of_date(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second - offset;
    return moment_timestamp(seconds, nanoseconds, ret);
}

/* Reads a unit; returns its nanoseconds and, in ret_length, its bytes; 0: there is none. */
static int64_t parse_unit(const char *text, size_t length, size_t *ret_length)
{
    static const struct unit {
        const char *name;
        int64_t nanoseconds;
    } units[] = {{"ns", 1},
                 {"us", 1000},
                 {"\xc2\xb5s", 1000},
                 {"ms", 1000000},
                 {"s", BILLION},
                 {"m", (int64_t)60 * BILLION},
                 {"h", (int64_t)3600 * BILLION}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        *ret_length = strlen(units[i].name);
        if (length >= *ret_length && memcmp(text, units[i].name, *ret_length) == 0)
            return units[i].nanoseconds;
    }
    return 0;
}

static size_t skip_digits(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* Reads one "1.5h" at *at and takes it off the total, which runs downwards because there is room for one more. */
static bool parse_duration_term(const char *text, size_t length, size_t *at, int64_t *total)
{
    int64_t whole = 0, part = 0;
    size_t begin = *at, point = skip_digits(text, length, begin), end = point, unit_length;
    for (size_t i = begin; i < point; i++)
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, text[i] - '0', &whole))
            return false;
    if (point < length && text[point] == '.')
        end = skip_digits(text, length, point + 1);
    int64_t unit = parse_unit(text + end, length - end, &unit_length);
    bool any = point > begin || end > point + 1;
    if (!any || unit == 0 || __builtin_mul_overflow(whole, unit, &whole))
        return false;
    for (size_t i = end; i > point + 1; i--) /* from the last decimal, so that nothing is lost on the way */
        part = ((text[i - 1] - '0') * unit + part) / 10;
    *at = end + unit_length;
    return !__builtin_sub_overflow(*total, whole, total) && !__builtin_sub_overflow(*total, part, total);
}

bool moment_parse_duration(const char *text, size_t length, struct workflow_value *ret)
{
    int64_t total = 0;
    bool negative = length > 0 && text[0] == '-';
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    if (length - at == 1 && text[at] == '0')
        return moment_duration(0, 0, ret);
    if (at == length)
        return false;
    while (at < length)
        if (!parse_duration_term(text, length, &at, &total))
            return false;
    if (!negative && total == INT64_MIN)
        return false;
    return moment_duration(0, negative ? total : -total, ret);
}

static size_t put_padded(char *text, int64_t value, int width)
{
    for (int i = width; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
    return (size_t)width;
}

/* Writes .ddd without trailing zeros, nothing for 0. */
static size_t put_fraction(char *text, uint32_t nanoseconds)
{
    if (nanoseconds == 0)
        return 0;
    text[0] = '.';
    size_t n = 1 + put_padded(text + 1, nanoseconds, 9);
    while (text[n - 1] == '0')
        n--;
    return n;
}

size_t moment_print_timestamp(const struct workflow_value *timestamp, char *ret_text)
{
    int64_t days = floor_divide(timestamp->integer, DAY_S), second = timestamp->integer - days * DAY_S;
    struct date date = date_of_days(days);
    const struct {
        int64_t value;
        int width;
        char after;
    } parts[] = {{date.year, 4, '-'},     {date.month, 2, '-'},       {date.day, 2, 'T'},
                 {second / 3600, 2, ':'}, {second / 60 % 60, 2, ':'}, {second % 60, 2, 0}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        n += put_padded(ret_text + n, parts[i].value, parts[i].width);
        if (parts[i].after != 0)
            ret_text[n++] = parts[i].after;
    }
    n += put_fraction(ret_text + n, timestamp->n);
    ret_text[n++] = 'Z';
    return n;
}

size_t moment_print_duration(const struct workflow_value *duration, char *ret_text)
{
    int64_t seconds = duration->integer;
    uint32_t nanoseconds = duration->n;
    size_t n = 0;
    if (seconds < 0) {
        ret_text[n++] = '-';
        seconds = -seconds - (nanoseconds > 0);
        nanoseconds = nanoseconds > 0 ? BILLION - nanoseconds : 0;
    }
    n += number_print_int(seconds, ret_text + n);
    n += put_fraction(ret_text + n, nanoseconds);
    ret_text[n++] = 's';
    return n;
}

static const char *const part_names[MOMENT_PARTS] = {
    [MOMENT_FULL_YEAR] = "getFullYear",
    [MOMENT_MONTH] = "getMonth",
    [MOMENT_DATE] = "getDate",
    [MOMENT_DAY_OF_MONTH] = "getDayOfMonth",
    [MOMENT_DAY_OF_WEEK] = "getDayOfWeek",
    [MOMENT_DAY_OF_YEAR] = "getDayOfYear",
    [MOMENT_HOURS] = "getHours",
    [MOMENT_MINUTES] = "getMinutes",
    [MOMENT_SECONDS] = "getSeconds",
    [MOMENT_MILLISECONDS] = "getMilliseconds",
};

const char *moment_part_name(enum moment_part part)
{
    return part_names[part];
}

bool moment_part_of_duration(enum moment_part part)
{
    return part >= MOMENT_HOURS;
}

int64_t moment_timestamp_part(const struct workflow_value *timestamp, int32_t offset_s, enum moment_part part)
{
    int64_t local = timestamp->integer + offset_s, days = floor_divide(local, DAY_S), second = local - days * DAY_S;
    switch (part) {
    case MOMENT_FULL_YEAR:
        return date_of_days(days).year;
    case MOMENT_MONTH:
        return date_of_days(days).month - 1;
    case MOMENT_DATE:
        return date_of_days(days).day;
    case MOMENT_DAY_OF_MONTH:
        return date_of_days(days).day - 1;
    case MOMENT_DAY_OF_WEEK:
        return (days % 7 + 11) % 7; /* 1970 began on a Thursday */
    case MOMENT_DAY_OF_YEAR:
        return date_of_days(days).of_year;
    case MOMENT_HOURS:
        return second / 3600;
    case MOMENT_MINUTES:
        return second / 60 % 60;
    case MOMENT_SECONDS:
        return second % 60;
    case MOMENT_MILLISECONDS:
        break;
    }
    return timestamp->n / 1000000;
}

int64_t moment_duration_part(const struct workflow_value *duration, enum moment_part part)
{
    bool below = duration->integer < 0 && duration->n > 0;
    int64_t seconds = duration->integer + below, nanoseconds = (int64_t)duration->n - (below ? BILLION : 0);
    switch (part) {
    case MOMENT_HOURS:
        return seconds / 3600;
    case MOMENT_MINUTES:
        return seconds / 60;
    case MOMENT_SECONDS:
        return seconds;
    default:
        return nanoseconds / 1000000;
    }
}
