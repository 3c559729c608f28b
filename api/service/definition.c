#include "service/definition.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "workflow/definition.h"
#include "workflow/procedure.h"
#include "workflow/verify.h"

#define DETAIL_SIZE  600
#define FINDINGS_MAX 64 /* told of one definition; who mends these sees the next */

static void release_workflow(void *workflow)
{
    workflow_free(workflow);
}

static void where_write(struct json_out *out, const char *pointer, unsigned line, unsigned column)
{
    json_out_member_text(out, "pointer", pointer);
    json_out_member_number(out, "line", line);
    json_out_member_number(out, "column", column);
}

/* What the parser says is for who writes JSON, and in English; what the verifier says is for who knows the procedure.
 */
static void fault_write(struct json_out *out, const struct workflow_fault *fault)
{
    json_out_object_begin(out);
    json_out_member_text(out, "code", fault->code);
    where_write(out, fault->pointer, fault->line, fault->column);
    json_out_member_text(out, "detail", fault->message);
    json_out_name(out, "way");
    json_out_raw(out, "[]", 2);
    json_out_object_end(out);
}

/* ---- what the verifier found ---- */

static enum workflow_language language_of(const struct call *call)
{
    return (enum workflow_language)call->language; /* both are in the same order */
}

static const char *label_of(const struct workflow *wf, int state, enum workflow_language language)
{
    const struct workflow_state_info *info = state < 0 ? NULL : workflow_state(wf, (unsigned)state);
    return info ? info->label.in[language] : "";
}

static const char *timer_name(const struct call *call, const struct workflow *wf, int timer)
{
    const char *name = timer < 0 ? NULL : workflow_timer_name(wf, (unsigned)timer, language_of(call));
    return name ? name : "";
}

static const char *timer_key(const struct workflow *wf, int timer)
{
    const struct workflow_timer_info *info = timer < 0 ? NULL : workflow_timer_info(wf, (unsigned)timer);
    return info ? info->key : "";
}

static const char *clock_label(const struct workflow *wf, int clock, enum workflow_language language)
{
    const struct workflow_clock_info *info = clock < 0 ? NULL : workflow_clock_info(wf, (unsigned)clock);
    return info ? info->label.in[language] : "";
}

static const char *formatted(const struct call *call, enum text_key key, const char *const args[])
{
    char *ret = arena_alloc(call->arena, DETAIL_SIZE);
    return text_format(ret, DETAIL_SIZE, call->language, key, args);
}

static const char *finding_detail(const struct call *call, const struct workflow *wf,
                                  const struct workflow_finding *finding)
{
    static const enum text_key texts[WORKFLOW_FINDING_KINDS] = {
        [WORKFLOW_FINDING_DEAD_STATE] = TEXT_WORKFLOW_FINDING_DEAD_STATE,
        [WORKFLOW_FINDING_DEAD_TRANSITION] = TEXT_WORKFLOW_FINDING_DEAD_TRANSITION,
        [WORKFLOW_FINDING_NO_END] = TEXT_WORKFLOW_FINDING_NO_END,
        [WORKFLOW_FINDING_GAP] = TEXT_WORKFLOW_FINDING_GAP,
        [WORKFLOW_FINDING_RESTLESS] = TEXT_WORKFLOW_FINDING_RESTLESS,
        [WORKFLOW_FINDING_TOO_MUCH] = TEXT_WORKFLOW_FINDING_TOO_MUCH,
        [WORKFLOW_FINDING_WAITS_FOR_EVER] = TEXT_WORKFLOW_FINDING_WAITS_FOR_EVER,
        [WORKFLOW_FINDING_CLOCK_NOT_STARTED] = TEXT_WORKFLOW_FINDING_CLOCK_NOT_STARTED,
        [WORKFLOW_FINDING_TIMER_SPINS] = TEXT_WORKFLOW_FINDING_TIMER_SPINS,
        [WORKFLOW_FINDING_NO_UNDO] = TEXT_WORKFLOW_FINDING_NO_UNDO,
        [WORKFLOW_FINDING_EXTENDS_NOTHING] = TEXT_WORKFLOW_FINDING_EXTENDS_NOTHING,
        [WORKFLOW_FINDING_ASSERT] = TEXT_WORKFLOW_FINDING_ASSERT,
        [WORKFLOW_FINDING_TOO_LARGE] = TEXT_WORKFLOW_FINDING_TOO_LARGE,
    };
    const char *first = finding->kind == WORKFLOW_FINDING_ASSERT ? workflow_assert_key(wf, (unsigned)finding->assertion)
                                                                 : label_of(wf, finding->state, language_of(call));
    const char *second = finding->transition >= 0
                             ? workflow_transition_name(wf, (unsigned)finding->transition, language_of(call))
                             : timer_name(call, wf, finding->timer);
    const char *third = clock_label(wf, finding->clock, language_of(call));
    return formatted(call, texts[finding->kind],
                     (const char *const[]){first ? first : "", second ? second : "", third, NULL});
}

/* What its label tells, or that it ran out. */
static const char *timer_told(const struct call *call, const struct workflow *wf, int timer)
{
    const char *key = timer_key(wf, timer), *name = timer_name(call, wf, timer);
    return strcmp(name, key) != 0 ? name : formatted(call, TEXT_WORKFLOW_WAY_TIMER, (const char *const[]){key, NULL});
}

