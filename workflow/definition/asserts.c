/* `asserts`: what must never be, or must stay possible. A step does not look at them; publishing proves them. */
#include "workflow/definition/reader.h"

/* One of the members of `never` and `can_reach`. */
static void read_state_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct machine_assert *)into)->state = (int16_t)refer_state(reader, at, value, MACHINE_NONE);
}

static void read_other_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct machine_assert *)into)->other = (int16_t)refer_state(reader, at, value, MACHINE_NONE);
}

static void read_without_event(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_assert *assert = into;
    const char *key = read_string(reader, at, value, 4 * WORKFLOW_KEY_MAX);
    unsigned event;

    if (!key)
        return;
    if (workflow_event_find(reader->wf, key, &event))
        assert->event = (int16_t)event;
    else
        report_fault(reader->report, at, "unknown_event", "No state has an event \"%.64s\"", key);
}

static void read_without(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {{"event", MEMBER_REQUIRED, read_without_event}};

    read_members(reader, at, value, members, COUNT_OF(members), into);
}

static void read_never(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"state", MEMBER_REQUIRED, read_state_of},
        {"and", MEMBER_OPTIONAL, read_other_of},
        {"without", MEMBER_OPTIONAL, read_without},
    };
    struct machine_assert *assert = into;

    if (!read_members(reader, at, value, members, COUNT_OF(members), assert))
        return;
    assert->kind = json_object_get(value, "and") ? MACHINE_ASSERT_NEVER_AND : MACHINE_ASSERT_NEVER_WITHOUT;
    if (!json_object_get(value, "and") == !json_object_get(value, "without"))
        report_fault(reader->report, at, "wrong_assert", "Never a state \"without\" an event, or \"and\" another");
}

static void read_can_reach(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"from", MEMBER_REQUIRED, read_state_of},
        {"to", MEMBER_REQUIRED, read_other_of},
    };

    ((struct machine_assert *)into)->kind = MACHINE_ASSERT_CAN_REACH;
    read_members(reader, at, value, members, COUNT_OF(members), into);
}

static void read_assert_id(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *id = read_id(reader, at, value);

    if (id)
        ((struct machine_assert *)into)->key = keep_text(reader, id);
}

static void read_assert(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"id", MEMBER_REQUIRED, read_assert_id},
        {"never", MEMBER_OPTIONAL, read_never},
        {"can_reach", MEMBER_OPTIONAL, read_can_reach},
    };
    struct machine_assert *assert = &reader->draft->asserts[reader->wf->n_asserts++];

    (void)into;
    *assert = (struct machine_assert){.key = "", .state = MACHINE_NONE, .other = MACHINE_NONE, .event = MACHINE_NONE};
    if (!read_members(reader, at, value, members, COUNT_OF(members), assert))
        return;
    if (!json_object_get(value, "never") == !json_object_get(value, "can_reach"))
        report_fault(reader->report, at, "wrong_assert", "An assert is one of \"never\" and \"can_reach\"");
}

void read_asserts(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, DRAFT_ASSERTS_MAX, read_assert, into);
}
