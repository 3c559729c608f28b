/* Versions of procedures: published once and for ever, and listed with the requests that are on each. */
#ifndef OAM_SERVICE_VERSION_H
#define OAM_SERVICE_VERSION_H

#include <jansson.h>

#include "base/json_out.h"
#include "service/call.h"

struct publish_input {
    const char *document, *scenarios; /* as they were sent: what is hashed is these bytes */
    const char *reason;
};
struct publish_input publish_input_from_json(const json_t *json, struct error *err);

/* Judges the document and its scenarios and publishes it as the next version; open requests of older ones for which it
 * changes texts only, or is an extension, are taken over. */
bool version_publish(const struct call *call, const struct publish_input *input, struct reply *ret);

/* The versions of a procedure, the newest first. */
bool version_list(const struct call *call, const char *key, struct json_out *out);

#endif
