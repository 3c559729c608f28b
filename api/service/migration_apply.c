/* Migrations under way: a batch in each transaction, by whichever process comes first. What is killed in the middle of
   one leaves nothing of it, and the next one goes on behind what was kept. */
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "service/answer_cache.h"
#include "service/calendars.h"
#include "service/migration.h"
#include "service/request_move.h"
#include "service/request_row.h"
#include "service/request_step.h"

#define BATCH 50 /* requests in one transaction: their rows are held for so long */

enum { CLAIM_ID, CLAIM_UID, CLAIM_FROM, CLAIM_TO, CLAIM_CHANGE, CLAIM_MAP, CLAIM_REASON };

struct work {
    int64_t id;
    const char *uid, *change, *reason;
    char map_hash[65];
    const struct directory_workflow *from, *to;
    const struct workflow_map *map;
    struct request_past_page past; /* of the requests of this batch */
    size_t moved;
    bool stopped, last; /* before a request that goes alone; behind one that did */
};

static bool claimed(const struct rows *rows, struct work *ret, const struct call *call)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    if (rows_count(rows) == 0)
        return false;
    const char *map = rows_text(rows, 0, CLAIM_MAP);
    *ret = (struct work){
        .id = rows_number(rows, 0, CLAIM_ID),
        .uid = rows_text(rows, 0, CLAIM_UID),
        .change = rows_text(rows, 0, CLAIM_CHANGE),
        .reason = rows_text(rows, 0, CLAIM_REASON),
        .from = directory_workflow_by_id(call->directory, rows_number(rows, 0, CLAIM_FROM)),
        .to = directory_workflow_by_id(call->directory, rows_number(rows, 0, CLAIM_TO)),
    };
    if (!ret->from || !ret->to)
        return false; /* this process has not read them yet */
    auth_digest(map, strlen(map), digest);
    (void)hex_write(ret->map_hash, digest, sizeof digest);
    ret->map = request_move_map(ret->from->workflow, ret->to->workflow, map, strcmp(ret->change, "structure") != 0,
                                call->arena);
    return ret->map != NULL;
}

/* What somebody did of which the version before kept no record of its own; none of it is said too. */
static void recalled_write(struct json_out *out, const struct workflow *to, uint16_t recalled)
{
    json_out_name(out, "recalled");
    json_out_array_begin(out);
    for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++)
        if (recalled >> i & 1)
            json_out_text(out, workflow_event_key(to, (unsigned)workflow_witness_event(to, i)));
    json_out_array_end(out);
}

static const char *event_of(const struct request_change *change, const struct work *work,
                            const struct request_step *step, uint16_t recalled, const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "from", change->before.state);
    json_out_member_text(&out, "to", change->after.state);
    json_out_member_text(&out, "migration", work->uid);
    json_out_member_text(&out, "change", work->change);
    json_out_name(&out, "versions");
    json_out_object_begin(&out);
    json_out_member_text(&out, "from", work->from->hash);
    json_out_member_text(&out, "to", work->to->hash);
    json_out_member_text(&out, "map", work->map_hash);
    json_out_object_end(&out);
    if (workflow_map_recalls(work->map))
        recalled_write(&out, work->to->workflow, recalled);
    json_out_member_text(&out, "comment", work->reason);
    if (step->explanation)
        json_out_member_raw(&out, "assignment", step->explanation);
    calendars_tell(&out, work->to->workflow, call->directory);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

/* Where the request is then, and what follows from it. */
static void apply(struct request_change *change, struct request_move *move, const struct work *work,
                  const struct call *call)
{
    const struct workflow_state_info *to = workflow_state(work->to->workflow, move->to);
    struct request *after = &change->after;
    after->workflow_id = work->to->id;
    after->state = to->key;
    after->phase = workflow_phase_key(to->phase);
    after->outcome = to->outcome;
    if (!after->submitted_at && to->phase != WORKFLOW_PHASE_DRAFT && to->phase != WORKFLOW_PHASE_END)
        after->submitted_at = call->now;
    after->closed_at = to->is_final ? call->now : 0;
    after->data = move->data;
    change->definition = work->to;
    change->follow = request_course_end(&move->course);
}

