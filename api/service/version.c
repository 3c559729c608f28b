#include "service/version.h"

#include <stdlib.h>
#include <string.h>

#include "base/bell.h"
#include "base/json_in.h"
#include "service/attendance.h"
#include "service/calendars.h"
#include "service/definition.h"
#include "service/idempotency.h"
#include "service/migration.h"
#include "service/request_view.h"
#include "workflow/procedure.h"
#include "workflow/scenario.h"

#define REASON_MIN      3
#define REASON_MAX      2000
#define DIFFERENCES_MAX 100

struct publish_input publish_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"document", "scenarios", "reason", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct publish_input input = {
        .document = json_in_text(&in, "document", 2, WORKFLOW_DOCUMENT_MAX, true, true),
        .scenarios = json_in_text(&in, "scenarios", 2, WORKFLOW_SCENARIOS_BYTES_MAX, true, true),
        .reason = json_in_text(&in, "reason", REASON_MIN, REASON_MAX, true, true),
    };
    json_in_finish(&in, names);
    return input;
}

/* ---- what is judged ---- */

static bool refuse(const struct call *call, const char *pointer, enum text_key key, const char *first,
                   const char *second)
{
    char *sentence = arena_alloc(call->arena, 900);
    (void)text_format(sentence, 900, call->language, key, (const char *const[]){first, second, NULL});
    return error_violate(call->err, pointer, UNSOUND, sentence);
}

static struct definition judge(const struct call *call, const struct publish_input *input)
{
    struct json_out report = json_out_new(call->arena, 4096);
    struct definition definition = definition_judge(call, input->document, strlen(input->document), &report);
    if (!definition.sound)
        (void)refuse(call, "/document", TEXT_PUBLISH_FINDINGS, definition.first ? definition.first : "",
                     arena_printf(call->arena, "%zu", definition.n_findings));
    return definition;
}

static bool find_town(void *context, const char *code, struct workflow_place *ret_place)
{
    return calendars_place(context, code, ret_place);
}

static void tell_story(const struct call *call, const struct workflow *wf,
                       const struct workflow_scenarios_report *report)
{
    if (report->n_told > 0) {
        const struct workflow_difference *told = &report->differences[0];
        (void)refuse(call, "/scenarios", TEXT_PUBLISH_STORY_DIFFERS,
                     arena_printf(call->arena, "%u:%u %s", told->where.line, told->where.column,
                                  report->scenarios[told->scenario].name),
                     told->what);
    }
    for (unsigned i = 0; i < report->n_transitions; i++)
        if (!report->transitions[i].taken)
            (void)refuse(call, "/scenarios", TEXT_PUBLISH_TRANSITION_UNTOLD,
                         workflow_transition_name(wf, i, (enum workflow_language)call->language), "");
}

/* Its golden scenarios take every transition, and it does what they say. */
static bool tell_stories(const struct call *call, const struct workflow *wf, const char *document)
{
    struct workflow_fault fault;
    size_t n = 0;
    const struct workflow_towns towns = {find_town, (void *)(uintptr_t)call->directory};
    struct workflow_scenarios *scenarios =
        workflow_scenarios_read(wf, document, strlen(document), &towns, &fault, 1, &n);
    struct workflow_scenarios_report *report = scenarios ? workflow_scenarios_run(scenarios) : NULL;
    bool passed = report && report->passed;
    if (n > 0)
        (void)refuse(call, "/scenarios", TEXT_PUBLISH_FINDINGS,
                     arena_printf(call->arena, "%u:%u %s", fault.line, fault.column, fault.message),
                     arena_printf(call->arena, "%zu", n));
    else if (!report)
        (void)error_set(call->err, ERROR_UNAVAILABLE, TEXT_DETAIL_DIRECTORY_EMPTY);
    else if (!passed)
        tell_story(call, wf, report);
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(scenarios);
    return passed;
}

/* ---- what it changes ---- */

enum { OLDER_ID, OLDER_VERSION, OLDER_DOCUMENT, OLDER_OPEN };

struct publication {
    const struct definition *definition;
    const struct rows *older;
    enum workflow_version_change change;
    struct workflow_alteration *alterations;
    size_t n_alterations;
    struct json_out migrations; /* that were started */
};

static void release_workflow(void *workflow)
{
    workflow_free(workflow);
}

static struct workflow_source older_source(const struct call *call, const struct rows *rows, size_t row)
{
    struct workflow_source source = {.json = rows_text(rows, row, OLDER_DOCUMENT)};
    source.length = strlen(source.json);
    struct workflow *workflow = workflow_parse(source.json, source.length, NULL, 0, NULL);
    if (workflow)
        arena_attach(call->arena, release_workflow, workflow);
    source.workflow = workflow;
    return source;
}

static struct workflow_source new_source(const struct definition *definition)
{
    return (struct workflow_source){definition->workflow, definition->document, definition->length};
}

