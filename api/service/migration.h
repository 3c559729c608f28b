/* Taking the open requests of one version of a procedure over to another: foreseen, started, done in batches. */
#ifndef OAM_SERVICE_MIGRATION_H
#define OAM_SERVICE_MIGRATION_H

#include <jansson.h>

#include "base/json_out.h"
#include "service/call.h"
#include "workflow/definition.h"

#define MIGRATION_GAPS_MAX  32
#define MIGRATION_SETTLE_US INT64_C(3000000) /* until every process has read a new version (directory_refresh) */

struct migration_input {
    int64_t from, to;  /* versions */
    const json_t *map; /* NULL: names decide everything */
    const char *reason;
    bool dry_run;
};
struct migration_input migration_input_from_json(const json_t *json, struct error *err);

/* What a map between two versions comes to. */
struct migration_plan {
    const struct workflow *from, *to;
    const char *json; /* the map as it is kept */
    const struct workflow_map *map;
    enum workflow_version_change change;
    struct workflow_proof proof;
    struct workflow_gap gaps[MIGRATION_GAPS_MAX];
};

/* Compares, reads the map (faults: violations of /map) and proves it. In the arena; documents are those of the
 * versions. */
bool migration_plan_make(struct migration_plan *ret, const struct call *call, const struct workflow_source *from,
                         const struct workflow_source *to, const char *map);

/* A sentence for a gap. */
const char *migration_gap_tell(const struct call *call, const struct migration_plan *plan,
                               const struct workflow_gap *gap);
/* Writes the gaps of a proof, in the language of the call. */
void migration_gaps_write(struct json_out *out, const struct call *call, const struct migration_plan *plan);

/* Says what would become of every open request, changing nothing; or, without dry_run, starts and answers 202. */
bool migration_ask(const struct call *call, const char *key, const struct migration_input *input, struct reply *ret);
/* How far one has come. */
bool migration_read(const struct call *call, const char *key, const char *id, struct json_out *out);

/* The next batch of whichever migration has something to do: *ret_count requests seen to. */
bool migration_apply(const struct call *call, size_t *ret_count);

#endif
