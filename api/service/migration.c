/* What a migration would do: the map and its proof, the dry run, and how far one has come. */
#include "service/migration.h"

#include <stdlib.h>
#include <string.h>

#include "base/bell.h"
#include "base/hex.h"
#include "base/json_in.h"
#include "service/idempotency.h"
#include "service/request_move.h"
#include "service/request_row.h"
#include "service/request_view.h"
#include "workflow/procedure.h"
#include "workflow/verify.h"

#define REASON_MIN 3
#define REASON_MAX 2000
#define PAGE       500
#define LEFT_MAX   100 /* requests told of one by one */
#define MOVES_MAX  256

struct migration_input migration_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"from", "to", "map", "reason", "dry_run", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct migration_input input = {
        .from = json_in_integer(&in, "from", 1, INT32_MAX, true, 0),
        .to = json_in_integer(&in, "to", 1, INT32_MAX, true, 0),
        .map = json_in_value(&in, "map", JSON_OBJECT, false),
        .dry_run = json_in_bool(&in, "dry_run", false),
    };
    input.reason = json_in_text(&in, "reason", REASON_MIN, REASON_MAX, !input.dry_run, true);
    json_in_finish(&in, names);
    return input;
}

/* ---- the dry run ---- */

struct forecast {
    const struct migration_plan *plan;
    const struct directory_workflow *from;
    uint32_t moves[WORKFLOW_STATES_MAX][WORKFLOW_STATES_MAX];
    size_t total, movable, n_left, recalled[WORKFLOW_WITNESSES_MAX];
    struct {
        const char *ref, *why;
    } left[LEFT_MAX];
};

static void foresee_one(struct forecast *forecast, const struct rows *rows, size_t row, struct request_past_page *past,
                        const struct call *call, struct arena *scratch)
{
    const struct request request = request_from_row(rows, row);
    const struct request_world known = {
        .now_us = call->now,
        .actor = request_world_actor(call->actor->principal),
        .roles_held = UINT32_MAX,
        .fields_present = UINT64_MAX,
        .data = request.data,
        .directory = call->directory,
        .body = directory_body_by_id(call->directory, request.body_id),
        .service = directory_service_by_id(call->directory, request.service_id),
        .past = request_past_take(past, request.id, scratch),
    };
    struct request_stand *stand = arena_alloc(scratch, sizeof *stand);
    struct request_move *move = arena_alloc(scratch, sizeof *move);
    forecast->total++;
    if (known.body && request_stand_read(&request, forecast->from->workflow, stand))
        request_move_make(move, forecast->plan->map, forecast->from->workflow, forecast->plan->to, &known, stand,
                          scratch);
    if (move->moved) {
        forecast->movable++;
        for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++)
            forecast->recalled[i] += (unsigned)move->recalled >> i & 1u;
        forecast->moves[workflow_principal(forecast->from->workflow, &stand->instance.configuration)][move->to]++;
        return;
    }
    if (forecast->n_left < LEFT_MAX) {
        /* A draft is its body's affair. */
        forecast->left[forecast->n_left].ref = request.submitted_at ? arena_strdup(call->arena, request.ref) : NULL;
        forecast->left[forecast->n_left].why = workflow_obstacle_key(move->obstacle.kind);
    }
    forecast->n_left++;
}

/* Read only, a page in each transaction; all of them, as the migration would see them. */
static bool foresee(struct forecast *forecast, const struct call *call)
{
    struct arena *pages = arena_new(1024 * 1024), *scratch = arena_new(64 * 1024);
    int64_t reach = 0;
    size_t fetched = PAGE;
    bool read = true;
    while (read && fetched == PAGE) {
        struct tx tx = {0};
        const struct rows *rows = NULL;
        struct request_past_page past = {.rows = NULL};
        read = tx_begin(&tx, call->store, TX_READ, &actor_system, pages, call->err);
        if (read) {
            tx_run(&tx, QUERY_MIGRATION_PAGE, &rows, param_number(forecast->from->id), param_number(reach),
                   param_number(PAGE));
            read = tx_flush(&tx) && request_past_read(&tx, rows, forecast->plan->map, forecast->plan->to, pages, &past);
        }
        fetched = read ? rows_count(rows) : 0;
        for (size_t row = 0; row < fetched; row++) {
            foresee_one(forecast, rows, row, &past, call, scratch);
            reach = rows_number(rows, row, 0);
            arena_reset(scratch);
        }
        tx_end(&tx);
        arena_reset(pages);
    }
    arena_free(scratch);
    arena_free(pages);
    return read;
}

