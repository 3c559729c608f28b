#include "workflow/facts.h"

#include <string.h>

#define MEMBERS(list) .members = list, .n_members = sizeof list / sizeof list[0]

static const struct workflow_type boolean = {.kind = WORKFLOW_KIND_BOOL}, integer = {.kind = WORKFLOW_KIND_INT},
                                  count = {.kind = WORKFLOW_KIND_INT, .has_min = true},
                                  string = {.kind = WORKFLOW_KIND_STRING},
                                  strings = {.kind = WORKFLOW_KIND_LIST, .element = &string},
                                  timestamp = {.kind = WORKFLOW_KIND_TIMESTAMP};

static const struct workflow_member ticket_members[WORKFLOW_TICKET_FACTS] = {
    [WORKFLOW_TICKET_ENTITY] = {"entity", &string, true},
    [WORKFLOW_TICKET_COMARCA] = {"comarca", &string, true},
    [WORKFLOW_TICKET_SERVICE] = {"service", &string, false},
    [WORKFLOW_TICKET_SUBJECT_AREA] = {"subject_area", &string, false},
    [WORKFLOW_TICKET_UNIT] = {"unit", &string, false},
    [WORKFLOW_TICKET_POPULATION] = {"population", &count, true},
};

enum { CLOCK_RUNNING, CLOCK_PERCENT, CLOCK_EXTENSIONS, CLOCK_DUE };
static const struct workflow_member clock_members[WORKFLOW_CLOCK_FACTS] = {
    [CLOCK_RUNNING] = {"running", &boolean, true},
    [CLOCK_PERCENT] = {"percent", &count, true},
    [CLOCK_EXTENSIONS] = {"extensions", &count, true},
    [CLOCK_DUE] = {"due", &timestamp, false},
};

const struct workflow_member workflow_tally_members[WORKFLOW_TALLY_FACTS] = {
    {"yes", &count, true},
    {"no", &count, true},
    {"abstained", &count, true},
    {"score", &integer, true},
};

static const struct workflow_member voter_members[WORKFLOW_VOTER_FACTS] = {
    {"id", &integer, true},         {"login", &string, true},      {"chair", &boolean, true},
    {"substitute", &boolean, true}, {"conflicts", &strings, true},
};

const struct workflow_type workflow_ticket_type = {.kind = WORKFLOW_KIND_MAP, MEMBERS(ticket_members)};
const struct workflow_type workflow_clock_type = {.kind = WORKFLOW_KIND_MAP, MEMBERS(clock_members)};
const struct workflow_type workflow_voter_type = {.kind = WORKFLOW_KIND_MAP, MEMBERS(voter_members)};

const char *workflow_ticket_key(enum workflow_ticket_fact fact)
{
    return ticket_members[fact].name;
}

struct workflow_value workflow_clock_facts(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                                           int64_t now_us, struct workflow_value ret_pairs[2 * WORKFLOW_CLOCK_FACTS])
{
    const int64_t due_us = workflow_clock_due(clock, calendar, NULL);
    const struct workflow_value facts[WORKFLOW_CLOCK_FACTS] = {
        [CLOCK_RUNNING] = workflow_value_bool(clock->state == WORKFLOW_CLOCK_RUNNING),
        [CLOCK_PERCENT] = workflow_value_int(workflow_clock_percent(clock, calendar, now_us)),
        [CLOCK_EXTENSIONS] = workflow_value_int(clock->extended > 0),
        [CLOCK_DUE] = due_us == WORKFLOW_NEVER ? workflow_value_unset() : workflow_value_moment(due_us),
    };
    size_t n = 0;

    for (size_t i = 0; i < WORKFLOW_CLOCK_FACTS; i++) {
        if (facts[i].kind == WORKFLOW_KIND_UNSET)
            continue;
        ret_pairs[2 * n] = workflow_value_string(clock_members[i].name, strlen(clock_members[i].name));
        ret_pairs[2 * n + 1] = facts[i];
        n++;
    }
    return workflow_value_map(ret_pairs, n);
}
