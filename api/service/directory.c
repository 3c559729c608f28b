#include "service/directory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "service/directory_index.h"

struct directory_holder {
    pthread_mutex_t lock; /* held for a few instructions: the pointer and the count of references move together */
    struct directory_snapshot *current;
    int64_t refused_version; /* of the refresher: told once, not with every refresh */
};

struct directory_holder *directory_holder_new(void)
{
    struct directory_holder *holder = calloc(1, sizeof *holder);
    if (holder == NULL)
        abort();
    pthread_mutex_init(&holder->lock, NULL);
    return holder;
}

static void snapshot_release(void *object)
{
    struct directory_snapshot *snapshot = object;
    struct directory_holder *holder = snapshot->holder;
    pthread_mutex_lock(&holder->lock);
    bool is_last = --snapshot->references == 0;
    pthread_mutex_unlock(&holder->lock);
    if (is_last)
        directory_snapshot_free(snapshot);
}

void directory_holder_free(struct directory_holder *holder)
{
    if (holder == NULL)
        return;
    if (holder->current != NULL)
        snapshot_release(holder->current);
    pthread_mutex_destroy(&holder->lock);
    free(holder);
}

const struct directory *directory_use(struct directory_holder *holder, struct arena *arena)
{
    pthread_mutex_lock(&holder->lock);
    struct directory_snapshot *snapshot = holder->current;
    if (snapshot != NULL)
        snapshot->references++;
    pthread_mutex_unlock(&holder->lock);
    if (snapshot == NULL)
        return NULL;
    arena_attach(arena, snapshot_release, snapshot);
    return &snapshot->directory;
}

/* ---- refresh ---- */

/* 0 when the database does not answer; stamps begin at 1. */
static int64_t stamp_read(struct store *store, struct error *err)
{
    struct arena *scratch = arena_new(4096);
    const struct rows *rows = NULL;
    int64_t version = 0;
    {
        tx_auto struct tx tx = {0};
        if (tx_begin(&tx, store, TX_READ, NULL, scratch, err)) {
            tx_query(&tx, QUERY_DIRECTORY_VERSION, NULL, 0, &rows);
            if (tx_flush(&tx) && rows_count(rows) == 1)
                version = rows_number(rows, 0, 0);
        }
    }
    arena_free(scratch);
    if (version == 0 && !error_is_set(err))
        error_set(err, ERROR_UNAVAILABLE, TEXT_DIRECTORY_EMPTY);
    return version;
}

static void snapshot_publish(struct directory_holder *holder, struct directory_snapshot *snapshot)
{
    snapshot->holder = holder;
    pthread_mutex_lock(&holder->lock);
    struct directory_snapshot *old = holder->current;
    holder->current = snapshot;
    pthread_mutex_unlock(&holder->lock);
    if (old != NULL)
        snapshot_release(old);
}

/* Rows that cannot be used will not get better by being read again: the snapshot before them serves until they change.
 */
static bool snapshot_refuse(struct directory_holder *holder, int64_t version, const struct error *err)
{
    if (err->kind == ERROR_INTERNAL) {
        holder->refused_version = version;
        log_event(LOG_ERROR, "directory_refused", LOG_N("version", version), LOG_S("why", err->detail));
    }
    return false;
}

#define LOAD_ATTEMPTS 5

bool directory_refresh(struct directory_holder *holder, struct store *store, struct error *err)
{
    int64_t version = stamp_read(store, err);
    if (version == 0)
        return false;
    /* Only refreshes write `current`, and there is one refresher: its own read needs no lock. */
    if (holder->current != NULL &&
        (holder->current->directory.version == version || holder->refused_version == version))
        return true;
    for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
        bool moved = false;
        struct directory_snapshot *snapshot = directory_load(store, err, &moved);
        if (snapshot != NULL) {
            snapshot_publish(holder, snapshot);
            return true;
        }
        if (!moved)
            return snapshot_refuse(holder, version, err);
    }
    return error_set(err, ERROR_UNAVAILABLE, TEXT_DIRECTORY_MOVING);
}

/* ---- finding ---- */

/* By code: every row of these arrays starts, or holds at `offset`, the `const char *` that it is sorted by. */
static const void *row_find(const void *rows, size_t n, size_t row_size, size_t offset, const char *key)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *row = (const char *)rows + middle * row_size;
        const char *row_key;
        memcpy(&row_key, row + offset, sizeof row_key);
        int order = strcmp(key, row_key);
        if (order == 0)
            return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
#define FIND(rows, n, type, member, key)                                                                               \
    ((const struct type *)row_find((rows), (n), sizeof(struct type), offsetof(struct type, member), (key)))

const struct directory_body *directory_body_find(const struct directory *dir, const char *code)
{
    return FIND(dir->bodies, dir->n_bodies, directory_body, code, code);
}

const struct directory_comarca *directory_comarca_find(const struct directory *dir, const char *code)
{
    return FIND(dir->comarques, dir->n_comarques, directory_comarca, code, code);
}

const struct directory_unit *directory_unit_find(const struct directory *dir, const char *code)
{
    return FIND(dir->units, dir->n_units, directory_unit, code, code);
}

const struct directory_service *directory_service_find(const struct directory *dir, const char *code)
{
    return FIND(dir->services, dir->n_services, directory_service, code, code);
}

const struct directory_agent *directory_agent_find(const struct directory *dir, const char *login)
{
    return FIND(dir->agents, dir->n_agents, directory_agent, login, login);
}

