/* A small PostgreSQL of literals under service/directory*.c: the store's functions, answering from the tables below.
   The linker takes these instead of store/tx.c and store/rows.c. One file of a test program includes this. */
#ifndef OAM_TESTS_UNIT_TEST_DIRECTORY_TABLES_H
#define OAM_TESTS_UNIT_TEST_DIRECTORY_TABLES_H

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "generated/definitions.h"
#include "service/directory.h"

#define TABLE_COLUMNS 21
#define TABLE_ROWS    8

struct rows {
    size_t n;
    const char *cells[TABLE_ROWS][TABLE_COLUMNS];
};

/* What the database holds; tests change cells and move the stamp as a trigger would. */
static struct {
    atomic_llong version;
    int moves_while_read; /* so often the stamp moves between the two reads of it */
    bool is_down;
    int flushes;
    struct rows tables[QUERY_COUNT];
} database;

/* ---- the store's functions ---- */

bool tx_begin(struct tx *ret, struct store *store, enum tx_kind kind, const struct actor *actor, struct arena *arena,
              struct error *err)
{
    (void)actor;
    *ret = (struct tx){.store = store, .arena = arena, .err = err, .kind = kind};
    return !database.is_down || error_set(err, ERROR_UNAVAILABLE, TEXT_HTTP_DRAINING);
}

void tx_query(struct tx *tx, enum query query, const struct param *params, size_t n_params,
              const struct rows **ret_rows)
{
    (void)tx, (void)params, (void)n_params;
    if (query != QUERY_DIRECTORY_VERSION) {
        *ret_rows = &database.tables[query];
        return;
    }
    struct rows *stamp = arena_alloc(tx->arena, sizeof *stamp);
    if (tx->open && database.moves_while_read > 0) {
        database.moves_while_read--;
        database.version++;
    }
    tx->open = true; /* the stamp is read for the second time from now on */
    stamp->n = 1;
    stamp->cells[0][0] = arena_printf(tx->arena, "%lld", (long long)database.version);
    *ret_rows = stamp;
}

bool tx_flush(struct tx *tx)
{
    database.flushes++;
    return !database.is_down || error_set(tx->err, ERROR_UNAVAILABLE, TEXT_HTTP_DRAINING);
}

void tx_end(struct tx *tx)
{
    (void)tx;
}

size_t rows_count(const struct rows *rows)
{
    return rows->n;
}

bool rows_null(const struct rows *rows, size_t row, int column)
{
    return rows->cells[row][column] == NULL;
}

const char *rows_text(const struct rows *rows, size_t row, int column)
{
    return rows->cells[row][column];
}

int64_t rows_number(const struct rows *rows, size_t row, int column)
{
    return rows->cells[row][column] != NULL ? strtoll(rows->cells[row][column], NULL, 10) : 0;
}

bool rows_bool(const struct rows *rows, size_t row, int column)
{
    return rows->cells[row][column] != NULL && rows->cells[row][column][0] == 't';
}

/* ---- what it holds ---- */

static const char *definition_text(const char *name)
{
    for (size_t i = 0; i < definition_file_count; i++)
        if (strncmp(definition_files[i].name, name, strlen(name)) == 0)
            return (const char *)definition_files[i].bytes;
    return "{}";
}

#define ROW(query, ...)                                                                                                \
    do {                                                                                                               \
        const char *const row_[TABLE_COLUMNS] = {__VA_ARGS__};                                                         \
        struct rows *table_ = &database.tables[query];                                                                 \
        memcpy(table_->cells[table_->n++], row_, sizeof row_);                                                         \
    } while (0)

static const char hash_of_one[] = "1111111111111111111111111111111111111111111111111111111111111111";
static const char hash_of_two[] = "2222222222222222222222222222222222222222222222222222222222222222";

