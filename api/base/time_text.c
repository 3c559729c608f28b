/* RFC 3339, both ways, without libc's locale and time zone. Days are counted in eras of 400 years that start on 1
   March, so that the leap day is the last of its year. */
#include <string.h>

#include "base/clock.h"

#define DAYS_PER_ERA         146097
#define DAYS_TO_1970         719468
#define MICROSECONDS_PER_DAY INT64_C(86400000000)
#define DAY_LENGTH           10 /* of 2026-11-22 */

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400; /* year >= 0 here: parsing accepts 0001 to 9999 */
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static void civil_from_days(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static char *digits_write(char *at, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

char *time_format(int64_t at_us, char ret[TIME_TEXT_SIZE])
{
    int64_t days = at_us / MICROSECONDS_PER_DAY, within = at_us % MICROSECONDS_PER_DAY;
    if (within < 0) {
        days--;
        within += MICROSECONDS_PER_DAY;
    }
    int64_t year, month, day, seconds = within / 1000000;
    civil_from_days(days, &year, &month, &day);
    char *at = digits_write(ret, year < 0 ? 0 : year > 9999 ? 9999 : year, 4);
    *at++ = '-';
    at = digits_write(at, month, 2);
    *at++ = '-';
    at = digits_write(at, day, 2);
    *at++ = 'T';
    at = digits_write(at, seconds / 3600, 2);
    *at++ = ':';
    at = digits_write(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = digits_write(at, seconds % 60, 2);
    *at++ = '.';
    at = digits_write(at, within / 1000 % 1000, 3);
    *at++ = 'Z';
    *at = '\0';
    return ret;
}

struct reader {
    const char *at, *end;
    bool failed;
};

static int64_t read_digits(struct reader *reader, int width, int64_t minimum, int64_t maximum)
{
    int64_t value = 0;
    for (int i = 0; i < width; i++, reader->at++) {
        if (reader->at >= reader->end || *reader->at < '0' || *reader->at > '9') {
            reader->failed = true;
            return minimum;
        }
        value = value * 10 + (*reader->at - '0');
    }
    if (value < minimum || value > maximum)
        reader->failed = true;
    return value;
}

static void read_literal(struct reader *reader, char expected)
{
    if (reader->at >= reader->end || *reader->at != expected)
        reader->failed = true;
    else
        reader->at++;
}

static int64_t read_fraction(struct reader *reader)
{
    int64_t value = 0, unit = 100000;
    if (reader->at >= reader->end || *reader->at != '.')
        return 0;
    reader->at++;
    const char *first = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && unit > 0) {
        value += (*reader->at++ - '0') * unit;
        unit /= 10;
    }
    if (reader->at == first)
        reader->failed = true;
    return value;
}

/* Seconds that the written time is ahead of UTC. */
static int64_t read_offset(struct reader *reader)
{
    if (reader->at < reader->end && *reader->at == 'Z') {
        reader->at++;
        return 0;
    }
    bool ahead = reader->at < reader->end && *reader->at == '+';
    read_literal(reader, ahead ? '+' : '-');
    int64_t hours = read_digits(reader, 2, 0, 23);
    read_literal(reader, ':');
    int64_t minutes = read_digits(reader, 2, 0, 59);
    int64_t seconds = hours * 3600 + minutes * 60;
    return ahead ? seconds : -seconds;
}

static int64_t read_date(struct reader *reader)
{
    static const signed char lengths[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year = read_digits(reader, 4, 1, 9999);
    read_literal(reader, '-');
    int64_t month = read_digits(reader, 2, 1, 12);
    read_literal(reader, '-');
    int64_t day = read_digits(reader, 2, 1, 31);
    if (reader->failed)
        return 0;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > lengths[month] + (month == 2 && leap))
        reader->failed = true;
    return days_from_civil(year, month, day);
}

bool time_parse(const char *text, size_t length, bool date_too, int64_t *ret_at_us)
{
    struct reader reader = {.at = text, .end = text + length};
    int64_t days = read_date(&reader);
    if (!reader.failed && reader.at == reader.end && date_too) {
        *ret_at_us = days * MICROSECONDS_PER_DAY;
        return true;
    }
    read_literal(&reader, 'T');
    int64_t seconds = read_digits(&reader, 2, 0, 23) * 3600;
    read_literal(&reader, ':');
    seconds += read_digits(&reader, 2, 0, 59) * 60;
    read_literal(&reader, ':');
    seconds += read_digits(&reader, 2, 0, 59);
    int64_t fraction = read_fraction(&reader);
    int64_t offset = read_offset(&reader);
    if (reader.failed || reader.at != reader.end)
        return false;
    *ret_at_us = days * MICROSECONDS_PER_DAY + (seconds - offset) * 1000000 + fraction;
    return true;
}

bool day_parse(const char *text, size_t length, int64_t *ret_day)
{
    int64_t at;
    if (length != DAY_LENGTH || !time_parse(text, length, true, &at))
        return false;
    *ret_day = at >= 0 ? at / MICROSECONDS_PER_DAY : -((-at + MICROSECONDS_PER_DAY - 1) / MICROSECONDS_PER_DAY);
    return true;
}

char *day_format(int64_t day, char ret[TIME_TEXT_SIZE])
{
    (void)time_format(day * MICROSECONDS_PER_DAY, ret);
    ret[DAY_LENGTH] = '\0';
    return ret;
}