static struct request_move *move_of(const struct request_change *change, struct work *work, const struct call *call)
{
    const struct request_world known = {
        .now_us = call->now,
        .actor = request_world_actor(call->actor->principal),
        .roles_held = UINT32_MAX,
        .fields_present = UINT64_MAX,
        .data = change->before.data,
        .directory = call->directory,
        .body = change->body,
        .service = directory_service_by_id(call->directory, change->before.service_id),
        .past = request_past_take(&work->past, change->before.id, call->arena),
    };
    struct request_move *move = arena_alloc(call->arena, sizeof *move);
    request_move_make(move, work->map, work->from->workflow, work->to->workflow, &known, &change->stand, call->arena);
    return move;
}

static void leave(const struct request_change *change, const struct work *work, const char *why, struct tx *tx)
{
    tx_run(tx, QUERY_MIGRATION_LEAVE, NULL, param_number(work->id), param_number(change->before.id), param_text(why));
}

/* One request whose row is held; false only when the database failed. */
static bool take_over(const struct request *request, bool alone, struct work *work, struct tx *tx,
                      const struct call *call)
{
    struct request_change change = {.before = *request, .type = "request.migrated"};
    if (!request_change_prepare(&change, call)) {
        *call->err = (struct error){.language = call->language, .arena = call->arena};
        leave(&change, work, "unreadable", tx);
        return true;
    }
    struct request_move *move = move_of(&change, work, call);
    if (!move->moved) {
        leave(&change, work, workflow_obstacle_key(move->obstacle.kind), tx);
        return true;
    }
    struct request_step step = {.verdict = {.allowed = true, .to = move->to, .out = move->out}};
    change.definition = work->to;
    /* What asks for loads or numbers goes alone: a batch would hold those of many agents at once. */
    work->last = request_step_asks(&change, &step.verdict);
    work->stopped = work->last && !alone;
    if (work->stopped)
        return true;
    apply(&change, move, work, call);
    if (!request_step_effects(&change, &step, tx, call))
        return false;
    change.event = event_of(&change, work, &step, move->recalled, call);
    request_change_queue(&change, tx, call);
    work->moved++;
    return true;
}

/* In the order of their ids, up to one that goes alone. */
static bool take_all(const struct rows *rows, struct work *work, struct tx *tx, const struct call *call,
                     int64_t *ret_reach)
{
    for (size_t row = 0; row < rows_count(rows) && !work->last; row++) {
        const struct request request = request_from_row(rows, row);
        if (!take_over(&request, row == 0, work, tx, call))
            return false;
        if (!work->stopped)
            *ret_reach = request.id;
    }
    return true;
}

bool migration_apply(const struct call *call, size_t *ret_count)
{
    tx_auto struct tx tx = {0};
    struct work work;
    const struct rows *claim = NULL, *rows = NULL;
    int64_t reach = 0;
    *ret_count = 0;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_WORKER_YIELDS, NULL, 0, NULL);
    tx_run(&tx, QUERY_MIGRATION_CLAIM, &claim, param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    if (!claimed(claim, &work, call))
        return true;
    tx_run(&tx, QUERY_MIGRATION_LOCK, NULL, param_number(work.id), param_number(BATCH));
    tx_query(&tx, QUERY_MIGRATION_REQUESTS, NULL, 0, &rows);
    if (!tx_flush(&tx) || !request_past_read(&tx, rows, work.map, work.to->workflow, call->arena, &work.past) ||
        !take_all(rows, &work, &tx, call, &reach))
        return false;
    tx_run(&tx, QUERY_MIGRATION_ADVANCE, NULL, param_number(work.id), param_number_or_null(reach),
           param_number((int64_t)work.moved), param_time(call->now));
    if (!tx_commit(&tx))
        return false;
    for (size_t row = 0; row < rows_count(rows); row++)
        answer_cache_forget(call->cache, rows_text(rows, row, 1));
    if (work.moved > 0)
        log_event(LOG_INFO, "migration_batch", LOG_S("migration", work.uid), LOG_N("moved", (int64_t)work.moved));
    *ret_count = rows_count(rows);
    return true;
}
