/* From an id to its place in an array, in one probe or two: what the directory's files share. */
#ifndef OAM_SERVICE_DIRECTORY_INDEX_H
#define OAM_SERVICE_DIRECTORY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "service/directory.h"

struct id_index {
    size_t mask;
    struct id_slot {
        int64_t id;
        size_t place_from_1; /* 0: free */
    } * slots;
};

#define ID_INDEX_NONE SIZE_MAX

/* For `n` ids at most. */
struct id_index id_index_new(struct arena *arena, size_t n);
void id_index_add(struct id_index *index, int64_t id, size_t place);
/* ID_INDEX_NONE when it is not there. */
size_t id_index_find(const struct id_index *index, int64_t id);

struct directory_index {
    struct id_index bodies, units, services, agents, workflows;
};

/* A snapshot: its directory, and what keeps it alive. */
struct directory_snapshot {
    struct directory directory;
    struct directory_index index;
    struct arena *arena; /* owns all, this struct too */
    size_t references;   /* under the holder's lock */
    struct directory_holder *holder;
};

/* Reads all tables into a new snapshot of one reference; NULL with the error set. `ret_moved`: the stamp moved while we
   read, so that nothing was made of it, and no error set. */
struct directory_snapshot *directory_load(struct store *store, struct error *err, bool *ret_moved);
/* Frees the arena of a snapshot that nobody refers to any more. */
void directory_snapshot_free(struct directory_snapshot *snapshot);

#endif
