/* The calls of every day, with their paths and bodies. */
#include "client_internal.h"

/* Adds a text member unless it is NULL. */
static bool set_text(json_t *object, const char *name, const char *value)
{
    return !value || json_object_set_new(object, name, json_string(value)) == 0;
}

/* Adds a member given as the text of a JSON object, unless it is NULL. */
static bool set_object(json_t *object, const char *name, const char *text)
{
    if (!text)
        return true;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return false;
    }
    return json_object_set_new(object, name, value) == 0;
}

/* Sends the JSON and releases it. Whether a member went in is told by fits: texts must be UTF-8, data an object. */
static enum oam_result post_json(struct oam_client *client, char *path, json_t *json, bool fits,
                                 const struct oam_call *call, struct oam_response **ret_response, struct oam_error *err)
{
    enum oam_result result;
    char *body = fits ? oami_json_text(json) : NULL;
    *ret_response = NULL;
    if (!fits)
        result = oami_fail(err, OAM_E_ARGUMENT, "bad_input", "A text is not UTF-8, or data is not a JSON object");
    else if (!body || !path)
        result = oami_fail_memory(err);
    else
        result = oam_post(client, path, body, call, ret_response, err);
    json_decref(json);
    oami_free(body);
    oami_free(path);
    return result;
}

static enum oam_result get_path(struct oam_client *client, char *path, const char *etag,
                                struct oam_response **ret_response, struct oam_error *err)
{
    *ret_response = NULL;
    if (!path)
        return oami_fail(err, OAM_E_ARGUMENT, "bad_path", "A reference is empty, or memory is short");
    struct oam_call call = {.if_none_match = etag};
    enum oam_result result = oam_get(client, path, &call, ret_response, err);
    oami_free(path);
    return result;
}

enum oam_result oam_request_file(struct oam_client *client, const struct oam_request_input *input, const char *key,
                                 struct oam_response **ret_response, struct oam_error *err)
{
    json_t *json = json_object();
    bool fits = json && set_text(json, "service", input->service) && set_text(json, "body", input->body) &&
                set_text(json, "title", input->title) && set_text(json, "description", input->description) &&
                set_object(json, "data", input->data) && set_text(json, "channel", input->channel) &&
                set_text(json, "external_ref", input->external_ref) &&
                json_object_set_new(json, "submit", json_boolean(input->submit)) == 0;
    struct oam_call call = {.idempotency_key = key};
    return post_json(client, oami_strdup("/api/v1/requests"), json, fits, &call, ret_response, err);
}

enum oam_result oam_request_show(struct oam_client *client, const char *ref, const char *etag,
                                 struct oam_response **ret_response, struct oam_error *err)
{
    return get_path(client, oam_path_new("/api/v1/requests/{}", ref, (char *)NULL), etag, ret_response, err);
}

enum oam_result oam_request_transitions(struct oam_client *client, const char *ref, struct oam_response **ret_response,
                                        struct oam_error *err)
{
    return get_path(client, oam_path_new("/api/v1/requests/{}/transitions", ref, (char *)NULL), NULL, ret_response,
                    err);
}

/* The ETag to act on: the caller's, or the present one, whose answer *ret_present keeps. A refusal goes to
 * *ret_response. */
static enum oam_result settle_etag(struct oam_client *client, const char *ref, const char **etag,
                                   struct oam_response **ret_present, struct oam_response **ret_response,
                                   struct oam_error *err)
{
    *ret_present = *ret_response = NULL;
    if (*etag)
        return OAM_OK;
    enum oam_result result = oam_request_show(client, ref, NULL, ret_present, err);
    if (result == OAM_OK) {
        *etag = (*ret_present)->etag;
        return OAM_OK;
    }
    *ret_response = *ret_present;
    *ret_present = NULL;
    return result;
}

enum oam_result oam_request_transition(struct oam_client *client, const char *ref, const char *etag, const char *event,
                                       const char *data, const char *comment, struct oam_response **ret_response,
                                       struct oam_error *err)
{
    struct oam_response *present;
    enum oam_result result = settle_etag(client, ref, &etag, &present, ret_response, err);
    if (result != OAM_OK)
        return result;
    json_t *json = json_object();
    bool fits =
        json && set_text(json, "event", event) && set_object(json, "data", data) && set_text(json, "comment", comment);
    struct oam_call call = {.if_match = etag};
    result = post_json(client, oam_path_new("/api/v1/requests/{}/transitions", ref, (char *)NULL), json, fits, &call,
                       ret_response, err);
    oam_response_free(present);
    return result;
}

enum oam_result oam_request_edit(struct oam_client *client, const char *ref, const char *etag, const char *patch,
                                 struct oam_response **ret_response, struct oam_error *err)
{
    struct oam_response *present;
    enum oam_result result = settle_etag(client, ref, &etag, &present, ret_response, err);
    if (result != OAM_OK)
        return result;
    char *path = oam_path_new("/api/v1/requests/{}", ref, (char *)NULL);
    struct oam_call call = {.if_match = etag};
    if (path)
        result = oam_patch(client, path, patch, &call, ret_response, err);
    else
        result = oami_fail(err, OAM_E_ARGUMENT, "bad_path", "A reference is empty, or memory is short");
    oami_free(path);
    oam_response_free(present);
    return result;
}

enum oam_result oam_request_assign(struct oam_client *client, const char *ref, const char *agent, const char *reason,
                                   struct oam_response **ret_response, struct oam_error *err)
{
    json_t *json = json_object();
    bool fits = json && set_text(json, "agent", agent) && set_text(json, "reason", reason);
    return post_json(client, oam_path_new("/api/v1/requests/{}/assignment", ref, (char *)NULL), json, fits, NULL,
                     ret_response, err);
}

enum oam_result oam_request_comment(struct oam_client *client, const char *ref, const char *text, bool internal,
                                    struct oam_response **ret_response, struct oam_error *err)
{
    json_t *json = json_object();
    bool fits = json && set_text(json, "text", text);
    const char *pattern = internal ? "/api/v1/requests/{}/notes" : "/api/v1/requests/{}/comments";
    return post_json(client, oam_path_new(pattern, ref, (char *)NULL), json, fits, NULL, ret_response, err);
}

enum oam_result oam_status(struct oam_client *client, const char *ref, const char *etag,
                           struct oam_response **ret_response, struct oam_error *err)
{
    return get_path(client, oam_path_new("/api/v1/requests/{}/status", ref, (char *)NULL), etag, ret_response, err);
}

enum oam_result oam_status_query(struct oam_client *client, const char *const *refs, size_t n_refs, const char *etag,
                                 struct oam_response **ret_response, struct oam_error *err)
{
    json_t *json = json_object();
    json_t *array = json_array();
    bool fits = json && array;
    for (size_t i = 0; fits && i < n_refs; i++)
        fits = json_array_append_new(array, json_string(refs[i])) == 0;
    fits = fits && json_object_set(json, "refs", array) == 0;
    json_decref(array);
    struct oam_call call = {.safe = true, .if_none_match = etag};
    return post_json(client, oami_strdup("/api/v1/status:query"), json, fits, &call, ret_response, err);
}
