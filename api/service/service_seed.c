#include "service/service_seed.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "generated/definitions.h"
#include "generated/seed.h"
#include "service/seed_internal.h"

#define STATEMENT_TIMEOUT_MS 60000

/* Agents of a comarca where one is not enough, by its Idescat code; everywhere else there is one. */
static const char agents_json[] =
    "{\"13\": 4, \"40\": 3, \"11\": 3, \"21\": 2, \"41\": 2, \"07\": 2, \"24\": 2, \"36\": 2, \"33\": 2, \"20\": 2}";

bool seed_complain(const struct seed *seed, const char *what)
{
    fprintf(seed->complaints, "seed: %s: %s", what, seed->err->detail[0] ? seed->err->detail : "failed");
    fprintf(seed->complaints, seed->err->where[0] ? " (%s)\n" : "%s\n", seed->err->where);
    return false;
}

static const struct seed_file *find_file(const char *name)
{
    for (size_t i = 0; i < seed_file_count; i++)
        if (strcmp(seed_files[i].name, name) == 0)
            return &seed_files[i];
    return NULL;
}

/* ---- the files ---- */

static const struct step {
    enum query query;
    const char *file; /* of schema/seed; NULL: the statement needs none */
} steps[] = {
    {QUERY_SEED_COMARQUES, "comarques.csv"},
    {QUERY_SEED_MUNICIPALITIES, "municipalities.csv"},
    {QUERY_SEED_HOLIDAYS, "holidays-catalonia.csv"},
    {QUERY_SEED_LOCAL_HOLIDAYS, "holidays-local-sample.csv"},
    {QUERY_SEED_AREAS, "services.json"},
    {QUERY_SEED_SKILLS, NULL},
    {QUERY_SEED_UNITS, NULL},
    {QUERY_SEED_PANELS, NULL},
    {QUERY_SEED_SERVICES, "services.json"},
};

static bool queue_step(struct seed *seed, struct tx *tx, const struct step *step)
{
    if (!step->file) {
        tx_query(tx, step->query, NULL, 0, NULL);
        return true;
    }
    const struct seed_file *file = find_file(step->file);
    if (!file) {
        fprintf(seed->complaints, "seed: %s is not in this binary\n", step->file);
        return false;
    }
    const char *text = (const char *)file->bytes;
    size_t line = 0;
    if (strstr(step->file, ".csv"))
        text = seed_csv_to_json(seed->arena, text, file->length, &line);
    if (!text) {
        fprintf(seed->complaints, "seed: schema/seed/%s:%zu: not as many fields as the header\n", step->file, line);
        return false;
    }
    tx_run(tx, step->query, NULL, param_text(text));
    return true;
}

/* A definition whose key and version are taken by other bytes is not stored, and must not pass in silence. */
static bool definitions_stored(const struct seed *seed, const struct rows *const stored[])
{
    bool all = true;
    for (size_t i = 0; i < definition_file_count; i++) {
        if (rows_bool(stored[i], 0, 0))
            continue;
        all = false;
        fprintf(seed->complaints,
                "seed: workflow/definitions/%s: its key and version were published with other content, and what "
                "is published never changes: raise its version\n",
                definition_files[i].name);
    }
    return all;
}

static void tell_counts(const struct seed *seed, const struct rows *counts)
{
    static const char *const names[] = {
        "bodies", "comarques", "services", "units", "holidays", "territorial agents", "workflow definitions"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        fprintf(seed->progress, "%6" PRId64 " %s\n", rows_number(counts, 0, i), names[i]);
    if (rows_number(counts, 0, 7) > 0)
        fprintf(seed->progress, "%6" PRId64 " bodies that no agent covers\n", rows_number(counts, 0, 7));
}

/* Everything in one transaction and one round trip: a desk is seeded, or it is not. */
static bool seed_desk(struct seed *seed)
{
    tx_auto struct tx tx = {.store = NULL};
    const struct rows **stored = arena_alloc(seed->arena, (definition_file_count + 1) * sizeof *stored);
    const struct rows *counts;
    if (!tx_begin(&tx, seed->store, TX_WRITE, NULL, seed->arena, seed->err))
        return seed_complain(seed, "connect");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!queue_step(seed, &tx, &steps[i]))
            return false;
    for (size_t i = 0; i < definition_file_count; i++) {
        const char *document = (const char *)definition_files[i].bytes;
        tx_run(&tx, QUERY_SEED_DEFINITION, NULL, param_text(document));
        tx_run(&tx, QUERY_SEED_DEFINITION_STORED, &stored[i], param_text(document));
    }
    tx_run(&tx, QUERY_SEED_AGENTS, NULL, param_text(agents_json));
    tx_query(&tx, QUERY_SEED_COUNTS, NULL, 0, &counts);
    if (!tx_flush(&tx))
        return seed_complain(seed, "load");
    if (!definitions_stored(seed, stored))
        return false;
    if (!tx_commit(&tx))
        return seed_complain(seed, "commit");
    tell_counts(seed, counts);
    return true;
}

bool seed_run(const char *url, const struct seed_options *options, FILE *progress, FILE *complaints)
{
    const int64_t began_us = clock_monotonic();
    struct arena *arena = arena_new(1 << 20);
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct seed seed = {.arena = arena, .err = &err, .progress = progress, .complaints = complaints};
    seed.store = store_new(
        &(struct store_settings){.url = url, .role = "oam_owner", .statement_timeout_ms = STATEMENT_TIMEOUT_MS});
    const bool done = seed_desk(&seed) && (!options->demo || seed_demo(&seed, options->credentials));
    if (done)
        fprintf(progress, "seeded in %" PRId64 " ms\n", (clock_monotonic() - began_us) / 1000);
    store_free(seed.store);
    arena_free(arena);
    return done;
}
