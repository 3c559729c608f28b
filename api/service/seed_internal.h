/* What the files of the seeding share. */
#ifndef OAM_SERVICE_SEED_INTERNAL_H
#define OAM_SERVICE_SEED_INTERNAL_H

#include "service/service_seed.h"
#include "store/store.h"

struct seed {
    struct store *store;
    struct arena *arena;
    struct error *err;
    FILE *progress, *complaints;
};

/* RFC 4180 with a header row -> a JSON array of objects of texts; an empty field is null ("not sourced"). NULL when a
   row has another number of fields than the header, *ret_line says which. */
const char *seed_csv_to_json(struct arena *arena, const char *bytes, size_t length, size_t *ret_line);

/* The people of the demonstration and their credentials file. */
bool seed_demo(struct seed *seed, const char *credentials);

/* Says what `err` holds; always false. */
bool seed_complain(const struct seed *seed, const char *what);

#endif