/* Since the version before it. Nothing changed is a change of nothing but its number: texts. */
static bool compare(const struct call *call, struct publication *publication)
{
    publication->change = WORKFLOW_CHANGE_NONE;
    if (rows_count(publication->older) == 0)
        return true;
    const struct workflow_source before = older_source(call, publication->older, 0),
                                 after = new_source(publication->definition);
    if (!before.workflow)
        return error_set(call->err, ERROR_UNAVAILABLE, TEXT_DETAIL_DIRECTORY_EMPTY);
    publication->alterations = arena_alloc(call->arena, DIFFERENCES_MAX * sizeof *publication->alterations);
    publication->change =
        workflow_compare(&before, &after, publication->alterations, DIFFERENCES_MAX, &publication->n_alterations);
    if (publication->change == WORKFLOW_CHANGE_NONE)
        publication->change = WORKFLOW_CHANGE_TEXTS;
    return true;
}

static bool start_migration(const struct call *call, struct tx *tx, const struct publication *publication, size_t row,
                            int64_t id, const struct migration_plan *plan, const char *reason)
{
    const struct rows *started = NULL;
    tx_run(tx, QUERY_MIGRATION_START, &started, param_number(rows_number(publication->older, row, OLDER_ID)),
           param_number(id),
           param_text(workflow_change_key(plan->change == WORKFLOW_CHANGE_NONE ? WORKFLOW_CHANGE_TEXTS : plan->change)),
           param_text("{}"), param_text(reason), param_text(call->actor->principal), param_text(call->actor->login),
           param_time(call->now), param_time(call->now + MIGRATION_SETTLE_US));
    if (!tx_flush(tx))
        return false;
    struct json_out *out = (struct json_out *)(uintptr_t)&publication->migrations;
    json_out_object_begin(out);
    json_out_member_text(out, "id", rows_text(started, 0, 0));
    json_out_member_number(out, "from", rows_number(publication->older, row, OLDER_VERSION));
    json_out_member_text(out, "change", workflow_change_key(plan->change));
    json_out_object_end(out);
    return true;
}

/* At once, for every version with open requests that loses nothing by it: what was possible stays so, with the same
   result. Done lazily, each reader of a request would have to know two definitions of it. */
static bool take_over(const struct call *call, struct tx *tx, const struct publication *publication, int64_t id,
                      const char *reason)
{
    const struct workflow_source after = new_source(publication->definition);
    for (size_t row = 0; row < rows_count(publication->older); row++) {
        if (!rows_bool(publication->older, row, OLDER_OPEN))
            continue;
        const struct workflow_source before = older_source(call, publication->older, row);
        struct migration_plan *plan = arena_alloc(call->arena, sizeof *plan);
        if (!before.workflow || workflow_compare(&before, &after, NULL, 0, NULL) == WORKFLOW_CHANGE_STRUCTURE)
            continue;
        if (!migration_plan_make(plan, call, &before, &after, NULL))
            return false;
        if (plan->change != WORKFLOW_CHANGE_STRUCTURE && !start_migration(call, tx, publication, row, id, plan, reason))
            return false;
    }
    return true;
}

/* ---- the answer ---- */

