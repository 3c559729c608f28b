/* What is said about an integration: made, changed, given another secret. */
#ifndef OAM_MODEL_CLIENT_H
#define OAM_MODEL_CLIENT_H

#include <jansson.h>

#include "base/error.h"

#define CLIENT_SCOPES_MAX        16
#define CLIENT_BODIES_MAX        128
#define CLIENT_OVERLAP_HOURS_MAX 168

/* In a change, what is NULL is left as it is. */
struct client_input {
    const char *client_id; /* of one that is made */
    const char *name;
    const json_t *scopes;   /* names */
    const json_t *bodies;   /* codes */
    const char *all_bodies; /* true, false */
    const char *active;     /* true, false; of a change only */
};

/* Every violation goes into `err`. */
struct client_input client_input_from_json(const json_t *json, bool change, struct error *err);

/* For how long the secret before the new one is still good. */
int64_t client_overlap_from_json(const json_t *json, struct error *err);

#endif
