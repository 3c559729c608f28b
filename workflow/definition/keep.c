/* Lists in their final size: what the workflow owns from now on. The draft dies with the parse. */
#include "workflow/definition/reader.h"

#include <string.h>

static void *kept(struct reader *reader, const void *items, size_t n, size_t size)
{
    void *copy = keep_alloc(reader, n, size);

    if (copy && n > 0)
        memcpy(copy, items, n * size);
    return copy;
}

void keep_machine(struct reader *reader)
{
    struct workflow *wf = reader->wf;
    const struct draft *draft = reader->draft;

    wf->states = kept(reader, draft->states, wf->n_states, sizeof(*wf->states));
    wf->events = kept(reader, draft->events, wf->n_events, sizeof(*wf->events));
    wf->transitions = kept(reader, draft->transitions, wf->n_transitions, sizeof(*wf->transitions));
    wf->targets = kept(reader, draft->targets, draft->n_targets, sizeof(*wf->targets));
    wf->effects = kept(reader, draft->effects, wf->n_effects, sizeof(*wf->effects));
    wf->checks = kept(reader, draft->checks, draft->n_checks, sizeof(*wf->checks));
    wf->sets = kept(reader, draft->sets, draft->n_sets, sizeof(*wf->sets));
    wf->defaults = kept(reader, draft->defaults, wf->n_defaults, sizeof(*wf->defaults));
    wf->timers = kept(reader, draft->timers, wf->n_timers, sizeof(*wf->timers));
    wf->clocks = kept(reader, draft->clocks, wf->n_clocks, sizeof(*wf->clocks));
    wf->calendars = kept(reader, draft->calendars, wf->n_calendars, sizeof(*wf->calendars));
    wf->histories = kept(reader, draft->histories, wf->n_histories, sizeof(*wf->histories));
    wf->witnesses = kept(reader, draft->witnesses, wf->n_witnesses, sizeof(*wf->witnesses));
    wf->votes = kept(reader, draft->votes, wf->n_votes, sizeof(*wf->votes));
    wf->eaches = kept(reader, draft->eaches, wf->n_eaches, sizeof(*wf->eaches));
    wf->panels = kept(reader, draft->panels, wf->n_panels, sizeof(*wf->panels));
    wf->asserts = kept(reader, draft->asserts, wf->n_asserts, sizeof(*wf->asserts));
    wf->solutions = kept(reader, draft->solutions, wf->n_expressions, sizeof(*wf->solutions));
    wf->expressions = kept(reader, draft->expressions, wf->n_expressions, sizeof(struct workflow_expression *));
}
