#include "service/calendar_history.h"

#include <string.h>

enum {
    CHANGE_REVISION,
    CHANGE_DAY,
    CHANGE_SCOPE,
    CHANGE_BODY,
    CHANGE_WAS,
    CHANGE_LIFTED,
    CHANGE_NAME_CA,
    CHANGE_NAME_ES
};
enum { SEAT_REVISION, SEAT_BODY };

/* A day as it was until a revision. */
struct change {
    int64_t revision;
    bool was; /* it had a row */
    struct workflow_holiday before;
};

/* Those of one list, by day and then by revision. */
struct list {
    size_t first, end;
    const struct directory_body *body; /* NULL: of Catalonia or Aran, */
    bool aran;                         /* which of them */
};

struct past {
    int64_t revision;
    const struct directory *directory;
    struct past *next;
};

struct calendar_history {
    const struct directory *now;
    struct arena *arena;
    const struct rows *change_rows, *seat_rows;
    struct change *changes;
    struct list *lists;
    size_t n_lists;
    struct past *pasts;
};

struct calendar_history *calendar_history_queue(struct tx *tx, const struct directory *dir, int64_t since,
                                                struct arena *arena)
{
    struct calendar_history *history = arena_alloc(arena, sizeof *history);
    *history = (struct calendar_history){.now = dir, .arena = arena};
    tx_run(tx, QUERY_CALENDAR_CHANGES, &history->change_rows, param_number(since));
    tx_query(tx, QUERY_CALENDAR_SEATS, NULL, 0, &history->seat_rows);
    return history;
}

static struct list list_of(const struct calendar_history *history, size_t row)
{
    const char *scope = rows_text(history->change_rows, row, CHANGE_SCOPE);
    const bool local = strcmp(scope, "local") == 0;
    return (struct list){
        .first = row,
        .end = row + 1,
        .body = local ? directory_body_by_id(history->now, rows_number(history->change_rows, row, CHANGE_BODY)) : NULL,
        .aran = strcmp(scope, "aran") == 0,
    };
}

static struct change change_of(const struct calendar_history *history, size_t row, const struct list *list)
{
    const struct rows *rows = history->change_rows;
    return (struct change){
        .revision = rows_number(rows, row, CHANGE_REVISION),
        .was = rows_bool(rows, row, CHANGE_WAS),
        .before = {.day = (int32_t)rows_number(rows, row, CHANGE_DAY),
                   .scope = list->body   ? WORKFLOW_SCOPE_LOCAL
                            : list->aran ? WORKFLOW_SCOPE_ARAN
                                         : WORKFLOW_SCOPE_CATALUNYA,
                   .lifted = rows_bool(rows, row, CHANGE_LIFTED),
                   .place = list->body ? list->body->name : NULL,
                   .name = {{[WORKFLOW_CA] = arena_strdup(history->arena, rows_text(rows, row, CHANGE_NAME_CA)),
                             [WORKFLOW_ES] = arena_strdup(history->arena, rows_text(rows, row, CHANGE_NAME_ES))}}},
    };
}

void calendar_history_take(struct calendar_history *history)
{
    size_t n = rows_count(history->change_rows);
    history->changes = arena_alloc(history->arena, (n + 1) * sizeof *history->changes);
    history->lists = arena_alloc(history->arena, (n + 1) * sizeof *history->lists);
    for (size_t row = 0; row < n; row++) {
        struct list next = list_of(history, row), *last = &history->lists[history->n_lists];
        if (history->n_lists > 0 && last[-1].body == next.body && last[-1].aran == next.aran)
            last[-1].end++;
        else
            history->lists[history->n_lists++] = next;
        history->changes[row] = change_of(history, row, &next);
    }
}

/* ---- as it was ---- */

static const struct workflow_holidays *list_now(const struct calendar_history *history, const struct list *list)
{
    const struct directory *now = history->now;
    return list->body ? &now->local_holidays[list->body - now->bodies] : list->aran ? &now->aran : &now->catalunya;
}

/* The first change of each day behind the revision tells how the day was; false when there is none left. */
static bool next_change(const struct calendar_history *history, const struct list *list, int64_t revision, size_t *at)
{
    for (; *at < list->end; (*at)++) {
        const struct change *change = &history->changes[*at];
        const bool told =
            *at > list->first && change[-1].before.day == change->before.day && change[-1].revision > revision;
        if (change->revision > revision && !told)
            return true;
    }
    return false;
}

