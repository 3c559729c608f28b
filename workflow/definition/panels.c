/* What several people decide: `panels` and `vote`; what several bodies do: `over` and `join` of an `each`. */
#include "workflow/definition/reader.h"

#include <string.h>

static void read_panel_members(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_panel *panel = into;

    if (refer_role(reader, at, value, &panel->info.members) &&
        reader->wf->roles[panel->info.members].from != WORKFLOW_ROLE_FROM_PANEL)
        report_fault(reader->report, at, "wrong_role", "The members of a panel have a role \"from\": \"panel\"");
}

static void read_quorum(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t quorum;

    if (read_integer(reader, at, value, 1, WORKFLOW_BALLOTS_MAX, &quorum))
        ((struct machine_panel *)into)->info.quorum = (unsigned)quorum;
}

static void read_approve(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"majority", WORKFLOW_MAJORITY}, {"two_thirds", WORKFLOW_TWO_THIRDS}, {"unanimous", WORKFLOW_UNANIMOUS}};
    int approve;

    if (read_word(reader, at, value, words, COUNT_OF(words), &approve))
        ((struct machine_panel *)into)->info.approve = (enum workflow_approval)approve;
}

static void read_tie(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_bool(reader, at, value, &((struct machine_panel *)into)->info.chair_breaks_tie);
}

static void read_recuse(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct machine_panel *)into)->recuse = (int16_t)read_recusal(reader, at, value);
}

static void read_panel(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"members", MEMBER_REQUIRED, read_panel_members}, {"quorum", MEMBER_REQUIRED, read_quorum},
        {"approve", MEMBER_REQUIRED, read_approve},       {"chair_breaks_tie", MEMBER_OPTIONAL, read_tie},
        {"recuse", MEMBER_OPTIONAL, read_recuse},
    };
    struct machine_panel *panel = &reader->draft->panels[reader->wf->n_panels++];

    (void)into;
    *panel = (struct machine_panel){.info = {.key = keep_text(reader, at->name)}, .recuse = MACHINE_NONE};
    read_members(reader, at, value, members, COUNT_OF(members), panel);
}

void read_panels(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 0, DRAFT_PANELS_MAX, read_panel, into);
}

/* ---- vote ---- */

static void read_vote_panel(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    for (unsigned i = 0; key && i < reader->wf->n_panels; i++) {
        if (strcmp(reader->draft->panels[i].info.key, key) != 0)
            continue;
        ((struct machine_vote *)into)->panel = (uint16_t)i;
        return;
    }
    if (key)
        report_fault(reader->report, at, "unknown_panel", "No panel \"%s\" in panels", key);
}

static void read_vote_event(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_vote *vote = into;

    vote->event = (int16_t)read_event_name(reader, at, value);
    if (vote->event < 0)
        return;
    if (reader->draft->events[vote->event].vote >= 0)
        report_fault(reader->report, at, "duplicate_item", "Another vote takes its ballots by this event");
    vote->label = text_of(reader->draft->events[vote->event].key);
    reader->draft->events[vote->event].vote = (int16_t)(vote - reader->draft->votes);
}

static void read_vote_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct machine_vote *)into)->label);
}

static void read_vote_deadline(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_vote *vote = into;

    vote->deadline = (int16_t)read_deadline(reader, at, value, vote->state);
    if (vote->deadline >= 0)
        reader->draft->timers[vote->deadline].vote = (int16_t)(vote - reader->draft->votes);
}

/* What comes of it; both are there for states to wait for, whether or not they do. */
static int16_t raised_event(struct reader *reader, const struct place *at, const char *key)
{
    int event = refer_event(reader, at, key);

    if (event >= 0)
        reader->draft->events[event].raised = true;
    return (int16_t)event;
}