static void database_fill_territory(void)
{
    ROW(QUERY_DIRECTORY_COMARQUES, "11", "Baix Llobregat", "838548");
    ROW(QUERY_DIRECTORY_COMARQUES, "13", "Barcelonès", "2286000");
    ROW(QUERY_DIRECTORY_BODIES, "5", "0800180001", "municipality", "Abrera", "Abrera", "08001", "11", "08", "12981",
        "415162580", "19022380", "t");
    ROW(QUERY_DIRECTORY_BODIES, "900", "0801930008", "municipality", "Barcelona", "Barcelona", "08019", "13", "08",
        "1686208", NULL, NULL, "t");
    ROW(QUERY_DIRECTORY_BODIES, "7", "0810150004", "municipality", "l'Hospitalet de Llobregat",
        "Hospitalet de Llobregat, l'", "08101", "13", "08", "281000", NULL, NULL, "t");
    ROW(QUERY_DIRECTORY_BODIES, "8", "8100110000", "county_council", "Consell Comarcal del Baix Llobregat",
        "Consell Comarcal del Baix Llobregat", NULL, "11", "08", "0", NULL, NULL, "t");
}

static void database_fill_catalogue(void)
{
    ROW(QUERY_DIRECTORY_AREAS, "GOV", "Govern local", "Gobierno local", "Local government");
    ROW(QUERY_DIRECTORY_UNITS, "3", "gov", "Govern", "Gobierno", "Government", "GOV");
    ROW(QUERY_DIRECTORY_UNITS, "4", "oam", "OAM", "OAM", "OAM", NULL);
    ROW(QUERY_DIRECTORY_WORKFLOWS, "1", "general_enquiry", "1", hash_of_one, definition_text("general_enquiry"), "t");
    ROW(QUERY_DIRECTORY_WORKFLOWS, "2", "technical_assistance", "1", hash_of_two,
        definition_text("technical_assistance"), "t");
    ROW(QUERY_DIRECTORY_SERVICES, "20", "GOV-01", "GOV", "3", "Assistència jurídica", "Asistencia jurídica",
        "Legal help", "Informes i col·lecció de models", "Informes", "Reports", "technical", "advice", "open_all_year",
        NULL, "t", "f", "t", "5000", "11,16", "technical_assistance");
    ROW(QUERY_DIRECTORY_SERVICES, "21", "OAM-GEN", "GOV", "4", "Consulta", "Consulta", "Enquiry", "Porta única",
        "Puerta única", "Single door", "economic", "advice", "call", "concurrence", "t", "t", "t", NULL, "17",
        "general_enquiry");
    ROW(QUERY_DIRECTORY_SERVICES, "22", "OAM-OLD", "GOV", "4", "Retirat", "Retirado", "Withdrawn", "", "", "",
        "material", "advice", "call", NULL, "t", "t", "f", NULL, "", "general_enquiry");
}

static void database_fill(void)
{
    memset(&database, 0, sizeof database);
    database.version = 1;
    database_fill_territory();
    database_fill_catalogue();
    ROW(QUERY_DIRECTORY_AGENTS, "31", "301", "agent.baix", "Jordi Pla", "4", "100", "t");
    ROW(QUERY_DIRECTORY_AGENTS, "30", "300", "agent.bcn", "Anna Roca", "4", "50", "t");
    ROW(QUERY_DIRECTORY_PORTFOLIOS, "30", "13", NULL);
    ROW(QUERY_DIRECTORY_CALENDAR, "3", "5");
    ROW(QUERY_DIRECTORY_PORTFOLIOS, "30", NULL, "5");
    ROW(QUERY_DIRECTORY_PORTFOLIOS, "31", "11", NULL);
    /* 2026-07-01 to 2026-07-15, and 2026-12-24. */
    ROW(QUERY_DIRECTORY_ABSENCES, "31", "20635", "20649");
    ROW(QUERY_DIRECTORY_ABSENCES, "31", "20811", "20811");
    ROW(QUERY_DIRECTORY_LOADS, "30", "12");
    ROW(QUERY_DIRECTORY_LOADS, "99", "7");
}

#endif
