/* Every action and why it is or is not possible now: the same judgement as a step, without taking it. */
#include <string.h>

#include "workflow/engine/run.h"

/* Who looks at the buttons, and where they go. */
struct listing {
    const struct workflow *wf;
    const struct workflow_instance *instance;
    const struct workflow_world *world;
    int64_t body;
    struct workflow_out *out;
    struct workflow_option *options;
    size_t n, max;
};

/* Where it leads once nothing stands in the way of the actor any more: roles, fields and checks are not asked. */
static int foresee(const struct listing *listing, const struct workflow_event *event)
{
    struct workflow_out *out = listing->out;

    if (run_step(listing->wf, listing->instance, event, listing->world, out, false) != WORKFLOW_OK)
        return MACHINE_NONE;
    return (int)workflow_principal(listing->wf, &out->next.configuration);
}

static void list(struct listing *listing, unsigned number, const struct workflow_text *label)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED, .number = number, .body = listing->body};
    struct workflow_option *option;
    bool is_vote = vote_of(listing->wf, &listing->instance->configuration, number) >= 0;
    enum workflow_rc rc;

    if (listing->n++ >= listing->max)
        return;
    option = &listing->options[listing->n - 1];
    /* A ballot is asked about as one that says yes: what is asked is whether they may vote. */
    event.choice = is_vote ? WORKFLOW_YES : WORKFLOW_CHOICE_NONE;
    rc = workflow_step(listing->wf, listing->instance, &event, listing->world, listing->out);
    *option = (struct workflow_option){.event = number,
                                       .label = *label,
                                       .possible = rc == WORKFLOW_OK,
                                       .reasons = listing->out->reasons,
                                       .to = MACHINE_NONE};
    if (rc == WORKFLOW_OK)
        option->to = (int)workflow_principal(listing->wf, &listing->out->next.configuration);
    else if (!(option->reasons.why & (WORKFLOW_REASON_WRONG_STATE | WORKFLOW_REASON_HIDDEN)) && !is_vote)
        option->to = foresee(listing, &event);
}

/* Somebody may be meant to do it: what has no role answers to the definition alone. */
static bool is_for_people(const struct workflow *wf, unsigned state, unsigned event)
{
    struct machine_span span = machine_span_of(wf, state, (int)event);

    for (unsigned i = span.first; i < (unsigned)span.first + span.n; i++)
        if (wf->transitions[i].roles)
            return true;
    return false;
}

static bool note(uint64_t listed[WORKFLOW_EVENTS_MAX / 64], unsigned event)
{
    uint64_t bit = UINT64_C(1) << (event % 64);
    bool fresh = !(listed[event / 64] & bit);

    listed[event / 64] |= bit;
    return fresh;
}

/* The events of one state in the order in which it tells them, each event once in the whole list. */
static void list_state(struct listing *listing, unsigned state, uint64_t listed[WORKFLOW_EVENTS_MAX / 64])
{
    const struct workflow *wf = listing->wf;
    const struct machine_state *here = &wf->states[state];

    if (here->vote >= 0 && note(listed, (unsigned)wf->votes[here->vote].event))
        list(listing, (unsigned)wf->votes[here->vote].event, &wf->votes[here->vote].label);
    for (unsigned i = here->own.first; i < (unsigned)here->own.first + here->own.n; i++) {
        const struct machine_transition *transition = &wf->transitions[i];
        if (is_for_people(wf, state, (unsigned)transition->event) && note(listed, (unsigned)transition->event))
            list(listing, (unsigned)transition->event, &transition->label);
    }
}

/* The template's state of the body that is asked about, where it takes part. */
static void list_member(struct listing *listing, uint64_t listed[WORKFLOW_EVENTS_MAX / 64])
{
    for (unsigned i = 0; listing->body && i < listing->instance->n_members; i++) {
        const struct workflow_member_state *member = &listing->instance->members[i];
        unsigned each = (unsigned)listing->wf->states[member->state].info.parent;
        if (member->body == listing->body && states_has(&listing->instance->configuration, each))
            list_state(listing, member->state, listed);
    }
}

size_t workflow_options(const struct workflow *wf, const struct workflow_instance *instance,
                        const struct workflow_world *world, int64_t body, bool all, struct workflow_out *out,
                        struct workflow_option *ret_options, size_t max)
{
    struct listing listing = {wf, instance, world, body, out, ret_options, 0, max};
    uint64_t listed[WORKFLOW_EVENTS_MAX / 64] = {0};
    struct workflow_states rest = instance->configuration;

    if (instance->finished)
        rest = (struct workflow_states){{0}};
    else
        list_member(&listing, listed);
    /* Inner states first: theirs are the next moves, those of what is around them the ways out. */
    while (!states_none(rest))
        list_state(&listing, states_take_last(&rest), listed);
    for (unsigned state = 0; all && state < wf->n_states; state++)
        list_state(&listing, state, listed);
    return listing.n;
}
