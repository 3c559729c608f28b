/* What expressions see: data, event, ticket, now and clocks, in the order of the definition's environment. */
#include <string.h>

#include "workflow/engine/run.h"

static const struct workflow_value unset[WORKFLOW_FIELDS_MAX];

static const struct workflow_value *data_of(const struct run *run)
{
    if (run->out->set)
        return run->out->data;
    return run->world->data ? run->world->data : unset;
}

static void bind(struct run *run)
{
    const struct workflow *wf = run->wf;
    const struct workflow_world *world = run->world;
    int64_t seconds = world->now_us / 1000000, rest = world->now_us % 1000000;

    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    run->roots[0] = workflow_value_record(data_of(run), wf->n_fields);
    run->roots[1] = run->event;
    run->roots[2] = world->ticket;
    run->roots[3] = workflow_value_timestamp(seconds, (uint32_t)rest * 1000);
    if (world->clocks)
        memcpy(&run->roots[4], world->clocks, wf->n_clocks * sizeof(*world->clocks));
    run->bindings = (struct workflow_bindings){
        .roots = run->roots,
        .n_roots = world->clocks ? 4u + wf->n_clocks : 4u,
        .ask = machine_ask,
        .context = run->now,
        .scratch = world->scratch,
    };
    run->bound = true;
}

bool machine_ask(void *context, unsigned predicate, uint32_t state)
{
    const struct workflow_instance *instance = context;

    (void)predicate;
    return states_has(&instance->configuration, state);
}

void run_trace(struct run *run, struct workflow_trace trace)
{
    struct workflow_out *out = run->out;

    if (out->n_trace < WORKFLOW_TRACE_MAX)
        out->trace[out->n_trace++] = trace;
    else
        out->trace_cut = true;
}

struct workflow_value run_evaluate(struct run *run, int expression, unsigned transition, unsigned state,
                                   enum workflow_trace_kind kind)
{
    struct workflow_value value;

    if (!run->bound)
        bind(run);
    value = workflow_expression_evaluate(run->wf->expressions[expression], &run->bindings);
    run_trace(run,
              (struct workflow_trace){(uint16_t)transition, (uint8_t)state, (uint8_t)kind, (int16_t)expression, value});
    return value;
}

void run_tell_event(struct run *run, struct workflow_value event)
{
    run->event = event;
    run->roots[1] = event;
}

void run_fail(struct run *run, enum workflow_fault_kind fault)
{
    if (run->out->fault == WORKFLOW_SOUND)
        run->out->fault = fault;
}

void run_set(struct run *run, unsigned field, struct workflow_value value)
{
    struct workflow_out *out = run->out;

    if (!out->set) {
        memcpy(out->data, run->world->data ? run->world->data : unset, run->wf->n_fields * sizeof(*out->data));
        run->roots[0] = workflow_value_record(out->data, run->wf->n_fields);
    }
    out->set |= UINT64_C(1) << field;
    out->data[field] = value;
}