/* A step of a way in the words of who would take it. */
static void cause_write(struct json_out *out, const struct call *call, const struct workflow *wf,
                        const struct workflow_cause *cause)
{
    static const char *const kinds[] = {"event", "timer", "vote"};
    const char *key = cause->kind == WORKFLOW_CAUSE_EVENT   ? workflow_event_key(wf, cause->number)
                      : cause->kind == WORKFLOW_CAUSE_TIMER ? timer_key(wf, (int)cause->number)
                                                            : NULL;
    const char *label = cause->kind == WORKFLOW_CAUSE_EVENT ? workflow_event_name(wf, cause->number, language_of(call))
                        : cause->kind == WORKFLOW_CAUSE_TIMER ? timer_told(call, wf, (int)cause->number)
                                                              : text(call->language, TEXT_WORKFLOW_WAY_VOTE);
    json_out_object_begin(out);
    json_out_member_text(out, "kind", kinds[cause->kind]);
    json_out_member_text(out, "key", key);
    json_out_member_text(out, "label", label);
    json_out_object_end(out);
}

void definition_way_write(struct json_out *out, const struct call *call, const struct workflow *wf,
                          const struct workflow_cause *way, unsigned n)
{
    json_out_array_begin(out);
    for (unsigned i = 0; i < n; i++)
        cause_write(out, call, wf, &way[i]);
    json_out_array_end(out);
}

/* The first of them, for who is told in one sentence. */
static void tell_first(struct definition *definition, const struct call *call, unsigned line, unsigned column,
                       const char *detail)
{
    if (definition->n_findings++ == 0)
        definition->first = arena_printf(call->arena, "%u:%u %s", line, column, detail);
}

static void finding_write(struct json_out *out, const struct call *call, struct definition *definition,
                          const struct workflow_finding *finding)
{
    const struct workflow *wf = definition->workflow;
    struct workflow_where where =
        finding->kind == WORKFLOW_FINDING_ASSERT
            ? workflow_where_assert(definition->document, definition->length, (unsigned)finding->assertion)
        : finding->state >= 0
            ? workflow_where_state(wf, definition->document, definition->length, (unsigned)finding->state)
            : (struct workflow_where){.line = 1, .column = 1};
    json_out_object_begin(out);
    json_out_member_text(out, "code", workflow_finding_key(finding->kind));
    where_write(out, where.pointer, where.line, where.column);
    const char *detail = finding_detail(call, wf, finding);
    json_out_member_text(out, "detail", detail);
    tell_first(definition, call, where.line, where.column, detail);
    json_out_name(out, "way");
    definition_way_write(out, call, wf, finding->way, finding->n_way);
    json_out_object_end(out);
}

static struct workflow_verified verify(const struct call *call, struct definition *definition, struct json_out *out)
{
    struct workflow_finding *findings = arena_alloc(call->arena, FINDINGS_MAX * sizeof *findings);
    struct workflow_memory memory = {.bytes = malloc(WORKFLOW_VERIFY_MEMORY), .size = WORKFLOW_VERIFY_MEMORY};
    if (!memory.bytes)
        abort();
    struct workflow_verified verified = workflow_verify(definition->workflow, &memory, findings, FINDINGS_MAX);
    free(memory.bytes);
    for (size_t i = 0; i < verified.n_findings && i < FINDINGS_MAX; i++)
        finding_write(out, call, definition, &findings[i]);
    return verified;
}

/* ---- the report ---- */

/* The order of states and of transitions is part of what a definition means, so that its identity is its bytes. */
static void identify(struct definition *definition)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_digest(definition->document, definition->length, digest);
    hex_write(definition->hash, digest, sizeof digest);
}

struct definition definition_judge(const struct call *call, const char *document, size_t length, struct json_out *out)
{
    struct definition ret = {.document = document, .length = length};
    struct workflow_fault *faults = arena_alloc(call->arena, WORKFLOW_FAULTS_MAX * sizeof *faults);
    struct workflow_verified verified = {0};
    size_t n_faults;
    ret.workflow = workflow_parse(document, length, faults, WORKFLOW_FAULTS_MAX, &n_faults);
    json_out_object_begin(out);
    json_out_name(out, "findings");
    json_out_array_begin(out);
    for (size_t i = 0; i < n_faults; i++) {
        fault_write(out, &faults[i]);
        tell_first(&ret, call, faults[i].line, faults[i].column, faults[i].message);
    }
    if (ret.workflow) {
        arena_attach(call->arena, release_workflow, ret.workflow);
        identify(&ret);
        verified = verify(call, &ret, out);
    }
    json_out_array_end(out);
    ret.sound = ret.workflow && verified.n_findings == 0;
    json_out_member_bool(out, "valid", ret.sound);
    json_out_member_text(out, "key", ret.workflow ? workflow_key(ret.workflow) : NULL);
    json_out_name(out, "version");
    if (ret.workflow)
        json_out_number(out, workflow_version(ret.workflow));
    else
        json_out_null(out);
    json_out_member_text(out, "hash", ret.workflow ? ret.hash : NULL);
    json_out_member_number(out, "configurations", verified.configurations);
    json_out_member_number(out, "steps", verified.steps);
    json_out_object_end(out);
    return ret;
}

bool definition_counts(const struct call *call, const struct directory_workflow *row, uint32_t *ret_counts)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WORKFLOW_COUNTS, &rows, param_number(row->id));
    if (!tx_flush(&tx))
        return false;
    for (size_t i = 0; i < rows_count(rows); i++) {
        unsigned state;
        if (workflow_state_find(row->workflow, rows_text(rows, i, 0), &state))
            ret_counts[state] = (uint32_t)rows_number(rows, i, 1);
    }
    return true;
}
