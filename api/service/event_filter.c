#include "service/event_filter.h"

#include <stdio.h>
#include <string.h>

enum {
    EVENT_TYPE,
    EVENT_SUBJECT,
    EVENT_EVENT,
    EVENT_FROM,
    EVENT_TO,
    EVENT_BODY,
    EVENT_SERVICE,
    EVENT_VERSION,
    EVENT_TIME,
    EVENT_MEMBERS
};

static const struct workflow_type text_type = {.kind = WORKFLOW_KIND_STRING, .has_max = true, .max = 200};
static const struct workflow_type version_type = {.kind = WORKFLOW_KIND_INT, .has_min = true, .min = 1};
static const struct workflow_type time_type = {.kind = WORKFLOW_KIND_TIMESTAMP};
static const struct workflow_member members[EVENT_MEMBERS] = {
    [EVENT_TYPE] = {"type", &text_type, true},       [EVENT_SUBJECT] = {"subject", &text_type, true},
    [EVENT_EVENT] = {"event", &text_type, false},    [EVENT_FROM] = {"from", &text_type, false},
    [EVENT_TO] = {"to", &text_type, false},          [EVENT_BODY] = {"body", &text_type, true},
    [EVENT_SERVICE] = {"service", &text_type, true}, [EVENT_VERSION] = {"version", &version_type, true},
    [EVENT_TIME] = {"time", &time_type, true},
};
static const struct workflow_type event_type = {
    .kind = WORKFLOW_KIND_RECORD, .members = members, .n_members = EVENT_MEMBERS};
static const struct workflow_member roots[] = {{"event", &event_type, true}};
static const struct workflow_environment environment = {
    .roots = roots, .n_roots = 1, .length_max = EVENT_FILTER_BYTES, .cost_max = 4 * 1000};
static const struct workflow_type holds_type = {.kind = WORKFLOW_KIND_BOOL};

const struct workflow_expression *event_filter_compile(const char *text, struct arena *arena,
                                                       struct event_filter_faults *ret_faults)
{
    struct workflow_expression_faults faults = {.list = ret_faults->list, .max = EVENT_FILTER_FAULTS};
    struct workflow_memory memory = {.bytes = arena_take(arena, WORKFLOW_EXPRESSION_MEMORY),
                                     .size = WORKFLOW_EXPRESSION_MEMORY};
    const struct workflow_expression *filter =
        workflow_expression_compile(text, strlen(text), &environment, &holds_type, &memory, &faults);
    ret_faults->n = faults.n < EVENT_FILTER_FAULTS ? faults.n : EVENT_FILTER_FAULTS;
    return filter;
}

void event_filter_refuse(struct error *err, const char *pointer, const struct event_filter_faults *faults)
{
    for (size_t i = 0; i < faults->n; i++)
        (void)error_violate(err, pointer, BAD_EXPRESSION, arena_printf(err->arena, "%u", faults->list[i].column),
                            faults->list[i].message);
}

bool event_filter_judge(const struct workflow_expression *filter, const struct feed_event *event,
                        const char **ret_error)
{
    char type[80], room[1024] __attribute__((aligned(16)));
    (void)snprintf(type, sizeof type, "cat.oam.%s", event->type);
    const struct workflow_value facts[EVENT_MEMBERS] = {
        [EVENT_TYPE] = workflow_value_text(type),
        [EVENT_SUBJECT] = workflow_value_text(event->ref),
        [EVENT_EVENT] = workflow_value_text(event->event),
        [EVENT_FROM] = workflow_value_text(event->from),
        [EVENT_TO] = workflow_value_text(event->to),
        [EVENT_BODY] = workflow_value_text(event->body),
        [EVENT_SERVICE] = workflow_value_text(event->service),
        [EVENT_VERSION] = workflow_value_int(event->version),
        [EVENT_TIME] = workflow_value_moment(event->at),
    };
    const struct workflow_value root = workflow_value_record(facts, EVENT_MEMBERS);
    struct workflow_memory scratch = {.bytes = room, .size = sizeof room};
    const struct workflow_bindings bindings = {.roots = &root, .n_roots = 1, .scratch = &scratch};
    const struct workflow_value verdict = workflow_expression_evaluate(filter, &bindings);
    const bool failed = verdict.kind == WORKFLOW_KIND_ERROR && verdict.error != WORKFLOW_ERROR_NO_SUCH_FIELD;
    *ret_error = failed ? workflow_error_key((enum workflow_error)verdict.error) : NULL;
    return workflow_value_holds(verdict);
}

bool event_filter_holds(const struct workflow_expression *filter, const struct feed_event *event)
{
    const char *error;
    return event_filter_judge(filter, event, &error);
}
