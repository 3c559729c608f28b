/* Incidents: what was tried too often or cannot be done, and what a person decides about it, once. */
#ifndef OAM_SERVICE_INCIDENT_H
#define OAM_SERVICE_INCIDENT_H

#include <jansson.h>

#include "service/call.h"
#include "service/page_rows.h"

enum incident_decision { INCIDENT_RETRY, INCIDENT_SKIP, INCIDENT_PROPOSE, INCIDENT_PATCH };

struct incident_input {
    enum incident_decision decision;
    const char *reason;    /* NULL: none was given; skip and propose need one */
    const json_t *payload; /* propose: what is to be sent instead */
};

/* Reads {decision, reason, payload}, all violations at once. */
struct incident_input incident_input_from_json(const json_t *json, struct error *err);

/* Writes {items, next, prev} of those in a state ("open", "retried", "skipped", "patched"), oldest first. */
bool incident_list(const struct call *call, const char *state, const struct page_input *page, struct json_out *out,
                   const char **ret_next, const char **ret_prev);

/* Decides about one that is at `version` (200 with what it is then): CONFLICT when it is decided already or cannot be
 * decided so, FORBIDDEN when whoever proposed a patch also takes it. */
bool incident_decide(const struct call *call, const char *id, int64_t version, const struct incident_input *input,
                     struct reply *ret);

#endif