const struct directory_panel *directory_panel_find(const struct directory *dir, const char *code)
{
    return FIND(dir->panels, dir->n_panels, directory_panel, code, code);
}

const struct directory_open311 *directory_open311_find(const struct directory *dir, const char *body_code)
{
    for (size_t i = 0; i < dir->n_open311; i++)
        if (strcmp(dir->open311[i].body->code, body_code) == 0)
            return &dir->open311[i];
    return NULL;
}

const struct directory_panel *directory_panel_of(const struct directory *dir, const char *team, int64_t unit_id)
{
    for (size_t i = 0; team && i < dir->n_panels; i++) {
        const struct directory_panel *panel = &dir->panels[i];
        if ((panel->unit ? panel->unit->id : 0) == unit_id && strcmp(panel->team, team) == 0)
            return panel;
    }
    return NULL;
}

const struct directory_workflow *directory_workflow_latest(const struct directory *dir, const char *key)
{
    for (size_t i = 0; i < dir->n_workflows; i++)
        if (dir->workflows[i].latest && strcmp(dir->workflows[i].key, key) == 0)
            return &dir->workflows[i];
    return NULL;
}

const struct directory_workflow *directory_workflow_version(const struct directory *dir, const char *key,
                                                            int64_t version)
{
    for (size_t i = 0; i < dir->n_workflows; i++)
        if (dir->workflows[i].version == version && strcmp(dir->workflows[i].key, key) == 0)
            return &dir->workflows[i];
    return NULL;
}

const struct directory_body *directory_body_by_id(const struct directory *dir, int64_t id)
{
    size_t place = id_index_find(&dir->index->bodies, id);
    return place == ID_INDEX_NONE ? NULL : &dir->bodies[place];
}

const struct directory_unit *directory_unit_by_id(const struct directory *dir, int64_t id)
{
    size_t place = id_index_find(&dir->index->units, id);
    return place == ID_INDEX_NONE ? NULL : &dir->units[place];
}

const struct directory_service *directory_service_by_id(const struct directory *dir, int64_t id)
{
    size_t place = id_index_find(&dir->index->services, id);
    return place == ID_INDEX_NONE ? NULL : &dir->services[place];
}

const struct directory_agent *directory_agent_by_id(const struct directory *dir, int64_t id)
{
    size_t place = id_index_find(&dir->index->agents, id);
    return place == ID_INDEX_NONE ? NULL : &dir->agents[place];
}

const struct directory_workflow *directory_workflow_by_id(const struct directory *dir, int64_t id)
{
    size_t place = id_index_find(&dir->index->workflows, id);
    return place == ID_INDEX_NONE ? NULL : &dir->workflows[place];
}

/* ---- agents ---- */

enum directory_cover directory_agent_covers(const struct directory_agent *agent, const struct directory_body *body)
{
    for (size_t i = 0; i < agent->n_bodies; i++)
        if (agent->bodies[i]->id == body->id)
            return DIRECTORY_COVER_BODY;
    for (size_t i = 0; i < agent->n_comarques; i++)
        if (strcmp(agent->comarques[i]->code, body->comarca->code) == 0)
            return DIRECTORY_COVER_COMARCA;
    return DIRECTORY_COVER_NONE;
}

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970 of a date of the Gregorian calendar (March first, so that the leap day ends the year). */
static int64_t day_number(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_divide(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* When the clocks change in the European Union (directive 2000/84/EC): the last Sunday of the month, 01:00 UTC. */
static int64_t clock_change(int64_t year, int month)
{
    int64_t last = day_number(year, month, 31); /* March and October have 31 days; 1970-01-01 was a Thursday */
    int64_t weekday = (last + 4) % 7;           /* 0: Sunday */
    return (last - (weekday < 0 ? weekday + 7 : weekday)) * DAY + HOUR;
}

int64_t directory_day(int64_t at_us)
{
    int64_t year = 1970 + floor_divide(at_us, DAY) * 400 / 146097;
    /* An estimate: one off at most, around New Year. */
    if (floor_divide(at_us, DAY) < day_number(year, 1, 1))
        year--;
    else if (floor_divide(at_us, DAY) >= day_number(year + 1, 1, 1))
        year++;
    bool is_summer = at_us >= clock_change(year, 3) && at_us < clock_change(year, 10);
    return floor_divide(at_us + (is_summer ? 2 : 1) * HOUR, DAY);
}

bool directory_agent_absent(const struct directory_agent *agent, int64_t at_us)
{
    int64_t day = directory_day(at_us);
    for (size_t i = 0; i < agent->n_absences; i++)
        if (day >= agent->absent_from[i] && day <= agent->absent_to[i])
            return true;
    return false;
}

bool directory_agent_loads(const struct directory *dir, struct store *store, const struct actor *actor,
                           struct arena *arena, const int64_t **ret_loads, struct error *err)
{
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_READ, actor, arena, err))
        return false;
    tx_query(&tx, QUERY_DIRECTORY_LOADS, NULL, 0, &rows);
    if (!tx_flush(&tx))
        return false;
    int64_t *loads = arena_alloc(arena, (dir->n_agents + 1) * sizeof *loads);
    for (size_t row = 0; row < rows_count(rows); row++) {
        size_t place = id_index_find(&dir->index->agents, rows_number(rows, row, 0));
        if (place != ID_INDEX_NONE)
            loads[place] = rows_number(rows, row, 1);
    }
    *ret_loads = loads;
    return true;
}
