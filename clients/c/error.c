/* Errors: from a problem document, from an OAuth error, or our own. */
#include "client_internal.h"

#include <string.h>

const char *oam_result_name(enum oam_result result)
{
    static const char *const names[] = {
        [OAM_OK] = "ok",
        [OAM_NOT_MODIFIED] = "not_modified",
        [OAM_DONE] = "done",
        [OAM_E_ARGUMENT] = "argument",
        [OAM_E_MEMORY] = "memory",
        [OAM_E_NETWORK] = "network",
        [OAM_E_TIMEOUT] = "timeout",
        [OAM_E_AUTH] = "auth",
        [OAM_E_NOT_FOUND] = "not_found",
        [OAM_E_CONFLICT] = "conflict",
        [OAM_E_INVALID] = "invalid",
        [OAM_E_RATE_LIMITED] = "rate_limited",
        [OAM_E_SERVER] = "server",
        [OAM_E_PROTOCOL] = "protocol",
    };
    size_t index = (size_t)result;
    return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

/* Copies what fits, and never half a UTF-8 sequence. */
void oami_copy(char *place, size_t size, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    if (length > 0)
        memcpy(place, text, length);
    place[length] = '\0';
}

void oami_error_clear(struct oam_error *err)
{
    memset(err, 0, sizeof *err);
    err->retry_after_s = -1;
}

enum oam_result oami_fail(struct oam_error *err, enum oam_result result, const char *code, const char *detail)
{
    oami_error_clear(err);
    err->result = result;
    oami_copy(err->code, sizeof err->code, code);
    oami_copy(err->detail, sizeof err->detail, detail);
    return result;
}

enum oam_result oami_fail_memory(struct oam_error *err)
{
    return oami_fail(err, OAM_E_MEMORY, "memory", "Out of memory");
}

enum oam_result oami_result_of_status(int status)
{
    switch (status) {
    case 304:
        return OAM_NOT_MODIFIED;
    case 401:
    case 403:
        return OAM_E_AUTH;
    case 404:
        return OAM_E_NOT_FOUND;
    case 409:
    case 412:
        return OAM_E_CONFLICT;
    case 429:
        return OAM_E_RATE_LIMITED;
    case 504:
        return OAM_E_TIMEOUT;
    default:
        break;
    }
    if (status >= 200 && status < 300)
        return OAM_OK;
    if (status >= 400 && status < 500)
        return OAM_E_INVALID;
    return status >= 500 ? OAM_E_SERVER : OAM_E_PROTOCOL;
}

static void copy_member(char *place, size_t size, const json_t *object, const char *name)
{
    oami_copy(place, size, json_string_value(json_object_get(object, name)));
}

static void take_violations(struct oam_error *err, const json_t *errors)
{
    err->n_reported = json_array_size(errors);
    err->n_errors = err->n_reported < OAM_ERRORS_MAX ? err->n_reported : OAM_ERRORS_MAX;
    for (size_t i = 0; i < err->n_errors; i++) {
        const json_t *violation = json_array_get(errors, i);
        struct oam_violation *kept = &err->errors[i];
        copy_member(kept->pointer, sizeof kept->pointer, violation, "pointer");
        copy_member(kept->parameter, sizeof kept->parameter, violation, "parameter");
        copy_member(kept->code, sizeof kept->code, violation, "code");
        copy_member(kept->detail, sizeof kept->detail, violation, "detail");
    }
}

/* Fills err from a refusal and gives its result. A body that is no problem leaves the status to speak. */
enum oam_result oami_error_from_answer(struct oam_error *err, const struct oam_response *response, long retry_after_s)
{
    oami_error_clear(err);
    err->result = oami_result_of_status(response->status);
    err->http_status = response->status;
    err->retry_after_s = retry_after_s;
    json_t *problem = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_string(json_object_get(problem, "error"))) {
        copy_member(err->code, sizeof err->code, problem, "error");
        copy_member(err->detail, sizeof err->detail, problem, "error_description");
    } else if (json_is_object(problem)) {
        copy_member(err->type, sizeof err->type, problem, "type");
        copy_member(err->title, sizeof err->title, problem, "title");
        copy_member(err->code, sizeof err->code, problem, "code");
        copy_member(err->detail, sizeof err->detail, problem, "detail");
        copy_member(err->instance, sizeof err->instance, problem, "instance");
        copy_member(err->trace_id, sizeof err->trace_id, problem, "trace_id");
        take_violations(err, json_object_get(problem, "errors"));
    }
    json_decref(problem);
    return err->result;
}
