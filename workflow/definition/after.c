/* `after`: timers, by the percentage of a clock, a span, or a date. */
#include "workflow/definition/reader.h"

#include <string.h>

enum { REPEAT_MAX = 10, PERCENT_MAX = 1000 };

static void read_timer_id(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *id = read_id(reader, at, value);
    struct machine_timer *timer = into;

    if (!id)
        return;
    if (workflow_timer_find(reader->wf, id, NULL))
        report_fault(reader->report, at, "duplicate_id", "There is a timer \"%s\" already", id);
    timer->info.key = keep_text(reader, id);
}

static void read_timer_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct machine_timer *)into)->info.label);
}

static void read_timer_clock(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_timer *timer = into;

    if (refer_clock(reader, at, value, &timer->info.clock))
        timer->info.of = WORKFLOW_TIMER_OF_CLOCK;
}

static void read_percent(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *text = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    struct machine_timer *timer = into;
    unsigned percent = 0;
    size_t n = 0;

    if (!text)
        return;
    for (; n < 4 && text[n] >= '0' && text[n] <= '9'; n++)
        percent = percent * 10 + (unsigned)(text[n] - '0');
    if (n == 0 || strcmp(text + n, "%") != 0 || percent == 0 || percent > PERCENT_MAX)
        report_fault(reader->report, at, "wrong_percent", "This is a percentage of the clock, \"1%%\" to \"1000%%\"");
    timer->info.percent = percent;
}

static void read_timer_span(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_timer *timer = into;

    timer->info.of = WORKFLOW_TIMER_OF_SPAN;
    read_span(reader, at, value, &timer->info.in);
}

static void read_timer_calendar(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned calendar;

    if (refer_calendar(reader, at, value, &calendar))
        ((struct machine_timer *)into)->info.calendar = (int)calendar;
}

static void read_on_date(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_timer *timer = into;

    timer->info.of = WORKFLOW_TIMER_OF_DATE;
    timer->on_date = (int16_t)read_expression(reader, at, value, WORKFLOW_KIND_TIMESTAMP);
}

static void read_window(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"any", 0}, {"office", 1}};
    int office;

    if (read_word(reader, at, value, words, COUNT_OF(words), &office))
        ((struct machine_timer *)into)->info.office = office == 1;
}

static void read_repeat(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t repeat;

    if (read_integer(reader, at, value, 1, REPEAT_MAX, &repeat))
        ((struct machine_timer *)into)->info.repeat = (unsigned)repeat;
}

static void check_time(struct reader *reader, const struct place *at, json_t *value, bool of_member)
{
    bool clock = json_object_get(value, "clock") || json_object_get(value, "at");
    bool in = json_object_get(value, "in"), date = json_object_get(value, "on_date");
    struct place repeat = {at, "repeat", 0};

    if (clock + in + date != 1)
        report_fault(reader->report, at, "wrong_time",
                     "A timer has one of \"clock\" with \"at\", \"in\", and \"on_date\"");
    else if (clock && !(json_object_get(value, "clock") && json_object_get(value, "at")))
        report_fault(reader->report, at, "missing_member", "\"clock\" and \"at\" go together");
    else if (in && !json_object_get(value, "calendar"))
        report_fault(reader->report, at, "missing_member", "\"calendar\" is missing: in which days does it count?");
    if (!in && json_object_get(value, "repeat"))
        report_fault(reader->report, &repeat, "misplaced_member", "\"repeat\": only a span can pass again");
    if (of_member && json_object_get(value, "repeat"))
        report_fault(reader->report, &repeat, "misplaced_member", "\"repeat\": a member is asked once");
}

static const struct member time_members[] = {
    {"id", MEMBER_REQUIRED, read_timer_id},
    {"label", MEMBER_OPTIONAL, read_timer_label},
    {"clock", MEMBER_OPTIONAL, read_timer_clock},
    {"at", MEMBER_OPTIONAL, read_percent},
    {"in", MEMBER_OPTIONAL, read_timer_span},
    {"calendar", MEMBER_OPTIONAL, read_timer_calendar},
    {"on_date", MEMBER_OPTIONAL, read_on_date},
    {"window", MEMBER_OPTIONAL, read_window},
    {"repeat", MEMBER_OPTIONAL, read_repeat},
    {"guard", MEMBER_OPTIONAL, NULL},
    {"set", MEMBER_OPTIONAL, NULL},
    {"to", MEMBER_OPTIONAL, NULL},
    {"do", MEMBER_OPTIONAL, NULL},
};
/* The deadline of a vote does one thing only: it closes the vote. */
enum { DEADLINE_MEMBERS = 8 };

static int take_timer(struct reader *reader, const struct place *at, json_t *value, unsigned state, size_t n_members)
{
    struct machine_timer timer = {
        .info = {.key = "", .state = state, .calendar = -1, .repeat = 1},
        .on_date = MACHINE_NONE,
        .transition = MACHINE_NONE,
        .vote = MACHINE_NONE,
        .of_member = reader->draft->said[state].in_each,
    };
    unsigned number;

    if (!read_members(reader, at, value, time_members, n_members, &timer))
        return MACHINE_NONE;
    check_time(reader, at, value, timer.of_member);
    if (!list_take(reader, at, &reader->wf->n_timers, WORKFLOW_TIMERS_MAX, &number))
        return MACHINE_NONE;
    reader->draft->timers[number] = timer;
    return (int)number;
}

static void read_timer(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned state = *(unsigned *)into;
    int number = take_timer(reader, at, value, state, COUNT_OF(time_members));

    if (number < 0)
        return;
    reader->draft->states[state].timers.n++;
    reader->draft->timers[number].transition = (int16_t)read_timer_transition(reader, at, value, state, at->index);
}

void read_after(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_state *state = &reader->draft->states[*(unsigned *)into];

    /* A vote of the state has taken its deadline just before. */
    if (state->timers.n == 0)
        state->timers.first = reader->wf->n_timers;
    read_items(reader, at, value, 1, WORKFLOW_TIMERS_MAX, read_timer, into);
}

int read_deadline(struct reader *reader, const struct place *at, json_t *value, unsigned state)
{
    struct machine_state *of = &reader->draft->states[state];
    int number;

    of->timers.first = reader->wf->n_timers;
    number = take_timer(reader, at, value, state, DEADLINE_MEMBERS);
    of->timers.n = number >= 0;
    return number;
}