static struct workflow_holidays list_at(const struct calendar_history *history, const struct list *list,
                                        int64_t revision)
{
    const struct workflow_holidays *now = list_now(history, list);
    struct workflow_holiday *days = arena_alloc(history->arena, (now->n + list->end - list->first + 1) * sizeof *days);
    size_t n = 0, kept = 0;
    for (size_t at = list->first; next_change(history, list, revision, &at); at++) {
        const struct change *change = &history->changes[at];
        while (kept < now->n && now->days[kept].day < change->before.day)
            days[n++] = now->days[kept++];
        while (kept < now->n && now->days[kept].day == change->before.day)
            kept++;
        if (change->was)
            days[n++] = change->before;
    }
    while (kept < now->n)
        days[n++] = now->days[kept++];
    return (struct workflow_holidays){.days = days, .n = n};
}

/* Who had the first seat told nobody: revision 0 is of before there was a setting. */
#define FIRST_SEAT "0801930008"

static const struct directory_body *seat_at(const struct calendar_history *history, int64_t revision)
{
    const struct directory_body *seat = directory_body_find(history->now, FIRST_SEAT);
    for (size_t row = 0; row < rows_count(history->seat_rows); row++)
        if (rows_number(history->seat_rows, row, SEAT_REVISION) <= revision)
            seat = directory_body_by_id(history->now, rows_number(history->seat_rows, row, SEAT_BODY));
    return seat;
}

static const struct directory *make_past(const struct calendar_history *history, int64_t revision)
{
    const struct directory *now = history->now;
    struct directory *then = arena_alloc(history->arena, sizeof *then);
    struct workflow_holidays *local = arena_alloc(history->arena, (now->n_bodies + 1) * sizeof *local);
    *then = *now;
    then->shelf = NULL;
    memcpy(local, now->local_holidays, now->n_bodies * sizeof *local);
    for (size_t i = 0; i < history->n_lists; i++) {
        const struct list *list = &history->lists[i];
        struct workflow_holidays *into = list->body   ? &local[list->body - now->bodies]
                                         : list->aran ? &then->aran
                                                      : &then->catalunya;
        *into = list_at(history, list, revision);
    }
    then->local_holidays = local;
    then->seat = seat_at(history, revision);
    then->calendar = revision;
    return then;
}

const struct directory *calendar_history_at(struct calendar_history *history, int64_t revision)
{
    if (revision >= history->now->calendar)
        return history->now;
    for (const struct past *past = history->pasts; past; past = past->next)
        if (past->revision == revision)
            return past->directory;
    struct past *past = arena_alloc(history->arena, sizeof *past);
    *past = (struct past){revision, make_past(history, revision), history->pasts};
    history->pasts = past;
    return past->directory;
}

/* ---- what has changed ---- */

static bool counts(const struct calendar_history *history, const struct list *list,
                   const struct calendar_bodies *bodies)
{
    if (!list->body && !list->aran)
        return true;
    for (size_t i = 0; i < bodies->n; i++) {
        const struct directory_body *body = directory_body_by_id(history->now, bodies->ids[i]);
        if (body && (list->body ? list->body == body : calendars_in_aran(body)))
            return true;
    }
    return false;
}

static const struct workflow_holiday *find_day(const struct workflow_holidays *list, int32_t day)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->days[i].day == day)
            return &list->days[i];
    return NULL;
}

/* A row that lifts a day takes a holiday away, and gives it back when it goes. */
static bool day_changed(const struct change *change, const struct workflow_holiday *now,
                        struct workflow_day_change *ret)
{
    const struct workflow_holiday *was = change->was ? &change->before : NULL;
    if (was && now && was->lifted == now->lifted)
        return false;
    if (!was && !now)
        return false;
    ret->holiday = now ? now : was;
    ret->rests = now ? !now->lifted : was->lifted;
    return true;
}

size_t calendar_history_changes(struct calendar_history *history, int64_t revision,
                                const struct calendar_bodies *bodies, int32_t from_day, int32_t to_day,
                                struct workflow_day_change *ret_changes, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < history->n_lists; i++) {
        const struct list *list = &history->lists[i];
        if (!counts(history, list, bodies))
            continue;
        for (size_t at = list->first; n < max && next_change(history, list, revision, &at); at++) {
            const struct change *change = &history->changes[at];
            const int32_t day = change->before.day;
            if (day >= from_day && day <= to_day &&
                day_changed(change, find_day(list_now(history, list), day), &ret_changes[n]))
                n++;
        }
    }
    return n;
}
