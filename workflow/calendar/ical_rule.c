/* Yearly recurrence, RFC 5545 3.3.10: what can be read of it, and the days that it makes. */
#include "workflow/calendar/ical.h"

#include <string.h>

enum { LAST_OF_MONTH = 5, RULE_NUMBER_MAX = 9999 };

/* ---- Reading ---------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, int32_t least, int32_t most, int32_t *ret_number)
{
    const size_t length = strlen(text);
    int number;
    if (length == 0 || length > 4 || !source_digits(text, length, &number) || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

/* "20301231", with or without a time, whose date is what counts for whole days. */
static bool read_until(const char *text, int32_t *ret_day)
{
    int time;
    if (strlen(text) < 8 || !source_date(text, text + 4, text + 6, ret_day))
        return false;
    text += 8;
    if (*text == '\0')
        return true;
    return *text == 'T' && strlen(text) >= 7 && source_digits(text + 1, 6, &time) &&
           (strcmp(text + 7, "") == 0 || strcmp(text + 7, "Z") == 0);
}

/* "1MO" to "4SU", or "-1MO": the last. */
static bool read_weekday(const char *text, struct workflow_ical_event *event)
{
    static const char days[] = "MOTUWETHFRSASU";
    event->ordinal = LAST_OF_MONTH;
    if (strncmp(text, "-1", 2) == 0) {
        text += 2;
    } else {
        text += *text == '+';
        if (*text < '1' || *text > '4')
            return false;
        event->ordinal = (unsigned)(*text++ - '0');
    }
    for (event->weekday = 0; event->weekday < 7; event->weekday++)
        if (strlen(text) == 2 && memcmp(text, &days[event->weekday * 2], 2) == 0)
            return true;
    return false;
}

/* One part of a rule: "INTERVAL" and "2". */
static bool read_part(struct event_draft *draft, const char *name, const char *value)
{
    struct workflow_ical_event *event = &draft->event;
    int32_t number;
    if (strcmp(name, "FREQ") == 0) {
        event->is_yearly = source_is_word(value, "YEARLY");
        return event->is_yearly;
    }
    if (strcmp(name, "INTERVAL") == 0)
        return read_number(value, 1, RULE_NUMBER_MAX, &event->interval);
    if (strcmp(name, "COUNT") == 0)
        return event->until_day == INT32_MAX && read_number(value, 1, RULE_NUMBER_MAX, &event->count);
    if (strcmp(name, "UNTIL") == 0)
        return event->count == 0 && read_until(value, &event->until_day);
    if (strcmp(name, "BYMONTH") == 0 && read_number(value, 1, 12, &number)) {
        event->month = (unsigned)number;
        draft->has_month = true;
        return true;
    }
    if (strcmp(name, "BYMONTHDAY") == 0 && read_number(value, 1, 31, &number)) {
        event->month_day = (unsigned)number;
        draft->has_month_day = true;
        return true;
    }
    if (strcmp(name, "BYDAY") == 0)
        return read_weekday(value, event);
    return strcmp(name, "WKST") == 0; /* where weeks begin changes nothing of what is understood here */
}

bool rule_read(struct event_draft *draft, const struct content_line *line, struct workflow_source_fault *ret_fault)
{
    char *part = line->value;
    if (draft->rule_line)
        return source_fault(ret_fault, line->number, "a second RRULE", part);
    draft->rule_line = line->number;
    draft->event.interval = 1;
    draft->event.until_day = INT32_MAX;
    while (*part) {
        char *name = part, *value = part;
        while (*value && *value != '=' && *value != ';')
            value++;
        if (*value != '=')
            return source_fault(ret_fault, line->number, "a rule that is not understood", name);
        *value++ = '\0';
        for (part = value; *part && *part != ';';)
            part++;
        if (*part)
            *part++ = '\0';
        if (!read_part(draft, name, value)) {
            value[-1] = '=';
            return source_fault(ret_fault, line->number, "a rule that is not understood", name);
        }
    }
    return true;
}

/* ---- Days ------------------------------------------------------------------------------------------------- */

/* The day of a rule in a year. False when that year has none (29 February). */
static bool occurrence_in(const struct workflow_ical_event *event, int year, int32_t *ret_day)
{
    struct workflow_date date = {.year = year, .month = event->month, .day = event->month_day};
    if (event->ordinal == 0)
        return workflow_date_day(date, ret_day);
    date.day = 1;
    int32_t first;
    if (!workflow_date_day(date, &first))
        return false;
    const int32_t next_month = workflow_day_add_months(first, 1, NULL);
    int32_t day = first + (int32_t)((event->weekday + 7 - workflow_day_weekday(first)) % 7);
    if (event->ordinal < LAST_OF_MONTH)
        day += 7 * ((int32_t)event->ordinal - 1);
    else
        while (day + 7 < next_month)
            day += 7;
    *ret_day = day;
    return true;
}

bool rule_finish(struct event_draft *draft, struct workflow_source_fault *ret_fault)
{
    struct workflow_ical_event *event = &draft->event;
    const struct workflow_date first = workflow_day_date(event->first_day);
    int32_t day;
    if (draft->rule_line == 0)
        return true;
    if (!event->is_yearly)
        return source_fault(ret_fault, draft->rule_line, "a rule that is not understood", "no FREQ=YEARLY");
    /* Without its month either would name a day in every month, or one of the year. */
    if ((draft->has_month_day || event->ordinal) && !draft->has_month)
        return source_fault(ret_fault, draft->rule_line, "a rule that is not understood",
                            "BYDAY or BYMONTHDAY without BYMONTH");
    if (draft->has_month_day && event->ordinal)
        return source_fault(ret_fault, draft->rule_line, "a rule that is not understood", "BYDAY with BYMONTHDAY");
    event->month = draft->has_month ? event->month : first.month;
    event->month_day = draft->has_month_day ? event->month_day : first.day;
    if (!occurrence_in(event, first.year, &day) || day != event->first_day)
        return source_fault(ret_fault, draft->rule_line, "a rule that its first day does not follow", NULL);
    return true;
}

/* Adds the days of an occurrence that lie in the year. */
static size_t add_days(const struct workflow_ical_event *event, int32_t begins, int year, int32_t *ret_days, size_t max,
                       size_t n)
{
    for (size_t i = 0; i < event->n_exceptions; i++)
        if (event->exceptions[i] == begins)
            return n;
    for (int32_t day = begins; day < begins + event->n_days; day++) {
        if (workflow_day_date(day).year != year)
            continue;
        if (n < max)
            ret_days[n] = day;
        n++;
    }
    return n;
}

size_t workflow_ical_days(const struct workflow_ical_event *event, int year, int32_t *ret_days, size_t max)
{
    size_t n = 0;
    int32_t begins, left = event->count ? event->count : INT32_MAX;
    if (!event->is_yearly)
        return add_days(event, event->first_day, year, ret_days, max, 0);
    for (int at = workflow_day_date(event->first_day).year; at <= year && left > 0; at += event->interval) {
        if (!occurrence_in(event, at, &begins))
            continue;
        if (begins > event->until_day)
            break;
        left--;
        n = add_days(event, begins, year, ret_days, max, n);
    }
    return n;
}
