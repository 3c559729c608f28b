/* Between JSON and the values of expressions: what a step may know of a request, and what `set` wrote into it. */
#ifndef OAM_SERVICE_REQUEST_WORLD_H
#define OAM_SERVICE_REQUEST_WORLD_H

#include <jansson.h>

#include "service/directory.h"
#include "service/request_past.h"
#include "service/request_stand.h"
#include "workflow/procedure.h"

/* Who and when; everything else comes from the request. */
struct request_world {
    int64_t now_us;
    int64_t actor;       /* request_world_actor() */
    uint32_t roles_held; /* of the definition */
    uint64_t fields_present;
    const char *data;     /* JSON object: of every field, what was sent laid over what is stored */
    const json_t *event;  /* what came with the event, or NULL */
    const json_t *voters; /* of the vote that it is about, as panel_voters() tells them, or NULL */
    const struct directory *directory;
    const struct directory_body *body;
    const struct directory_service *service; /* may be NULL */
    const struct request_past *past;         /* so far, for who takes it over to another version; NULL: none */
};

/* The number by which the engine remembers who did what: of "user:7" 7, of "client:3" -3, of anybody else 0. */
int64_t request_world_actor(const char *principal);

/* All of it in the arena. */
struct workflow_world request_world_make(const struct workflow *wf, const struct request_stand *stand,
                                         const struct request_world *known, struct arena *arena);

/* The fields of JSON `data` as values, in the order of the definition, arena-owned. */
const struct workflow_value *request_world_data(const struct workflow *wf, const char *data, struct arena *arena);

/* The event's data as a value. */
struct workflow_value request_world_value(const json_t *json, struct arena *arena);

/* One field of JSON as a value, one clock and what is known of who asked, as expressions read them; arena-owned. */
struct workflow_value request_world_field(const struct workflow_field_info *field, const json_t *json,
                                          struct arena *arena);
struct workflow_value request_world_clock(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                                          int64_t now_us, struct arena *arena);
struct workflow_value request_world_ticket(const struct directory_body *body, const struct directory_service *service,
                                           struct arena *arena);

/* JSON `data` with the fields that a step has set, arena-owned. */
const char *request_world_set(const struct workflow *wf, const char *data, const struct workflow_out *out,
                              struct arena *arena);

#endif