static void moves_write(struct json_out *out, const struct forecast *forecast)
{
    const struct workflow *from = forecast->from->workflow, *to = forecast->plan->to;
    json_out_name(out, "moves");
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_state_count(from); i++)
        for (unsigned j = 0; j < workflow_state_count(to); j++) {
            if (!forecast->moves[i][j])
                continue;
            json_out_object_begin(out);
            json_out_member_text(out, "from", workflow_state(from, i)->key);
            json_out_member_text(out, "to", workflow_state(to, j)->key);
            json_out_member_number(out, "requests", forecast->moves[i][j]);
            json_out_object_end(out);
        }
    json_out_array_end(out);
}

/* Four eyes that the new version introduces: what was done already, and of how many requests it is known by whom. */
static void recalled_write(struct json_out *out, const struct forecast *forecast, const struct call *call)
{
    const struct workflow *to = forecast->plan->to;
    uint16_t recalls = workflow_map_recalls(forecast->plan->map);
    json_out_name(out, "recalled");
    json_out_array_begin(out);
    for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++) {
        if (!(recalls >> i & 1))
            continue;
        unsigned event = (unsigned)workflow_witness_event(to, i);
        json_out_object_begin(out);
        json_out_member_text(out, "event", workflow_event_key(to, event));
        json_out_member_text(out, "label", workflow_event_name(to, event, (enum workflow_language)call->language));
        json_out_member_number(out, "requests", (int64_t)forecast->recalled[i]);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void left_write(struct json_out *out, const struct forecast *forecast)
{
    json_out_name(out, "left");
    json_out_array_begin(out);
    for (size_t i = 0; i < forecast->n_left && i < LEFT_MAX; i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "ref", forecast->left[i].ref);
        json_out_member_text(out, "why", forecast->left[i].why);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static bool dry_run(const struct call *call, const struct directory_workflow *from, const struct directory_workflow *to,
                    const struct migration_plan *plan, struct reply *ret)
{
    struct json_out out = json_out_new(call->arena, 4096);
    struct forecast *forecast = arena_alloc(call->arena, sizeof *forecast);
    forecast->plan = plan;
    forecast->from = from;
    if (!foresee(forecast, call))
        return false;
    json_out_object_begin(&out);
    json_out_member_text(&out, "key", from->key);
    json_out_member_number(&out, "from", from->version);
    json_out_member_number(&out, "to", to->version);
    json_out_member_text(&out, "change", workflow_change_key(plan->change));
    json_out_member_bool(&out, "total", plan->proof.n_gaps == 0);
    json_out_member_number(&out, "configurations", plan->proof.configurations);
    migration_gaps_write(&out, call, plan);
    json_out_member_number(&out, "requests", (int64_t)forecast->total);
    json_out_member_number(&out, "movable", (int64_t)forecast->movable);
    moves_write(&out, forecast);
    recalled_write(&out, forecast, call);
    left_write(&out, forecast);
    json_out_object_end(&out);
    *ret = (struct reply){.status = 200};
    ret->bytes = json_out_finish(&out, &ret->length);
    return true;
}

/* ---- asking for one ---- */

static const struct directory_workflow *version_find(const struct call *call, const char *key, int64_t version)
{
    const struct directory_workflow *row = directory_workflow_version(call->directory, key, version);
    if (!row)
        error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_VERSION, key,
                  arena_printf(call->arena, "%lld", (long long)version));
    return row;
}

static bool source_read(struct tx *tx, const struct directory_workflow *row, struct workflow_source *ret)
{
    const struct rows *rows = NULL;
    tx_run(tx, QUERY_WORKFLOW_DOCUMENT, &rows, param_number(row->id));
    if (!tx_flush(tx))
        return false;
    *ret = (struct workflow_source){row->workflow, rows_text(rows, 0, 0), 0};
    ret->length = strlen(ret->json);
    return true;
}

static bool start(const struct call *call, struct tx *tx, const struct directory_workflow *from,
                  const struct directory_workflow *to, const struct migration_plan *plan, const char *reason,
                  const struct idempotency *key, struct reply *ret)
{
    const struct rows *rows = NULL;
    struct json_out out = json_out_new(call->arena, 256);
    tx_run(tx, QUERY_MIGRATION_START, &rows, param_number(from->id), param_number(to->id),
           param_text(workflow_change_key(plan->change)), param_text(plan->json), param_text(reason),
           param_text(call->actor->principal), param_text(call->actor->login), param_time(call->now),
           param_time(call->now + MIGRATION_SETTLE_US));
    if (!tx_flush(tx))
        return false;
    const char *id = rows_text(rows, 0, 0);
    json_out_object_begin(&out);
    json_out_member_text(&out, "id", id);
    json_out_member_text(&out, "key", from->key);
    json_out_member_number(&out, "from", from->version);
    json_out_member_number(&out, "to", to->version);
    json_out_member_text(&out, "change", workflow_change_key(plan->change));
    json_out_object_end(&out);
    *ret = (struct reply){.status = 202,
                          .location = arena_printf(call->arena, "/api/v1/workflows/%s/migrations/%s", from->key, id)};
    ret->bytes = json_out_finish(&out, &ret->length);
    idempotency_keep(key, tx, call, ret);
    return tx_commit(tx);
}

static const char *map_text(const struct call *call, const json_t *map)
{
    char *text = map ? json_dumps(map, JSON_COMPACT) : NULL;
    const char *kept = arena_strdup(call->arena, text);
    free(text);
    return kept;
}

bool migration_ask(const struct call *call, const char *key, const struct migration_input *input, struct reply *ret)
{
    tx_auto struct tx tx = {0};
    struct idempotency kept;
    struct workflow_source before, after;
    struct migration_plan *plan = arena_alloc(call->arena, sizeof *plan);
    *ret = (struct reply){0};
    const struct directory_workflow *from = version_find(call, key, input->from);
    const struct directory_workflow *to = from ? version_find(call, key, input->to) : NULL;
    if (!to)
        return false;
    if (from == to)
        return error_violate(call->err, "/to", UNSOUND, text(call->language, TEXT_MIGRATION_SAME_VERSION));
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&kept, &tx, call);
    if (!source_read(&tx, from, &before) || idempotency_check(&kept, call, ret) != IDEMPOTENCY_FRESH)
        return ret->replayed;
    if (!source_read(&tx, to, &after) || !migration_plan_make(plan, call, &before, &after, map_text(call, input->map)))
        return false;
    if (input->dry_run) {
        tx_end(&tx);
        return dry_run(call, from, to, plan, ret);
    }
    if (plan->proof.n_gaps > 0)
        return error_set(call->err, ERROR_CONFLICT, TEXT_MIGRATION_NOT_TOTAL,
                         migration_gap_tell(call, plan, &plan->gaps[0]));
    return start(call, &tx, from, to, plan, input->reason, &kept, ret);
}