static void alterations_write(struct json_out *out, const struct publication *publication)
{
    static const char *const kinds[] = {"added", "changed", "removed"};
    json_out_name(out, "differences");
    json_out_array_begin(out);
    for (size_t i = 0; i < publication->n_alterations && i < DIFFERENCES_MAX; i++) {
        const struct workflow_alteration *alteration = &publication->alterations[i];
        json_out_object_begin(out);
        json_out_member_text(out, "pointer", alteration->where.pointer);
        json_out_member_number(out, "line", alteration->where.line);
        json_out_member_number(out, "column", alteration->where.column);
        json_out_member_text(out, "kind", kinds[alteration->kind]);
        json_out_member_text(out, "change", workflow_change_key(alteration->change));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static bool unattended_write(struct json_out *out, const struct call *call, struct tx *tx,
                             const struct definition *definition)
{
    const struct attendance_gap *gaps = NULL;
    size_t n = 0;
    const char *key = workflow_key(definition->workflow);
    if (!attendance_find(call, tx, key, definition->workflow, &gaps, &n))
        return false;
    json_out_name(out, "unattended");
    json_out_array_begin(out);
    for (size_t i = 0; i < n; i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "role", gaps[i].role->key);
        json_out_member_text(out, "comarca", gaps[i].comarca ? gaps[i].comarca->code : NULL);
        json_out_member_text(out, "unit", gaps[i].unit ? gaps[i].unit->code : NULL);
        json_out_member_text(out, "detail", attendance_tell(call, &gaps[i]));
        json_out_object_end(out);
    }
    json_out_array_end(out);
    return true;
}

static bool publication_reply(const struct call *call, struct tx *tx, struct publication *publication,
                              struct reply *ret)
{
    const struct workflow *wf = publication->definition->workflow;
    struct json_out out = json_out_new(call->arena, 2048);
    json_out_array_end(&publication->migrations);
    json_out_object_begin(&out);
    json_out_member_text(&out, "key", workflow_key(wf));
    json_out_member_number(&out, "version", workflow_version(wf));
    json_out_member_text(&out, "hash", publication->definition->hash);
    json_out_member_text(&out, "change",
                         rows_count(publication->older) > 0 ? workflow_change_key(publication->change) : NULL);
    alterations_write(&out, publication);
    json_out_member_raw(&out, "migrations", json_out_finish(&publication->migrations, NULL));
    if (!unattended_write(&out, call, tx, publication->definition))
        return false;
    json_out_object_end(&out);
    *ret = (struct reply){.status = 201,
                          .location = arena_printf(call->arena, "/api/v1/workflows/%s?version=%d", workflow_key(wf),
                                                   workflow_version(wf))};
    ret->bytes = json_out_finish(&out, &ret->length);
    return true;
}

/* The version that somebody else published meanwhile is not the one that this one follows. */
static bool follows(const struct call *call, const struct publication *publication)
{
    int version = workflow_version(publication->definition->workflow);
    if (rows_count(publication->older) == 0 || version == rows_number(publication->older, 0, OLDER_VERSION) + 1)
        return true;
    return error_set(call->err, ERROR_CONFLICT, TEXT_PUBLISH_NOT_NEXT, arena_printf(call->arena, "%d", version));
}

static bool publish(const struct call *call, struct tx *tx, const struct publish_input *input,
                    struct publication *publication, struct reply *ret)
{
    const struct rows *published = NULL;
    if (!follows(call, publication) || !compare(call, publication))
        return false;
    tx_run(tx, QUERY_WORKFLOW_PUBLISH, &published, param_text(input->document), param_text(input->scenarios),
           param_text(publication->change == WORKFLOW_CHANGE_NONE ? NULL : workflow_change_key(publication->change)),
           param_text(input->reason), param_text(call->actor->principal), param_text(call->actor->login),
           param_time(call->now));
    return tx_flush(tx) && take_over(call, tx, publication, rows_number(published, 0, 0), input->reason) &&
           publication_reply(call, tx, publication, ret);
}

bool version_publish(const struct call *call, const struct publish_input *input, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency key;
    *ret = (struct reply){0};
    const struct definition definition = judge(call, input);
    if (error_is_set(call->err) || !tell_stories(call, definition.workflow, input->scenarios))
        return false;
    struct publication publication = {.definition = &definition, .migrations = json_out_new(call->arena, 256)};
    json_out_array_begin(&publication.migrations);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    tx_run(&tx, QUERY_WORKFLOW_OLDER, &publication.older, param_text(workflow_key(definition.workflow)));
    if (!tx_flush(&tx) || idempotency_check(&key, call, ret) != IDEMPOTENCY_FRESH)
        return ret->replayed;
    if (!publish(call, &tx, input, &publication, ret))
        return false;
    idempotency_keep(&key, &tx, call, ret);
    return tx_commit(&tx);
}

/* ---- the list ---- */

enum {
    LIST_VERSION,
    LIST_HASH,
    LIST_CHANGE,
    LIST_REASON,
    LIST_AT,
    LIST_BY,
    LIST_BY_NAME,
    LIST_OPEN,
    LIST_CLOSED,
    LIST_MIGRATION,
    LIST_MIGRATION_TO,
    LIST_MIGRATION_MOVED,
    LIST_MIGRATION_DONE
};

static void version_view(struct json_out *out, const struct call *call, const struct rows *rows, size_t row)
{
    json_out_object_begin(out);
    json_out_member_number(out, "version", rows_number(rows, row, LIST_VERSION));
    json_out_member_text(out, "hash", rows_text(rows, row, LIST_HASH));
    json_out_member_text(out, "change", rows_text(rows, row, LIST_CHANGE));
    json_out_member_text(out, "reason", rows_text(rows, row, LIST_REASON));
    json_out_member_time(out, "published_at", rows_time(rows, row, LIST_AT));
    json_out_name(out, "published_by");
    actor_view(out, call->directory, rows_text(rows, row, LIST_BY), rows_text(rows, row, LIST_BY_NAME));
    json_out_member_number(out, "open_requests", rows_number(rows, row, LIST_OPEN));
    json_out_member_number(out, "closed_requests", rows_number(rows, row, LIST_CLOSED));
    json_out_name(out, "migration");
    if (rows_null(rows, row, LIST_MIGRATION)) {
        json_out_null(out);
    } else {
        json_out_object_begin(out);
        json_out_member_text(out, "id", rows_text(rows, row, LIST_MIGRATION));
        json_out_member_number(out, "to", rows_number(rows, row, LIST_MIGRATION_TO));
        json_out_member_number(out, "moved", rows_number(rows, row, LIST_MIGRATION_MOVED));
        json_out_member_time(out, "done_at", rows_time(rows, row, LIST_MIGRATION_DONE));
        json_out_object_end(out);
    }
    json_out_object_end(out);
}

bool version_list(const struct call *call, const char *key, struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WORKFLOW_VERSIONS, &rows, param_text(key));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_WORKFLOW, key);
    json_out_object_begin(out);
    json_out_member_text(out, "key", key);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t row = 0; row < rows_count(rows); row++)
        version_view(out, call, rows, row);
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
