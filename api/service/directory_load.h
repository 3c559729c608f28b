/* Between the files that read tables into a snapshot; nobody else includes this. */
#ifndef OAM_SERVICE_DIRECTORY_LOAD_H
#define OAM_SERVICE_DIRECTORY_LOAD_H

#include "service/directory_index.h"

enum load_table {
    LOAD_COMARQUES,
    LOAD_BODIES,
    LOAD_AREAS,
    LOAD_UNITS,
    LOAD_WORKFLOWS,
    LOAD_SERVICES,
    LOAD_AGENTS,
    LOAD_PORTFOLIOS,
    LOAD_ABSENCES,
    LOAD_HOLIDAYS,
    LOAD_DELEGATIONS,
    LOAD_SKILLS,
    LOAD_CONFLICTS,
    LOAD_CALENDAR,
    LOAD_PANELS,
    LOAD_SEATS,
    LOAD_OPEN311,
    LOAD_TABLES
};

struct load {
    struct directory_snapshot *snapshot;
    struct directory *dir;
    struct arena *arena; /* the snapshot's */
    const struct rows *tables[LOAD_TABLES];
    const struct rows *rows; /* the table that is being read */
    size_t row;
    uint64_t hash; /* of every cell read so far: the fingerprint */
    struct error *err;
};

/* Begins a table: load->rows is set; returns zeroed room for its rows. */
void *table_begin(struct load *load, enum load_table table, size_t row_size, size_t *ret_n);

/* Cells of load->row. */
int64_t cell_number(struct load *load, int column);
bool cell_bool(struct load *load, int column);
const char *cell_text(struct load *load, int column); /* copied; NULL when SQL NULL */
const char *cell_peek(struct load *load, int column); /* as it is in the result: to be looked at, not kept */
struct directory_text cell_languages(struct load *load, int first_column);

/* What foreign keys make impossible, or a stamp that did not move when it had to. Always false. */
bool load_inconsistent(struct load *load, const char *column, const char *row);

/* directory_load_catalogue.c: areas, workflow definitions, services; after the units. */
bool load_catalogue(struct load *load);
/* directory_load_agents.c: agents with what is known of each; after bodies, comarques and units. */
bool load_agents(struct load *load);
/* directory_load_panels.c: after bodies and units. */
bool load_panels(struct load *load);
/* directory_load_open311.c: after bodies and services. */
bool load_open311(struct load *load);
/* directory_load_holidays.c: after the bodies. */
bool load_holidays(struct load *load);
/* The same file: the revision of the calendars and the seat; after the bodies. */
bool load_calendar(struct load *load);

#endif
