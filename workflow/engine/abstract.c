/* Steps without data: every guard, vote and amount is somebody's choice (verify/). The semantics are those of any step.
 */
#include "workflow/engine/run.h"

static const int64_t bodies[] = {1, 2, 3};

bool run_choose_freely(struct run *run)
{
    struct run_choices *choices = run->choices;
    unsigned question = choices->asked;

    /* More questions in one step than answers fit: told as a step that is too much. */
    if (question == 8 * sizeof(choices->given)) {
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
        return false;
    }
    choices->asked++;
    return question < choices->n_given && (choices->given >> question & 1);
}

/* A group is asked in order up to the first that holds, so that its last one is asked when none before it held. */
bool run_choose(struct run *run, unsigned transition)
{
    const uint64_t *total = run->choices->total;

    return (total && (total[transition / 64] >> (transition % 64) & 1)) || run_choose_freely(run);
}

bool run_choices_next(struct run_choices *choices)
{
    uint32_t answers =
        choices->n_given < 32 ? choices->given & ((UINT32_C(1) << choices->n_given) - 1) : choices->given;

    for (unsigned i = choices->asked; i > 0; i--) {
        uint32_t bit = UINT32_C(1) << (i - 1);
        if (answers & bit) {
            answers &= ~bit;
            continue;
        }
        choices->given = answers | bit;
        choices->n_given = (uint8_t)i;
        return true;
    }
    choices->given = 0;
    choices->n_given = 0;
    return false;
}

static enum workflow_rc end_vote(struct run *run, unsigned number, const struct workflow_instance *before)
{
    const struct machine_vote *vote = &run->wf->votes[number];
    int outcome = run_choose_freely(run) ? vote->passed : vote->failed;

    if (outcome >= 0)
        run_raise(run, false, (unsigned)outcome);
    return run_finish(run, before);
}

bool run_abstract(const struct workflow *wf, const struct workflow_instance *instance,
                  const struct run_abstract_event *event, unsigned n_bodies, struct run_choices *choices,
                  struct workflow_out *ret)
{
    const struct workflow_world world = {.bodies = bodies, .n_bodies = n_bodies};
    struct workflow_event named = {.kind = WORKFLOW_EVENT_NAMED};
    struct run run;

    run_begin(&run, wf, &world, ret);
    run.choices = choices;
    run.judged = false;
    choices->asked = 0;
    if (!instance)
        return run_start(&run) != WORKFLOW_REJECTED;
    run_continue(&run, instance, event->body);
    switch (event->kind) {
    case RUN_ABSTRACT_TIMER:
        return run_timer(&run, event->number, instance) != WORKFLOW_REJECTED;
    case RUN_ABSTRACT_VOTE:
        return end_vote(&run, event->number, instance) != WORKFLOW_REJECTED;
    case RUN_ABSTRACT_EVENT:
        break;
    }
    /* Ballots change nothing that is walked; what they come to does. */
    if (vote_of(wf, &run.now->configuration, event->number) >= 0)
        return false;
    named.number = event->number;
    named.body = event->body;
    return run_named(&run, &named, instance) != WORKFLOW_REJECTED;
}
