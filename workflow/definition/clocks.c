/* `calendars` and `clocks`: in which days terms are counted, and how long they are. */
#include "workflow/definition/reader.h"

enum { LAW_MAX = 200, HOURS_MAX = 200 };

static void read_union_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"seat", WORKFLOW_CALENDAR_SEAT},
        {"applicant_entity", WORKFLOW_CALENDAR_APPLICANT_ENTITY},
        {"catalonia", WORKFLOW_CALENDAR_CATALONIA},
        {"assignee", WORKFLOW_CALENDAR_ASSIGNEE},
    };
    struct workflow_calendar_info *calendar = into;
    int of;

    if (!read_word(reader, at, value, words, COUNT_OF(words), &of))
        return;
    if (calendar->of & (unsigned)of)
        report_fault(reader->report, at, "duplicate_item", "This calendar is there already");
    calendar->of |= (unsigned)of;
}

static void read_union(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 1, 4, read_union_of, into);
}

static void read_hours(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *text = read_string(reader, at, value, HOURS_MAX);
    struct workflow_hours hours;
    size_t wrong = 0;

    if (!text)
        return;
    if (!workflow_hours_parse(text, &hours, &wrong))
        report_fault(reader->report, at, "wrong_hours",
                     "Opening hours are like \"mon-fri 08:00-15:00\"; this goes wrong at its byte %zu", wrong + 1);
    ((struct workflow_calendar_info *)into)->hours = keep_text(reader, text);
}

static void read_calendar(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"union", MEMBER_REQUIRED, read_union},
        {"hours", MEMBER_OPTIONAL, read_hours},
    };
    struct workflow_calendar_info *calendar = &reader->draft->calendars[reader->wf->n_calendars++];

    (void)into;
    calendar->key = keep_text(reader, at->name);
    read_members(reader, at, value, members, COUNT_OF(members), calendar);
}

void read_calendars(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, DRAFT_CALENDARS_MAX, read_calendar, into);
}

static void read_clock_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct workflow_clock_info *)into)->label);
}

static void read_budget(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_span(reader, at, value, &((struct workflow_clock_info *)into)->budget);
}

static void read_clock_calendar(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    refer_calendar(reader, at, value, &((struct workflow_clock_info *)into)->calendar);
}

static void read_clock_kind(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"service", 0}, {"legal", 1}};
    int legal;

    if (read_word(reader, at, value, words, COUNT_OF(words), &legal))
        ((struct workflow_clock_info *)into)->legal = legal == 1;
}

static void read_law(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *law = read_string(reader, at, value, LAW_MAX);

    if (law)
        ((struct workflow_clock_info *)into)->law = keep_text(reader, law);
}

static void read_clock(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"label", MEMBER_OPTIONAL, read_clock_label},
        {"budget", MEMBER_REQUIRED, read_budget},
        {"calendar", MEMBER_REQUIRED, read_clock_calendar},
        {"kind", MEMBER_OPTIONAL, read_clock_kind},
        {"law", MEMBER_OPTIONAL, read_law},
    };
    struct workflow_clock_info *clock = &reader->draft->clocks[reader->wf->n_clocks++];

    (void)into;
    clock->key = keep_text(reader, at->name);
    clock->label = text_of(clock->key);
    read_members(reader, at, value, members, COUNT_OF(members), clock);
}

void read_clocks(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, WORKFLOW_CLOCKS_MAX, read_clock, into);
}
