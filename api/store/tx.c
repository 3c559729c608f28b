/* Transactions as pipelines: what is queued goes out in one write and comes back in one read. */
#include <stdio.h>
#include <string.h>

#include "store/sqlstate.h"
#include "store/store_internal.h"

enum outcome {
    OUTCOME_DONE,
    OUTCOME_REFUSED, /* an error was reported and told; nothing of this flush was kept */
    OUTCOME_AGAIN,   /* an error was reported, not told: the same again may succeed */
    OUTCOME_BROKEN,  /* no connection any more, nothing told */
};

#define ATTEMPTS_MAX 3

/* ---- queueing ---- */

static const char *scope_bodies(struct arena *arena, const struct actor *actor)
{
    const size_t size = actor->n_bodies * 21 + 3;
    char *text = arena_alloc(arena, size);
    size_t length = 0;
    text[length++] = '{';
    for (size_t i = 0; i < actor->n_bodies && i < ACTOR_BODIES_MAX; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%lld", i ? "," : "", (long long)actor->bodies[i]);
    text[length++] = '}';
    return text;
}

/* What a broken pipeline left is nobody's. */
static void forget_results(const struct queue *queue)
{
    for (const struct statement *statement = queue->first; statement; statement = statement->next)
        if (statement->ret_rows)
            *statement->ret_rows = &rows_none;
}

static void queue_empty(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

bool tx_begin(struct tx *ret, struct store *store, enum tx_kind kind, const struct actor *actor, struct arena *arena,
              struct error *err)
{
    struct queue *queue = arena_alloc(arena, sizeof *queue);
    queue->last = &queue->first;
    queue->scope[0] = actor && actor->staff ? "1" : "";
    queue->scope[1] = actor && actor->n_bodies ? scope_bodies(arena, actor) : "";
    queue->scope[2] = actor && actor->all_bodies ? "1" : "";
    queue->scope[3] = actor ? arena_strdup(arena, actor->principal) : "";
    *ret = (struct tx){.store = store, .arena = arena, .err = err, .kind = kind, .pending = queue};
    ret->failed = !connection_ready(store, err);
    return !ret->failed;
}

void tx_query(struct tx *tx, enum query query, const struct param *params, size_t n_params,
              const struct rows **ret_rows)
{
    if (ret_rows)
        *ret_rows = &rows_none;
    if (tx->failed)
        return;
    if (n_params != (size_t)query_sources[query].n_params) {
        tx->failed = true;
        sqlstate_translate(&(struct sqlstate_report){.sqlstate = "XX000",
                                                     .message = "wrong number of parameters",
                                                     .query = query_sources[query].name},
                           tx->err);
        return;
    }
    struct queue *queue = tx->pending;
    struct statement *statement = arena_alloc(tx->arena, sizeof *statement);
    *statement = (struct statement){.query = query, .ret_rows = ret_rows};
    statement->values = arena_alloc(tx->arena, (n_params + 1) * sizeof *statement->values);
    for (size_t i = 0; i < n_params; i++)
        statement->values[i] = arena_strdup(tx->arena, param_value(&params[i]));
    *queue->last = statement;
    queue->last = &statement->next;
}

/* ---- one round trip ---- */

struct plan {
    bool begin, scope, commit; /* control statements around the queued ones */
};

static bool send_all(struct store *store, const struct queue *queue, struct plan plan)
{
    if (plan.begin && !pipeline_send_control(store, CONTROL_BEGIN, NULL))
        return false;
    if (plan.scope && !pipeline_send_control(store, CONTROL_SCOPE, queue->scope))
        return false;
    if (!pipeline_send_queue(store, queue))
        return false;
    if (plan.commit && !pipeline_send_control(store, CONTROL_COMMIT, NULL))
        return false;
    return PQpipelineSync(store->connection);
}

static bool receive_all(struct receipt *receipt, const struct queue *queue, struct plan plan)
{
    if (plan.begin && !pipeline_receive_control(receipt, CONTROL_BEGIN))
        return false;
    if (plan.scope && !pipeline_receive_control(receipt, CONTROL_SCOPE))
        return false;
    if (!pipeline_receive_queue(receipt, queue))
        return false;
    if (plan.commit && !pipeline_receive_control(receipt, CONTROL_COMMIT))
        return false;
    return pipeline_receive_sync(receipt);
}

static enum outcome round_trip(struct tx *tx, struct plan plan, bool may_repeat)
{
    struct store *store = tx->store;
    struct receipt receipt = {.tx = tx, .may_repeat = may_repeat};
    if (!send_all(store, tx->pending, plan) || !receive_all(&receipt, tx->pending, plan)) {
        connection_drop(store);
        return receipt.refused && !receipt.again ? OUTCOME_REFUSED : OUTCOME_BROKEN;
    }
    if (PQstatus(store->connection) != CONNECTION_OK || receipt.drops)
        connection_drop(store);
    if (!receipt.refused)
        return OUTCOME_DONE;
    return receipt.again ? OUTCOME_AGAIN : OUTCOME_REFUSED;
}

static void roll_back(struct store *store)
{
    /* Quiet: there is nobody to tell, and a server that dies answers even this with an error. */
    struct receipt receipt = {.query = "rollback", .tx = &(struct tx){.store = store}, .quiet = true};
    PGresult *result = NULL;
    bool clean = pipeline_send_control(store, CONTROL_ROLLBACK, NULL) && PQpipelineSync(store->connection) &&
                 pipeline_receive(&receipt, &result);
    clean = clean && result && pipeline_receive_sync(&receipt);
    PQclear(result);
    if (!clean)
        connection_drop(store);
}

/* Sends the queue. What was never committed can be sent again when the server went away while nobody looked, or chose
   us as the victim of a deadlock; a commit whose answer is lost cannot: its outcome is unknown. */
static bool run(struct tx *tx, struct plan plan)
{
    struct queue *queue = tx->pending;
    const bool commits = tx->kind == TX_WRITE && !plan.begin && (plan.scope || plan.commit);
    enum outcome outcome = OUTCOME_BROKEN;
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        outcome = round_trip(tx, plan, plan.scope && attempt < ATTEMPTS_MAX);
        if (outcome == OUTCOME_DONE || outcome == OUTCOME_REFUSED || !plan.scope ||
            (outcome == OUTCOME_BROKEN && commits))
            break;
        if (tx->store->connection && plan.begin)
            roll_back(tx->store);
        if (!connection_ready(tx->store, tx->err))
            break;
    }
    queue_empty(queue);
    if (outcome == OUTCOME_DONE)
        return true;
    tx->failed = true;
    tx->open = tx->store->connection && (tx->open || plan.begin);
    if (outcome != OUTCOME_REFUSED && !error_is_set(tx->err))
        sqlstate_translate(
            &(struct sqlstate_report){.sqlstate = "08006", .message = "connection lost", .query = "flush"}, tx->err);
    return false;
}

bool tx_flush(struct tx *tx)
{
    struct queue *queue = tx->pending;
    if (tx->failed)
        return false;
    if (!queue->first)
        return true;
    const bool writes = tx->kind == TX_WRITE;
    const struct plan plan = {.begin = writes && !queue->begun, .scope = !writes || !queue->begun};
    if (!run(tx, plan))
        return false;
    if (writes)
        queue->begun = tx->open = true;
    return true;
}

/* ---- several reads in one round trip ---- */

/* Neighbours that see the same have one scope. */
static bool needs_scope(struct tx *const *reads, size_t i)
{
    if (i == 0)
        return true;
    const struct queue *queue = reads[i]->pending, *before = reads[i - 1]->pending;
    for (size_t part = 0; part < sizeof queue->scope / sizeof *queue->scope; part++)
        if (strcmp(queue->scope[part], before->scope[part]) != 0)
            return true;
    return false;
}

static bool send_together(struct store *store, struct tx *const *reads, size_t n_reads)
{
    for (size_t i = 0; i < n_reads; i++) {
        const struct queue *queue = reads[i]->pending;
        if ((needs_scope(reads, i) && !pipeline_send_control(store, CONTROL_SCOPE, queue->scope)) ||
            !pipeline_send_queue(store, queue))
            return false;
    }
    return PQpipelineSync(store->connection);
}

static bool receive_together(struct receipt *receipt, struct tx *const *reads, size_t n_reads)
{
    for (size_t i = 0; i < n_reads; i++) {
        receipt->tx = reads[i]; /* whose arena takes the rows */
        if ((needs_scope(reads, i) && !pipeline_receive_control(receipt, CONTROL_SCOPE)) ||
            !pipeline_receive_queue(receipt, reads[i]->pending))
            return false;
    }
    return pipeline_receive_sync(receipt);
}

bool tx_flush_together(struct tx *const *reads, size_t n_reads)
{
    struct receipt receipt = {.quiet = true};
    struct store *store = n_reads > 0 ? reads[0]->store : NULL;
    if (!store || !store->connection)
        return false;
    const bool alive =
        send_together(store, reads, n_reads) && receive_together(&receipt, reads, n_reads) && !receipt.drops;
    if (!alive || PQstatus(store->connection) != CONNECTION_OK)
        connection_drop(store);
    const bool done = alive && !receipt.refused;
    for (size_t i = 0; i < n_reads; i++)
        if (done)
            queue_empty(reads[i]->pending);
        else
            forget_results(reads[i]->pending);
    return done;
}

bool tx_commit(struct tx *tx)
{
    struct queue *queue = tx->pending;
    if (tx->failed)
        return false;
    if (tx->kind == TX_READ)
        return tx_flush(tx);
    if (!queue->begun && !queue->first)
        return true;
    /* All in one flush: the pipeline up to its sync is one transaction by itself, without BEGIN and COMMIT. */
    const struct plan plan = {.scope = !queue->begun, .commit = queue->begun};
    if (!run(tx, plan))
        return false;
    queue->begun = tx->open = false;
    return true;
}

void tx_end(struct tx *tx)
{
    if (!tx || !tx->store || !tx->open)
        return;
    tx->open = false;
    if (tx->store->connection)
        roll_back(tx->store);
}
