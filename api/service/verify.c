#include "service/verify.h"

#include <inttypes.h>
#include "base/clock.h"
#include "service/attendance.h"
#include "service/replay.h"
#include "store/store.h"

#define PAGE 5000

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
    replay_end(replay);
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

/* Actions, their money and their material are not replayed but compared: with what the events say, and sums with their
   entries. What is wrong with an item is of request 0. */
static bool check_actions(struct store *store, struct arena *arena, struct error *err, FILE *report, size_t *ret_faults)
{
    char today[TIME_TEXT_SIZE];
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    tx_run(&tx, QUERY_ACTION_FAULTS, &rows, param_text(day_format(directory_day(clock_wall()), today)));
    if (!tx_flush(&tx))
        return false;
    *ret_faults = rows_count(rows);
    for (size_t row = 0; row < rows_count(rows); row++)
        fprintf(report, "request %" PRId64 ", event %" PRId64 ": %s\n", rows_number(rows, row, 0),
                rows_number(rows, row, 1), rows_text(rows, row, 2));
    return true;
}

/* Every revision of the calendars: events are counted by those of their moment. */
static bool read_history(struct replay *replay, struct store *store, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    replay->history = calendar_history_queue(&tx, replay->dir, 0, arena);
    if (!tx_flush(&tx))
        return false;
    calendar_history_take(replay->history);
    return true;
}

/* What the procedures in use need of people who are not there: told, and no fault of the history. */
static bool tell_unattended(const struct replay *replay, struct store *store, struct arena *arena, struct error *err)
{
    const struct call call = {.store = store,
                              .arena = arena,
                              .actor = &actor_system,
                              .directory = replay->dir,
                              .err = err,
                              .now = clock_wall(),
                              .language = TEXT_EN};
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_READ, &actor_system, arena, err))
        return false;
    for (size_t i = 0; i < replay->dir->n_workflows; i++) {
        const struct directory_workflow *row = &replay->dir->workflows[i];
        const struct attendance_gap *gaps = NULL;
        size_t n = 0;
        if (row->latest && !attendance_find(&call, &tx, row->key, row->workflow, &gaps, &n))
            return false;
        for (size_t gap = 0; gap < n; gap++)
            fprintf(replay->report, "%s, version %d: %s\n", row->key, row->version, attendance_tell(&call, &gaps[gap]));
    }
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
    struct replay replay = {.report = report, .arena = arena_new(64 * 1024)};
    size_t chain_faults = 0, action_faults = 0;
    bool read = directory_refresh(holder, store, &err) && check_chains(store, arena, &err, report, &chain_faults) &&
                check_actions(store, arena, &err, report, &action_faults);
    if (read) {
        replay.dir = directory_use(holder, arena);
        struct error replay_err = {.language = TEXT_EN};
        read = read_history(&replay, store, arena, &err) && replay_all(&replay, store, &replay_err) &&
               tell_unattended(&replay, store, arena, &err);
        fprintf(report, "%zu requests, %zu events replayed: %zu faults of state, %zu faults of chain, %zu of actions\n",
                replay.requests, replay.events, replay.faults, chain_faults, action_faults);
    }
    if (!read)
        fprintf(complaints, "oamd verify: the database did not answer: %s\n", err.where);
    arena_free(replay.arena);
    arena_free(arena);
    directory_holder_free(holder);
    store_free(store);
    return read && replay.faults == 0 && chain_faults == 0 && action_faults == 0;
}
