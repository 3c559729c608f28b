/* One request from one version of its procedure to another: what the dry run foresees, the worker does and the replay
 * finds again. */
#ifndef OAM_SERVICE_REQUEST_MOVE_H
#define OAM_SERVICE_REQUEST_MOVE_H

#include "service/request_course.h"
#include "service/request_world.h"
#include "workflow/definition.h"

struct request_move {
    bool moved;
    struct workflow_obstacle obstacle; /* why not */
    const struct workflow_out *out;    /* of the new version, as of a step */
    unsigned to;                       /* the state that stands for it there */
    const char *data;                  /* afterwards */
    uint16_t recalled;                 /* who did these is known from the record: bits of workflow_witness_event() */
    struct request_course course;      /* of the new version; for request_course_end() */
};

/* A map as it was stored with its migration; NULL when it does not fit these versions (any more). Freed with the arena.
 */
const struct workflow_map *request_move_map(const struct workflow *from, const struct workflow *to, const char *json,
                                            bool extends, struct arena *arena);

/* The clocks of the new version that continue old ones: what was used stays used, a term that was extended stays so by
 * as much. Returns those that are counted otherwise now, as bits. `ret` has all clocks of the new version, idle. */
uint16_t request_move_clocks(const struct workflow_map *map, const struct workflow *from, const struct workflow *to,
                             const struct workflow_clock *was, struct workflow_clock *ret);

/* Takes a request over as of known->now_us. */
void request_move_make(struct request_move *ret, const struct workflow_map *map, const struct workflow *from,
                       const struct workflow *to, const struct request_world *known, const struct request_stand *stand,
                       struct arena *arena);

#endif
