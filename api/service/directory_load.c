/* From the rows of schema/queries/directory.sql to a snapshot. All is copied out of the results, which are freed. */
#include "service/directory_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "service/search.h"

/* ---- cells: whatever is read goes into the fingerprint ---- */

static void note(struct load *load, const void *bytes, size_t length)
{
    load->hash = hash_bytes(load->hash, bytes, length);
}

int64_t cell_number(struct load *load, int column)
{
    int64_t value = rows_number(load->rows, load->row, column);
    note(load, &value, sizeof value);
    return value;
}

bool cell_bool(struct load *load, int column)
{
    bool value = rows_bool(load->rows, load->row, column);
    note(load, &value, sizeof value);
    return value;
}

const char *cell_peek(struct load *load, int column)
{
    const char *value = rows_text(load->rows, load->row, column);
    note(load, value != NULL ? value : "\x01", value != NULL ? strlen(value) + 1 : 2);
    return value;
}

const char *cell_text(struct load *load, int column)
{
    return arena_strdup(load->arena, cell_peek(load, column));
}

struct directory_text cell_languages(struct load *load, int first_column)
{
    struct directory_text text;
    for (int i = 0; i < TEXT_LANGUAGES; i++)
        text.in[i] = cell_text(load, first_column + i);
    return text;
}

void *table_begin(struct load *load, enum load_table table, size_t row_size, size_t *ret_n)
{
    load->rows = load->tables[table];
    *ret_n = rows_count(load->rows);
    note(load, ret_n, sizeof *ret_n);
    return arena_alloc(load->arena, (*ret_n + 1) * row_size);
}

bool load_inconsistent(struct load *load, const char *what, const char *which)
{
    return error_set(load->err, ERROR_INTERNAL, TEXT_DIRECTORY_INCONSISTENT, what, which != NULL ? which : "?");
}

/* ---- territory, units ---- */

static bool load_comarques(struct load *load)
{
    size_t n;
    struct directory_comarca *rows = table_begin(load, LOAD_COMARQUES, sizeof *rows, &n);
    for (load->row = 0; load->row < n; load->row++)
        rows[load->row] = (struct directory_comarca){
            .code = cell_text(load, 0), .name = cell_text(load, 1), .population = cell_number(load, 2)};
    load->dir->comarques = rows;
    load->dir->n_comarques = n;
    return true;
}

static struct directory_body body_read(struct load *load)
{
    struct directory_body body = {
        .id = cell_number(load, 0),
        .code = cell_text(load, 1),
        .kind = cell_text(load, 2),
        .name = cell_text(load, 3),
        .name_official = cell_text(load, 4),
        .ine5 = cell_text(load, 5),
        .comarca = directory_comarca_find(load->dir, cell_peek(load, 6)),
        .province_code = cell_text(load, 7),
        .population = cell_number(load, 8),
        .has_point = !rows_null(load->rows, load->row, 9) && !rows_null(load->rows, load->row, 10),
        .latitude = (double)cell_number(load, 9) / 1e7,
        .longitude = (double)cell_number(load, 10) / 1e7,
        .active = cell_bool(load, 11),
    };
    const char *names = arena_printf(load->arena, "%s\n%s\n%s", body.name, body.name_official, body.code);
    body.folded = search_fold(load->arena, names);
    return body;
}

static bool load_bodies(struct load *load)
{
    struct directory *dir = load->dir;
    size_t n;
    struct directory_body *rows = table_begin(load, LOAD_BODIES, sizeof *rows, &n);
    load->snapshot->index.bodies = id_index_new(load->arena, n);
    for (load->row = 0; load->row < n; load->row++) {
        rows[load->row] = body_read(load);
        const struct directory_comarca *comarca = rows[load->row].comarca;
        if (comarca == NULL)
            return load_inconsistent(load, "body.comarca_code", rows[load->row].code);
        if (rows[load->row].active && strcmp(rows[load->row].kind, "municipality") == 0)
            ((struct directory_comarca *)dir->comarques)[comarca - dir->comarques].municipalities++;
        id_index_add(&load->snapshot->index.bodies, rows[load->row].id, load->row);
    }
    dir->bodies = rows;
    dir->n_bodies = n;
    return true;
}

static int body_order(const void *a, const void *b)
{
    const struct directory_body *one = *(const struct directory_body *const *)a;
    const struct directory_body *other = *(const struct directory_body *const *)b;
    int order = strcmp(one->folded, other->folded); /* begins with the name as it is displayed */
    return order != 0 ? order : strcmp(one->code, other->code);
}

static void bodies_sort(struct load *load)
{
    struct directory *dir = load->dir;
    dir->bodies_by_name = arena_alloc(load->arena, (dir->n_bodies + 1) * sizeof *dir->bodies_by_name);
    for (size_t i = 0; i < dir->n_bodies; i++)
        dir->bodies_by_name[i] = &dir->bodies[i];
    qsort(dir->bodies_by_name, dir->n_bodies, sizeof *dir->bodies_by_name, body_order);
}

