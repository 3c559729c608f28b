/* Where a request stands: what the engine remembers of it, the readings of its clocks, and the generation of its
   timers. Kept as bytes beside the state's key, written and read by this file only. */
#ifndef OAM_SERVICE_REQUEST_STAND_H
#define OAM_SERVICE_REQUEST_STAND_H

#include "base/arena.h"
#include "model/request.h"
#include "workflow/calendar.h"
#include "workflow/step.h"

struct request_stand {
    bool known; /* false: kept by its state only (imported, or older than the engine), or in none */
    bool placed;
    struct workflow_instance instance;
    struct workflow_clock clocks[WORKFLOW_CLOCKS_MAX];
};

/* Reads it from a request, or places the request by its state where nothing is kept. False when the bytes are not of
 * this definition, or the state is none of it. */
bool request_stand_read(const struct request *request, const struct workflow *wf, struct request_stand *ret);

/* As PostgreSQL reads a bytea: "\\x" and hexadecimal, arena-owned. The same stand is the same text on every machine. */
const char *request_stand_text(const struct workflow *wf, const struct request_stand *stand, struct arena *arena);

#endif
