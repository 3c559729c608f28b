/* A request as the store has it and as a client may write it. Plain structs; every text is arena-owned. */
#ifndef OAM_MODEL_REQUEST_H
#define OAM_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

#define REQUEST_BATCH_MAX 100
#define STATUS_QUERY_MAX  1000

struct request {
    int64_t id;
    const char *ref;
    int64_t body_id, service_id, unit_id, workflow_id, assignee_id; /* assignee_id 0: nobody */
    const char *state, *phase, *outcome;                            /* outcome NULL while open */
    int64_t version;
    const char *title, *description, *data; /* data: JSON object text */
    const char *channel, *register_number, *external_ref, *place, *created_by;
    int64_t supports;
    bool synthetic;
    bool joint;                  /* more than one body is named, or was asked */
    const unsigned char *engine; /* what the engine remembers; NULL in lists, and where it never ran */
    size_t engine_length;
    int64_t registered_at, created_at, submitted_at, updated_at, closed_at; /* µs, 0 when not there */
    int64_t due_at;                                                         /* when the clock that is told runs out */
    const char *due;       /* JSON: which one, why then, and which stand still; NULL: none */
    const char *execution; /* JSON: what its actions come to; NULL in lists, and where it has none */
};

/* What `import` says of a request that lived elsewhere. */
struct request_import {
    const char *state;
    int64_t submitted_at, updated_at, closed_at;
    const char *channel, *place;
    int64_t supports;
    bool synthetic;
};

struct open311_report; /* model/open311.h */

struct request_draft {
    const char *service, *body, *title, *description, *channel, *external_ref;
    const json_t *data; /* object or NULL */
    bool submit;
    bool is_import;
    struct request_import import;
    const struct open311_report *report; /* what came in through Open311 is about; NULL in all others */
};

/* Reads a new request (`base` is its JSON pointer; "" for the body of POST /requests). All violations at once, in
 * `err`. */
struct request_draft request_draft_from_json(const json_t *json, const char *base, bool import_allowed,
                                             struct error *err);

/* What PATCH may change; a NULL member stays. */
struct request_patch {
    const char *title, *description, *service;
    const json_t *data;
};
struct request_patch request_patch_from_json(const json_t *json, struct error *err);

struct transition_input {
    const char *event, *comment;
    const char *body;   /* whose it is, of those who take part; NULL: whoever the caller acts for */
    const char *choice; /* a ballot's: "yes", "no", "abstain" or "close"; NULL: it is none */
    bool scored;
    int64_t score;
    const json_t *data;
};
struct transition_input transition_input_from_json(const json_t *json, struct error *err);

/* {"text": …} of a comment or note; NULL with the violations set. */
const char *comment_text_from_json(const json_t *json, struct error *err);

/* {"body": …} of an invitation; NULL with the violations set. */
const char *invitation_from_json(const json_t *json, struct error *err);

struct assignment_input {
    const char *agent, *reason;
};
struct assignment_input assignment_input_from_json(const json_t *json, struct error *err);

/* Refs of POST /status:query; *ret_count of them. NULL with the violations set. */
const char **status_query_from_json(const json_t *json, size_t *ret_count, struct error *err);

/* OAM-YYYY-NNNNNN, with 6 to 9 digits. */
bool request_ref_is_valid(const char *ref);

#endif