static bool load_units(struct load *load)
{
    size_t n;
    struct directory_unit *rows = table_begin(load, LOAD_UNITS, sizeof *rows, &n);
    load->snapshot->index.units = id_index_new(load->arena, n);
    for (load->row = 0; load->row < n; load->row++) {
        rows[load->row] = (struct directory_unit){.id = cell_number(load, 0),
                                                  .code = cell_text(load, 1),
                                                  .name = cell_languages(load, 2),
                                                  .area_code = cell_text(load, 5)};
        id_index_add(&load->snapshot->index.units, rows[load->row].id, load->row);
    }
    load->dir->units = rows;
    load->dir->n_units = n;
    return true;
}

/* ---- all of it ---- */

static bool load_all(struct load *load)
{
    if (!load_comarques(load) || !load_bodies(load) || !load_units(load) || !load_catalogue(load) ||
        !load_agents(load) || !load_panels(load) || !load_open311(load) || !load_holidays(load) || !load_calendar(load))
        return false;
    bodies_sort(load);
    load->dir->fingerprint = load->hash;
    return true;
}

/* Reads the tables between two reads of the stamp, in one pipeline. */
static bool tables_read(struct load *load, struct store *store, struct arena *scratch, bool *ret_moved)
{
    static const enum query queries[LOAD_TABLES] = {
        [LOAD_COMARQUES] = QUERY_DIRECTORY_COMARQUES, [LOAD_BODIES] = QUERY_DIRECTORY_BODIES,
        [LOAD_AREAS] = QUERY_DIRECTORY_AREAS,         [LOAD_UNITS] = QUERY_DIRECTORY_UNITS,
        [LOAD_WORKFLOWS] = QUERY_DIRECTORY_WORKFLOWS, [LOAD_SERVICES] = QUERY_DIRECTORY_SERVICES,
        [LOAD_AGENTS] = QUERY_DIRECTORY_AGENTS,       [LOAD_PORTFOLIOS] = QUERY_DIRECTORY_PORTFOLIOS,
        [LOAD_ABSENCES] = QUERY_DIRECTORY_ABSENCES,   [LOAD_DELEGATIONS] = QUERY_DIRECTORY_DELEGATIONS,
        [LOAD_SKILLS] = QUERY_DIRECTORY_SKILLS,       [LOAD_CONFLICTS] = QUERY_DIRECTORY_CONFLICTS,
        [LOAD_HOLIDAYS] = QUERY_DIRECTORY_HOLIDAYS,   [LOAD_CALENDAR] = QUERY_DIRECTORY_CALENDAR,
        [LOAD_PANELS] = QUERY_DIRECTORY_PANELS,       [LOAD_SEATS] = QUERY_DIRECTORY_SEATS,
        [LOAD_OPEN311] = QUERY_DIRECTORY_OPEN311,
    };
    const struct rows *before = NULL, *after = NULL;
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, store, TX_READ, NULL, scratch, load->err))
        return false;
    tx_query(&tx, QUERY_DIRECTORY_VERSION, NULL, 0, &before);
    for (size_t i = 0; i < LOAD_TABLES; i++)
        tx_query(&tx, queries[i], NULL, 0, &load->tables[i]);
    tx_query(&tx, QUERY_DIRECTORY_VERSION, NULL, 0, &after);
    if (!tx_flush(&tx))
        return false;
    if (rows_count(before) != 1 || rows_count(after) != 1)
        return load_inconsistent(load, "directory_stamp", "version");
    load->dir->version = rows_number(after, 0, 0);
    load->dir->renamed = rows_number(after, 0, 1);
    *ret_moved = rows_number(before, 0, 0) != load->dir->version;
    return !*ret_moved;
}

struct directory_snapshot *directory_load(struct store *store, struct error *err, bool *ret_moved)
{
    struct arena *arena = arena_new(256 * 1024), *scratch = arena_new(64 * 1024);
    struct directory_snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    snapshot->arena = arena;
    snapshot->references = 1;
    snapshot->directory.index = &snapshot->index;
    snapshot->directory.shelf = calendar_shelf_new();
    struct load load = {
        .snapshot = snapshot, .dir = &snapshot->directory, .arena = arena, .hash = HASH_START, .err = err};
    *ret_moved = false;
    bool is_loaded = tables_read(&load, store, scratch, ret_moved) && load_all(&load);
    arena_free(scratch);
    if (is_loaded)
        return snapshot;
    directory_snapshot_free(snapshot);
    return NULL;
}

void directory_snapshot_free(struct directory_snapshot *snapshot)
{
    calendar_shelf_free(snapshot->directory.shelf);
    arena_free(snapshot->arena);
}
