/* Who did what to a request, as it is recorded: what its version had no reason to remember and the next one asks for.
 */
#ifndef OAM_SERVICE_REQUEST_PAST_H
#define OAM_SERVICE_REQUEST_PAST_H

#include "store/store.h"
#include "workflow/migration.h"

/* The last act, with those before it; NULL: there was none. */
struct request_past {
    const char *event;
    int64_t actor; /* request_world_actor() */
    const struct request_past *before;
};

/* One more, copied into the arena. */
void request_past_note(const struct request_past **acts, const char *event, const char *principal, struct arena *arena);

/* What a map asks for, for workflow_world.acts; *ret_known are those that somebody did, as bits. Arena-owned, NULL
 * where it asks for nothing. */
const int64_t *request_past_answer(const struct workflow_map *map, const struct workflow *to,
                                   const struct request_past *acts, struct arena *arena, uint16_t *ret_known);

/* The recorded acts of some requests that a map asks for, to be taken in the order of the requests. */
struct request_past_page {
    const struct rows *rows; /* NULL: it asks for nothing */
    size_t next;
};
/* Reads them for `requests`, rows that begin with an id and come in its order. False when the database failed. */
bool request_past_read(struct tx *tx, const struct rows *requests, const struct workflow_map *map,
                       const struct workflow *to, struct arena *arena, struct request_past_page *ret);
const struct request_past *request_past_take(struct request_past_page *page, int64_t request_id, struct arena *arena);

#endif
