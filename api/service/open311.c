/* What is published through Open311, and who is asking. */
#include "service/open311.h"

#include <string.h>

#include "auth/credentials.h"
#include "service/service_auth_actor.h"
#include "service/service_auth_attempt.h"
#include "service/service_auth_keys.h"
#include "service/service_catalogue.h"

const struct directory_open311 *open311_jurisdiction(const struct call *call, const char *jurisdiction_id)
{
    const struct directory *dir = call->directory;
    const struct directory_open311 *found = NULL;
    if (jurisdiction_id)
        found = directory_open311_find(dir, jurisdiction_id);
    else if (dir->n_open311 == 1)
        found = &dir->open311[0];
    if (found && found->body->active)
        return found;
    if (jurisdiction_id || dir->n_open311 == 0) {
        error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_JURISDICTION, jurisdiction_id ? jurisdiction_id : "");
    } else {
        error_set(call->err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(call->err, "jurisdiction_id", REQUIRED);
    }
    return NULL;
}

const struct directory_service *open311_service(const struct call *call, const struct directory_open311 *endpoint,
                                                const char *code)
{
    for (size_t i = 0; i < endpoint->n_services; i++)
        if (endpoint->services[i]->active && strcmp(endpoint->services[i]->code, code) == 0)
            return endpoint->services[i];
    error_set(call->err, ERROR_NOT_FOUND, TEXT_OPEN311_NO_SERVICE, code);
    return NULL;
}

struct actor open311_public(const struct directory_open311 *endpoint)
{
    return (struct actor){.role = ROLE_NONE, .principal = "open311", .n_bodies = 1, .bodies = {endpoint->body->id}};
}

/* ---- keys ---- */

static bool key_find(const struct call *call, const struct directory_open311 *endpoint, const char *key,
                     struct attempt *attempt, bool is_open, struct actor *ret)
{
    unsigned char hash[AUTH_DIGEST_SIZE];
    const struct rows *rows = NULL, *failures = NULL;
    tx_auto struct tx tx = {0};
    auth_client_secret_hash(key, hash);
    if (!tx_begin(&tx, call->store, TX_READ, NULL, call->arena, call->err))
        return attempt_undo(call, attempt);
    attempt_ask(call, attempt, &tx, &failures);
    tx_run(&tx, QUERY_OPEN311_KEY_HOLDER, &rows, param_text(auth_hex(call->arena, hash, sizeof hash)),
           param_number(endpoint->body->id));
    if (!tx_flush(&tx))
        return attempt_undo(call, attempt);
    if (actor_of_client(rows, ret)) {
        attempt_undo(call, attempt);
        return true;
    }
    return is_open && attempt_allowed(call, attempt, failures) && attempt_failed(call, attempt) &&
           error_set(call->err, ERROR_FORBIDDEN, TEXT_OPEN311_KEY_REFUSED);
}

bool open311_key_holder(const struct call *call, const struct directory_open311 *endpoint, const char *key,
                        const char *address, struct actor *ret)
{
    if (!key)
        return error_set(call->err, ERROR_FORBIDDEN, TEXT_OPEN311_KEY_NEEDED);
    if (!auth_client_secret_well_formed(key))
        return error_set(call->err, ERROR_FORBIDDEN, TEXT_OPEN311_KEY_REFUSED);
    struct attempt attempt = {.n_subjects = address ? 1 : 0};
    if (address)
        auth_subject(call->auth, AUTH_SUBJECT_CLIENT_ADDRESS, address, attempt.subjects[0]);
    /* As at the token endpoint: who has a right key gets in, whatever others behind the same address tried. */
    const struct error before = *call->err;
    const bool is_open = attempt_begin(call, &attempt);
    const struct error throttled = *call->err;
    if (!is_open)
        attempt.n_subjects = 0; /* nothing was reserved */
    *call->err = before;
    if (key_find(call, endpoint, key, &attempt, is_open, ret))
        return true;
    if (!is_open && !error_is_set(call->err))
        *call->err = throttled;
    return false;
}

/* ---- attributes ---- */

static const char *datatype_of(const struct workflow_field_info *field)
{
    enum { LINE = 250 }; /* characters that still fit one line */
    switch (field->type) {
    case WORKFLOW_FIELD_STRING:
        return field->has_max && field->max <= LINE ? "string" : "text";
    case WORKFLOW_FIELD_DOC:
    case WORKFLOW_FIELD_REF:
        return "string";
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        return "number";
    case WORKFLOW_FIELD_DATE:
    case WORKFLOW_FIELD_INSTANT:
        return "datetime";
    case WORKFLOW_FIELD_BOOL:
    case WORKFLOW_FIELD_ENUM:
        return "singlevaluelist";
    case WORKFLOW_FIELD_DOCS:
    case WORKFLOW_FIELD_LIST:
        return "multivaluelist";
    }
    return "string";
}

static const char *hint_of(const struct call *call, const struct workflow_field_info *field)
{
    switch (field->type) {
    case WORKFLOW_FIELD_CENTS:
        return text(call->language, TEXT_OPEN311_HINT_CENTS);
    case WORKFLOW_FIELD_DATE:
        return "2026-11-22";
    case WORKFLOW_FIELD_INSTANT:
        return "2026-11-22T09:30:00Z";
    default:
        return NULL;
    }
}

const struct open311_attribute *open311_attributes(const struct call *call, const struct directory_service *service,
                                                   size_t *ret_count)
{
    const struct workflow *wf = service->workflow->workflow;
    const uint64_t asked = catalogue_fields_of_filing(wf);
    struct open311_attribute *attributes =
        arena_alloc(call->arena, (workflow_field_count(wf) + 1) * sizeof *attributes);
    *ret_count = 0;
    for (unsigned i = 0; i < workflow_field_count(wf); i++) {
        const struct workflow_field_info *field = workflow_field(wf, i);
        if (asked & UINT64_C(1) << i)
            attributes[(*ret_count)++] = (struct open311_attribute){.code = field->key,
                                                                    .datatype = datatype_of(field),
                                                                    .description = field->label.in[call->language],
                                                                    .hint = hint_of(call, field),
                                                                    .field = field};
    }
    return attributes;
}
