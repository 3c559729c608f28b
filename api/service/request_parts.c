#include "service/request_parts.h"

#include "service/request_stand.h"

static bool is_step(const struct workflow *wf, unsigned number, const struct workflow_states *active)
{
    const struct workflow_state_info *state = workflow_state(wf, number);
    return (active->word[number / 64] >> number % 64 & 1) && state->kind != WORKFLOW_STATE_COMPOUND &&
           state->kind != WORKFLOW_STATE_PARALLEL;
}

static bool is_inside(const struct workflow *wf, unsigned number, unsigned around)
{
    int at = workflow_state(wf, number)->parent;
    while (at >= 0 && at != (int)around)
        at = workflow_state(wf, (unsigned)at)->parent;
    return at >= 0;
}

struct request_parts request_parts_of(const struct request *request, const struct workflow *wf, unsigned state)
{
    struct request_parts parts = {0};
    struct request_stand stand;
    if (workflow_state(wf, state)->kind != WORKFLOW_STATE_PARALLEL || !request->engine ||
        !request_stand_read(request, wf, &stand))
        return parts;
    for (unsigned i = 0; i < workflow_state_count(wf) && parts.n < REQUEST_PARTS_MAX; i++)
        if (is_step(wf, i, &stand.instance.configuration) && is_inside(wf, i, state))
            parts.steps[parts.n++] = i;
    return parts;
}

bool request_part_done(const struct workflow *wf, unsigned step)
{
    return workflow_state(wf, step)->kind == WORKFLOW_STATE_FINAL;
}

int request_parts_awaited(const struct request_parts *parts, const struct workflow *wf, unsigned state)
{
    for (size_t i = 0; i < parts->n; i++)
        if (!request_part_done(wf, parts->steps[i]) && workflow_state(wf, parts->steps[i])->awaits_role >= 0)
            return workflow_state(wf, parts->steps[i])->awaits_role;
    return workflow_state(wf, state)->awaits_role;
}
