/* What is said about a webhook: made, changed, asked to send again. */
#ifndef OAM_MODEL_WEBHOOK_H
#define OAM_MODEL_WEBHOOK_H

#include <jansson.h>

#include "base/error.h"
#include "model/webhook_url.h"

#define WEBHOOK_TYPES_MAX 40

/* With `change`, a member that is absent is left as it is: NULL here, or has_… false. */
struct webhook_input {
    const char *client; /* client_id of whose it is; NULL: the caller's */
    const char *url;
    bool has_types;
    size_t n_types;
    const char *types[WEBHOOK_TYPES_MAX]; /* request.submitted, …; none: all */
    bool has_filter;
    const char *filter;  /* an expression, which somebody else judges; NULL: all */
    const char *payload; /* thin, full */
    const char *description;
    bool has_contact;
    const char *contact; /* NULL: nobody is written to */
    const char *state;   /* active, paused; of a change only */
};

/* Every violation goes into `err`. */
struct webhook_input webhook_input_from_json(const json_t *json, const struct webhook_reach *reach, bool change,
                                             struct error *err);

/* What is sent again: one delivery, or a range. */
struct redelivery_input {
    const char *delivery;  /* a UUID, or NULL */
    int64_t after, before; /* positions, exclusive; -1: none */
    int64_t since, until;  /* µs, the end exclusive; 0: none */
    bool dead_only;
};
struct redelivery_input redelivery_input_from_json(const json_t *json, struct error *err);

#endif