/* ---- how far one has come ---- */

enum {
    READ_UID,
    READ_FROM,
    READ_TO,
    READ_CHANGE,
    READ_REASON,
    READ_BY,
    READ_BY_NAME,
    READ_AT,
    READ_MOVED,
    READ_DONE,
    READ_LEFT,
    READ_OPEN,
    READ_ID
};

static void migration_view(struct json_out *out, const struct call *call, const char *key, const struct rows *rows,
                           const struct rows *left)
{
    int64_t open = rows_number(rows, 0, READ_OPEN), n_left = rows_number(rows, 0, READ_LEFT);
    json_out_object_begin(out);
    json_out_member_text(out, "id", rows_text(rows, 0, READ_UID));
    json_out_member_text(out, "key", key);
    json_out_member_number(out, "from", rows_number(rows, 0, READ_FROM));
    json_out_member_number(out, "to", rows_number(rows, 0, READ_TO));
    json_out_member_text(out, "change", rows_text(rows, 0, READ_CHANGE));
    json_out_member_text(out, "reason", rows_text(rows, 0, READ_REASON));
    json_out_member_time(out, "started_at", rows_time(rows, 0, READ_AT));
    json_out_name(out, "started_by");
    actor_view(out, call->directory, rows_text(rows, 0, READ_BY), rows_text(rows, 0, READ_BY_NAME));
    json_out_member_number(out, "moved", rows_number(rows, 0, READ_MOVED));
    json_out_member_number(out, "remaining", open > n_left ? open - n_left : 0);
    json_out_member_time(out, "done_at", rows_time(rows, 0, READ_DONE));
    json_out_name(out, "left");
    json_out_array_begin(out);
    for (size_t i = 0; i < rows_count(left); i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "ref", rows_text(left, i, 0));
        json_out_member_text(out, "why", rows_text(left, i, 1));
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

bool migration_read(const struct call *call, const char *key, const char *id, struct json_out *out)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL, *left = NULL;
    if (!hex_is_uuid(id))
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_MIGRATION_NOT_FOUND);
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_MIGRATION_READ, &rows, param_text(id), param_text(key));
    if (!tx_flush(&tx))
        return false;
    if (rows_count(rows) == 0)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_MIGRATION_NOT_FOUND);
    tx_run(&tx, QUERY_MIGRATION_LEFT, &left, param_number(rows_number(rows, 0, READ_ID)));
    if (!tx_flush(&tx))
        return false;
    migration_view(out, call, key, rows, left);
    return true;
}
