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
    run->roots[0] = workflow_value_record(data_of(run), wf->n_fields);
    run->roots[1] = run->event;
    run->roots[2] = world->ticket;
    run->roots[3] = workflow_value_moment(world->now_us);
    if (world->clocks)
        memcpy(&run->roots[4], world->clocks, wf->n_clocks * sizeof(*world->clocks));
    run->bindings.roots = run->roots;
    run->bindings.n_roots = world->clocks ? 4u + wf->n_clocks : 4u;
    run->bindings.ask = machine_ask;
    run->bindings.context = run->now;
    run->bindings.scratch = world->scratch;
    run->bindings.fuel = 0;
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

static RUN_RARE bool is_option(const struct workflow_field_info *field, const struct workflow_value *value)
{
    for (size_t i = 0; i < field->n_options; i++)
        if (strlen(field->options[i]) == value->n && memcmp(field->options[i], value->text, value->n) == 0)
            return true;
    return false;
}

static RUN_RARE bool answer_text(const struct workflow *wf, const struct machine_solution *solution,
                                 const struct workflow_value *field, bool *ret)
{
    bool hit = false;

    for (unsigned i = 0; i < solution->n && !hit; i++)
        hit = field->n == solution->stretches[i].max && memcmp(field->text, solution->stretches[i].text, field->n) == 0;
    *ret = hit;
    return hit || is_option(&wf->fields[solution->field], field);
}

/* Answers an expression that was solved, for a value of its field that the solution is about: one that the field is
 * declared to have. */
static inline bool answer(const struct workflow *wf, const struct machine_solution *solution,
                          const struct workflow_value *field, bool *ret)
{
    int64_t number = field->kind == WORKFLOW_KIND_BOOL ? field->boolean : field->integer;
    bool hit = false;

    if (field->kind != solution->kind)
        return false;
    if (field->kind == WORKFLOW_KIND_STRING)
        return answer_text(wf, solution, field, ret);
    if (field->kind == WORKFLOW_KIND_INT && (number < solution->least || number > solution->most))
        return false;
    for (unsigned i = 0; i < solution->n && !hit; i++)
        hit = number >= solution->stretches[i].min && number <= solution->stretches[i].max;
    *ret = hit;
    return true;
}

static RUN_RARE struct workflow_value compute(struct run *run, int expression)
{
    if (!run->bound)
        bind(run);
    return workflow_expression_evaluate(run->wf->expressions[expression], &run->bindings);
}

static inline struct workflow_value value_of(struct run *run, int expression)
{
    const struct machine_solution *solution = &run->wf->solutions[expression];
    bool holds;

    if (solution->solved && answer(run->wf, solution, &data_of(run)[solution->field], &holds))
        return workflow_value_bool(holds);
    return compute(run, expression);
}

struct workflow_value run_evaluate(struct run *run, int expression, unsigned transition, unsigned state,
                                   enum workflow_trace_kind kind)
{
    struct workflow_out *out = run->out;
    struct workflow_trace *trace;
    struct workflow_value value = value_of(run, expression);

    if (out->n_trace == WORKFLOW_TRACE_MAX) {
        out->trace_cut = true;
        return value;
    }
    trace = &out->trace[out->n_trace++];
    trace->transition = (uint16_t)transition;
    trace->state = (uint8_t)state;
    trace->kind = (uint8_t)kind;
    trace->expression = (int16_t)expression;
    trace->value = value;
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
