/* Inside the reader of iCalendar: a line taken apart, and an event while it is read. */
#ifndef OAM_WORKFLOW_CALENDAR_ICAL_H
#define OAM_WORKFLOW_CALENDAR_ICAL_H

#include "workflow/calendar/source.h"

/* Its texts lie in the reader and last until the next line. */
struct content_line {
    size_t number; /* of the line on which it begins */
    char *name;    /* in upper case */
    char *value;
    const char *type; /* of the VALUE parameter, "" when there is none */
    bool is_cut;      /* it was longer than what is kept */
    bool is_whole;    /* it has a name and a value */
};

struct event_draft {
    struct workflow_ical_event event;
    bool has_start, is_cancelled;
    int32_t end_day;               /* 0: none */
    int32_t duration;              /* days; 0: none */
    bool has_month, has_month_day; /* BYMONTH, BYMONTHDAY */
    size_t rule_line;
};

/* Takes a property of an event into account. False, with the fault, when it is not understood. */
bool event_property(struct event_draft *draft, const struct content_line *line,
                    struct workflow_source_fault *ret_fault);
/* Makes an event of what its properties have said. False, with the fault, when that is none. */
bool event_finish(struct event_draft *draft, struct workflow_source_fault *ret_fault);
/* Reads the value of RRULE. False, with the fault, where it is not of the yearly kind that is understood. */
bool rule_read(struct event_draft *draft, const struct content_line *line, struct workflow_source_fault *ret_fault);
/* Fills what a rule left to the event's first day. False, with the fault, when that day is none of the rule's. */
bool rule_finish(struct event_draft *draft, struct workflow_source_fault *ret_fault);

#endif
