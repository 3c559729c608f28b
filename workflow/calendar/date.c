/* Days and dates of the proleptic Gregorian calendar. */
#include "workflow/calendar/compiled.h"

enum { DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 /* from 1 March of year 0 */ };

static const unsigned month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(int year, unsigned month)
{
    return month == 2 && is_leap(year) ? 29 : month_days[month - 1];
}

/* Years are counted from March, so that the day that comes and goes is the last one. */
static int32_t day_of(int year, unsigned month, unsigned day)
{
    const int march_year = month > 2 ? year : year - 1;
    const int era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    const int of_era = march_year - era * 400;
    const int of_year = (153 * ((int)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int)day - 1;
    return era * DAYS_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

bool workflow_date_day(struct workflow_date date, int32_t *ret_day)
{
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_of_month(date.year, date.month))
        return false;
    *ret_day = day_of(date.year, date.month, date.day);
    return true;
}

struct workflow_date workflow_day_date(int32_t day)
{
    const int32_t from_march = day + DAYS_TO_1970;
    const int32_t era = (from_march >= 0 ? from_march : from_march - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
    const int32_t of_era = from_march - era * DAYS_400_YEARS;
    const int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_400_YEARS - 1)) / 365;
    const int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int32_t month = (5 * of_year + 2) / 153; /* from March */
    return (struct workflow_date){.year = year + era * 400 + (month > 9),
                                  .month = (unsigned)(month > 9 ? month - 9 : month + 3),
                                  .day = (unsigned)(of_year - (153 * month + 2) / 5 + 1)};
}

unsigned workflow_day_weekday(int32_t day)
{
    const int32_t from_monday = (day - CALENDAR_FIRST_DAY) % 7;
    return (unsigned)(from_monday < 0 ? from_monday + 7 : from_monday);
}

int32_t workflow_day_add_months(int32_t day, int32_t months, bool *ret_clamped)
{
    const struct workflow_date from = workflow_day_date(day);
    const int32_t month_index = from.year * 12 + (int32_t)from.month - 1 + months;
    const int year = month_index >= 0 ? month_index / 12 : (month_index - 11) / 12;
    const unsigned month = (unsigned)(month_index - year * 12 + 1), longest = days_of_month(year, month);
    if (ret_clamped)
        *ret_clamped = from.day > longest;
    return day_of(year, month, from.day > longest ? longest : from.day);
}