void read_vote(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"panel", MEMBER_REQUIRED, read_vote_panel},
        {"event", MEMBER_REQUIRED, read_vote_event},
        {"label", MEMBER_OPTIONAL, read_vote_label},
        {"deadline", MEMBER_OPTIONAL, read_vote_deadline},
    };
    unsigned state = *(unsigned *)into, number;
    struct machine_vote *vote;

    if (!list_take(reader, at, &reader->wf->n_votes, DRAFT_VOTES_MAX, &number))
        return;
    vote = &reader->draft->votes[number];
    *vote = (struct machine_vote){.state = (uint16_t)state, .event = MACHINE_NONE, .deadline = MACHINE_NONE};
    read_members(reader, at, value, members, COUNT_OF(members), vote);
    vote->passed = raised_event(reader, at, "vote.passed");
    vote->failed = raised_event(reader, at, "vote.failed");
    if (vote->event >= 0)
        reader->draft->states[state].vote = (int16_t)number;
}

/* ---- each ---- */

/* `over` and `join` may come in any order, so both begin it. */
static struct machine_each *each_of(struct reader *reader, const struct place *at, unsigned state)
{
    struct machine_state *of = &reader->draft->states[state];
    unsigned number;

    if (of->each >= 0)
        return &reader->draft->eaches[of->each];
    if (!list_take(reader, at, &reader->wf->n_eaches, DRAFT_EACHES_MAX, &number))
        return NULL;
    of->each = (int16_t)number;
    reader->draft->eaches[number] = (struct machine_each){.state = (uint16_t)state, .counted = MACHINE_NONE};
    return &reader->draft->eaches[number];
}

void read_over(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const char prefix[] = "data.";
    const char *path = read_string(reader, at, value, 2 * WORKFLOW_KEY_MAX);
    struct machine_each *each = each_of(reader, at, *(unsigned *)into);
    unsigned field;

    if (!path || !each)
        return;
    if (strncmp(path, prefix, strlen(prefix)) != 0 || !workflow_field_find(reader->wf, path + strlen(prefix), &field) ||
        reader->wf->fields[field].type != WORKFLOW_FIELD_LIST)
        report_fault(reader->report, at, "unknown_field", "\"over\" is a list: \"data.\" and a field of that type");
    else if (each != reader->draft->eaches && reader->draft->eaches[0].field != field)
        report_fault(reader->report, at, "another_list", "Those who take part in a request are one list: \"data.%s\"",
                     reader->wf->fields[reader->draft->eaches[0].field].key);
    else
        each->field = (uint16_t)field;
}

/* `into` is the number of the state. */
static void read_join_all(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    bool all = false;

    (void)into;
    if (read_bool(reader, at, value, &all) && !all)
        report_fault(reader->report, at, "wrong_join", "All, or \"at_least\" some");
}

static void read_at_least(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_each *each = each_of(reader, at, *(unsigned *)into);
    int64_t n;

    if (each && read_integer(reader, at, value, 1, WORKFLOW_MEMBERS_MAX, &n))
        each->at_least = (uint16_t)n;
}

static void read_join_in(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned state = *(unsigned *)into;
    struct machine_each *each = each_of(reader, at, state);
    int target = refer_state(reader, at, value, (int)state);

    if (!each || target < 0)
        return;
    if (reader->draft->states[target].info.parent != (int)state ||
        reader->draft->states[target].info.kind != WORKFLOW_STATE_FINAL)
        report_fault(reader->report, at, "wrong_target", "Members are counted in a final state of theirs");
    each->counted = (int16_t)target;
}

void read_join(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"all", MEMBER_OPTIONAL, read_join_all},
        {"at_least", MEMBER_OPTIONAL, read_at_least},
        {"in", MEMBER_OPTIONAL, read_join_in},
    };

    if (!read_members(reader, at, value, members, COUNT_OF(members), into))
        return;
    if (!json_object_get(value, "all") == !json_object_get(value, "at_least"))
        report_fault(reader->report, at, "wrong_join", "A join is of \"all\" or of \"at_least\" some");
    else if (json_object_get(value, "all") && json_object_get(value, "in"))
        report_fault(reader->report, at, "wrong_join", "\"in\" goes with \"at_least\": all could never come to it");
}
