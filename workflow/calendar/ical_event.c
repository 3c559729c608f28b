/* The properties of an all-day event: dates, length, name. */
#include "workflow/calendar/ical.h"

#include <string.h>

static bool fault_at(const struct content_line *line, const char *what, struct workflow_source_fault *ret_fault)
{
    return source_fault(ret_fault, line->number, what, line->value);
}

/* "20260525". Returns what stands behind it, NULL when it is no date. */
static const char *read_date(const char *text, int32_t *ret_day)
{
    return strlen(text) >= 8 && source_date(text, text + 4, text + 6, ret_day) ? text + 8 : NULL;
}

static bool read_day(const struct content_line *line, int32_t *ret_day, struct workflow_source_fault *ret_fault)
{
    const char *end = read_date(line->value, ret_day);
    if (!end)
        return fault_at(line, "no date", ret_fault);
    if (*end == 'T' || (*line->type && !source_is_word(line->type, "DATE")))
        return fault_at(line, "a time; only whole days are holidays", ret_fault);
    return *end == '\0' || fault_at(line, "no date", ret_fault);
}

/* "P1D", "P2W". */
static bool read_duration(const struct content_line *line, int32_t *ret_days, struct workflow_source_fault *ret_fault)
{
    const char *text = line->value + (*line->value == '+');
    size_t digits = 0;
    int number;
    if (*text++ != 'P')
        return fault_at(line, "a duration that is not of whole days", ret_fault);
    while (text[digits] >= '0' && text[digits] <= '9')
        digits++;
    if (digits == 0 || digits > 3 || !source_digits(text, digits, &number) || number == 0 ||
        (text[digits] != 'D' && text[digits] != 'W') || text[digits + 1] != '\0')
        return fault_at(line, "a duration that is not of whole days", ret_fault);
    *ret_days = number * (text[digits] == 'W' ? 7 : 1);
    return true;
}

/* A text (3.3.11): "\n" is a line's end, which a name has no use for; "\," is a comma. */
static bool read_name(struct event_draft *draft, const struct content_line *line,
                      struct workflow_source_fault *ret_fault)
{
    size_t length = 0;
    for (const char *at = line->value; *at; at++) {
        char byte = *at;
        if (byte == '\\') {
            byte = *++at;
            if (byte == 'n' || byte == 'N')
                byte = ' ';
            else if (byte != ',' && byte != ';' && byte != '\\')
                return fault_at(line, "an unknown escape", ret_fault);
        }
        if (length == WORKFLOW_HOLIDAY_TEXT_MAX)
            return fault_at(line, "a name that is too long", ret_fault);
        draft->event.name[length++] = byte;
    }
    draft->event.name[length] = '\0';
    return true;
}

/* EXDATE: dates apart by commas. */
static bool read_exceptions(struct event_draft *draft, const struct content_line *line,
                            struct workflow_source_fault *ret_fault)
{
    const char *at = line->value;
    for (;; at++) {
        int32_t day;
        at = read_date(at, &day);
        if (!at || (*at != ',' && *at != '\0'))
            return fault_at(line, "an exception that is no date", ret_fault);
        if (draft->event.n_exceptions == WORKFLOW_ICAL_EXCEPTIONS_MAX)
            return fault_at(line, "too many exceptions", ret_fault);
        draft->event.exceptions[draft->event.n_exceptions++] = day;
        if (*at == '\0')
            return true;
    }
}

/* What describes an event, or says how it is shown and sent, moves no date. */
static bool is_description(const char *name)
{
    static const char *const names[] = {
        "ATTACH",   "ATTENDEE",    "CATEGORIES", "CLASS",    "COLOR",  "COMMENT",       "CONFERENCE", "CONTACT",
        "CREATED",  "DESCRIPTION", "DTSTAMP",    "GEO",      "IMAGE",  "LAST-MODIFIED", "LOCATION",   "ORGANIZER",
        "PRIORITY", "RELATED-TO",  "RESOURCES",  "SEQUENCE", "TRANSP", "UID",           "URL",        "REQUEST-STATUS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return strncmp(name, "X-", 2) == 0;
}

bool event_property(struct event_draft *draft, const struct content_line *line, struct workflow_source_fault *ret_fault)
{
    if (is_description(line->name))
        return true;
    if (line->is_cut)
        return source_fault(ret_fault, line->number, "a line that is too long", line->name);
    if (strcmp(line->name, "DTSTART") == 0) {
        draft->has_start = true;
        return read_day(line, &draft->event.first_day, ret_fault);
    }
    if (strcmp(line->name, "DTEND") == 0)
        return read_day(line, &draft->end_day, ret_fault);
    if (strcmp(line->name, "DURATION") == 0)
        return read_duration(line, &draft->duration, ret_fault);
    if (strcmp(line->name, "SUMMARY") == 0)
        return read_name(draft, line, ret_fault);
    if (strcmp(line->name, "RRULE") == 0)
        return rule_read(draft, line, ret_fault);
    if (strcmp(line->name, "EXDATE") == 0)
        return read_exceptions(draft, line, ret_fault);
    if (strcmp(line->name, "STATUS") == 0) {
        draft->is_cancelled = source_is_word(line->value, "CANCELLED");
        return true;
    }
    return source_fault(ret_fault, line->number, "a property that could change a date", line->name);
}

bool event_finish(struct event_draft *draft, struct workflow_source_fault *ret_fault)
{
    struct workflow_ical_event *event = &draft->event;
    if (!draft->has_start)
        return source_fault(ret_fault, event->line, "an event without DTSTART", NULL);
    if (draft->end_day && draft->duration)
        return source_fault(ret_fault, event->line, "an event with both DTEND and DURATION", NULL);
    event->n_days = draft->duration ? draft->duration : draft->end_day ? draft->end_day - event->first_day : 1;
    if (event->n_days < 1 || event->n_days > WORKFLOW_ICAL_EVENT_DAYS_MAX)
        return source_fault(ret_fault, event->line,
                            "an event that ends before it begins, or lasts for more than a month", NULL);
    return rule_finish(draft, ret_fault);
}
