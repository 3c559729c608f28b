#include "service/verify.h"

#include <inttypes.h>
#include <string.h>

#include "service/directory.h"
#include "service/request_verdict.h"
#include "store/store.h"

#define PAGE        5000
#define FAULTS_TOLD 100

enum { REPLAY_ID, REPLAY_REF, REPLAY_STATE, REPLAY_WORKFLOW, REPLAY_SEQ, REPLAY_TYPE, REPLAY_EVENT, REPLAY_TO };

struct replay {
    FILE *report;
    struct arena *arena; /* of one step */
    const struct directory *dir;
    int64_t id, seq;          /* of the event seen last */
    char ref[32], stored[64]; /* its request */
    const struct workflow *workflow;
    unsigned state;
    bool broken; /* a fault of this request was told already */
    size_t requests, events, faults;
};

static void fault(struct replay *replay, const char *what, const char *detail)
{
    replay->broken = true;
    if (replay->faults++ < FAULTS_TOLD)
        fprintf(replay->report, "%s, event %" PRId64 ": %s %s\n", replay->ref, replay->seq, what, detail ? detail : "");
}

/* The request whose events ended must be where they led. */
static void finish_request(struct replay *replay)
{
    if (replay->id == 0 || replay->broken)
        return;
    const char *reached = workflow_state(replay->workflow, replay->state)->key;
    if (strcmp(reached, replay->stored) != 0)
        fault(replay, "is stored in another state than its events lead to:", reached);
}

static void start_request(struct replay *replay, const struct rows *rows, size_t row)
{
    const struct directory_workflow *definition =
        directory_workflow_by_id(replay->dir, rows_number(rows, row, REPLAY_WORKFLOW));
    replay->id = rows_number(rows, row, REPLAY_ID);
    snprintf(replay->ref, sizeof replay->ref, "%s", rows_text(rows, row, REPLAY_REF));
    snprintf(replay->stored, sizeof replay->stored, "%s", rows_text(rows, row, REPLAY_STATE));
    replay->broken = false;
    replay->workflow = definition ? definition->workflow : NULL;
    replay->requests++;
    if (!replay->workflow)
        fault(replay, "names a definition that does not load", NULL);
}

/* Roles and fields were judged when it happened; what must hold for ever is where it led. */
static void replay_step(struct replay *replay, const char *event, const char *to)
{
    const struct workflow_world anybody = {.roles_held = UINT32_MAX, .fields_present = UINT64_MAX};
    if (!event) {
        fault(replay, "names no transition", NULL);
        return;
    }
    struct request_verdict verdict =
        request_verdict_step(replay->workflow, replay->state, event, &anybody, replay->arena);
    if (!verdict.allowed)
        fault(replay, "is not possible in its state:", event);
    else if (!to || strcmp(workflow_state(replay->workflow, verdict.to)->key, to) != 0)
        fault(replay, "led elsewhere than it says:", to);
    else
        replay->state = verdict.to;
}

static void replay_event(struct replay *replay, const struct rows *rows, size_t row)
{
    if (rows_number(rows, row, REPLAY_ID) != replay->id) {
        finish_request(replay);
        start_request(replay, rows, row);
    }
    replay->seq = rows_number(rows, row, REPLAY_SEQ);
    replay->events++;
    arena_reset(replay->arena);
    const char *type = rows_text(rows, row, REPLAY_TYPE), *to = rows_text(rows, row, REPLAY_TO);
    if (replay->broken)
        return;
    if (strcmp(type, "request.created") == 0)
        replay->state = request_verdict_start(replay->workflow, replay->arena).to;
    else if (strcmp(type, "request.submitted") == 0 || strcmp(type, "request.transitioned") == 0)
        replay_step(replay, rows_text(rows, row, REPLAY_EVENT), to);
    else if (strcmp(type, "request.imported") == 0 &&
             (!to || !workflow_state_find(replay->workflow, to, &replay->state)))
        fault(replay, "was imported into no state of its definition:", to);
}

/* One transaction a page: a long one would hold back the feed and vacuum. */
static bool replay_all(struct replay *replay, struct store *store, struct error *err)
{
    struct arena *arena = arena_new(1024 * 1024);
    size_t fetched = PAGE;
    bool read = true;
    while (read && fetched == PAGE) {
        struct tx tx = {0};
        const struct rows *rows = NULL;
        err->arena = arena;
        read = tx_begin(&tx, store, TX_READ, &actor_system, arena, err);
        if (read) {
            tx_run(&tx, QUERY_REPLAY_PAGE, &rows, param_number(replay->id), param_number(replay->seq),
                   param_number(PAGE));
            read = tx_flush(&tx);
        }
        fetched = read ? rows_count(rows) : 0;
        for (size_t row = 0; row < fetched; row++)
            replay_event(replay, rows, row);
        tx_end(&tx);
        arena_reset(arena);
    }
    finish_request(replay);
    arena_free(arena);
    return read;
}

static bool check_chains(struct store *store, struct arena *arena, struct error *err, FILE *report, size_t *ret_faults)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_WRITE, &actor_system, arena, err))
        return false;
    tx_query(&tx, QUERY_EVENT_CHAIN_FAULTS, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    *ret_faults = rows_count(rows);
    for (size_t row = 0; row < rows_count(rows); row++)
        fprintf(report, "request %" PRId64 ", event %" PRId64 ": %s\n", rows_number(rows, row, 0),
                rows_number(rows, row, 1), rows_text(rows, row, 2));
    return true;
}

bool verify_run(const char *url, FILE *report, FILE *complaints)
{
    const struct store_settings settings = {
        .url = url, .role = "oam_app", .statement_timeout_ms = 600000, .connect_timeout_s = 5};
    struct store *store = store_new(&settings);
    struct directory_holder *holder = directory_holder_new();
    struct arena *arena = arena_new(64 * 1024);
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct replay replay = {.report = report, .arena = arena_new(4 * 1024)};
    size_t chain_faults = 0;
    bool read = directory_refresh(holder, store, &err) && check_chains(store, arena, &err, report, &chain_faults);
    if (read) {
        replay.dir = directory_use(holder, arena);
        struct error replay_err = {.language = TEXT_EN};
        read = replay_all(&replay, store, &replay_err);
        fprintf(report, "%zu requests, %zu events replayed: %zu faults of state, %zu faults of chain\n",
                replay.requests, replay.events, replay.faults, chain_faults);
    }
    if (!read)
        fprintf(complaints, "oamd verify: the database did not answer: %s\n", err.where);
    arena_free(replay.arena);
    arena_free(arena);
    directory_holder_free(holder);
    store_free(store);
    return read && replay.faults == 0 && chain_faults == 0;
}
