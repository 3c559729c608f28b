#include "service/joint.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "service/request_world.h"
#include "store/array.h"

/* ---- naming them ---- */

static bool is_eligible(const struct joint_naming *naming, const struct directory_body *body)
{
    return !naming->service || !naming->service->max_population || body->population <= naming->service->max_population;
}

static bool is_among(const json_t *bodies, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++) {
        const char *known = json_string_value(json_array_get(bodies, i));
        if (known && strcmp(known, code) == 0)
            return true;
    }
    return false;
}

/* Returns the body, NULL with the violation. */
static const struct directory_body *named_body(const struct joint_naming *naming, const json_t *bodies, size_t index,
                                               const char *under, struct error *err)
{
    const char *code = json_string_value(json_array_get(bodies, index));
    const char *pointer = json_pointer_index(err->arena, under, index);
    const struct directory_body *body = code ? directory_body_find(naming->directory, code) : NULL;
    if (!code)
        error_violate(err, pointer, WRONG_TYPE, text(err->language, TEXT_JSON_TYPE_STRING));
    else if (!body || !body->active)
        error_violate(err, pointer, NO_SUCH_BODY, code);
    else if (is_among(bodies, index, code))
        error_violate(err, pointer, NAMED_TWICE, code);
    else if (!is_eligible(naming, body))
        error_violate(err, pointer, NOT_ELIGIBLE, naming->service->code, body->name);
    return body && body->active ? body : NULL;
}

static void release_json(void *json)
{
    json_decref(json);
}

/* `data` with the body that leads put first. */
static const json_t *led(const json_t *data, const char *key, const json_t *bodies, const char *lead,
                         struct arena *arena)
{
    json_t *settled = json_copy((json_t *)(uintptr_t)data), *list = json_array();
    json_array_append_new(list, json_string(lead));
    for (size_t i = 0; i < json_array_size(bodies); i++) {
        json_t *body = json_array_get(bodies, i);
        if (strcmp(json_string_value(body), lead) != 0)
            json_array_append(list, body);
    }
    json_object_set_new(settled, key, list);
    arena_attach(arena, release_json, settled);
    return settled;
}

const json_t *joint_settle(const struct joint_naming *naming, const json_t *data, struct error *err)
{
    unsigned field;
    if (!data || !workflow_participants(naming->wf, &field))
        return data;
    const struct workflow_field_info *info = workflow_field(naming->wf, field);
    const json_t *bodies = json_object_get(data, info->key);
    const size_t count = json_array_size(bodies); /* what is no list is told by request_data_check() */
    const int64_t most = info->has_max && info->max < WORKFLOW_MEMBERS_MAX ? info->max : WORKFLOW_MEMBERS_MAX;
    const char *under = json_pointer(err->arena, json_pointer(err->arena, naming->base, "data"), info->key);
    size_t known = 0, others = 0;
    if (count == 0)
        return data;
    if (count > (size_t)most) {
        error_violate(err, under, TOO_MANY, arena_printf(err->arena, "%lld", (long long)most));
        return data;
    }
    for (size_t i = 0; i < count; i++) {
        const struct directory_body *body = named_body(naming, bodies, i, under, err);
        known += body != NULL;
        others += body && body != naming->lead;
    }
    if (others > 0 && naming->service && !naming->service->joint_request)
        error_violate(err, under, NOT_JOINT, naming->service->code);
    if (others == (size_t)most) /* the one that leads is one of them */
        error_violate(err, under, TOO_MANY, arena_printf(err->arena, "%lld", (long long)most));
    return known == count ? led(data, info->key, bodies, naming->lead->code, err->arena) : data;
}

/* ---- who they are ---- */

const int64_t *joint_named(const struct workflow *wf, const struct workflow_value *values,
                           const struct directory *directory, struct arena *arena, size_t *ret_count)
{
    unsigned field;
    *ret_count = 0;
    if (!workflow_participants(wf, &field) || values[field].kind != WORKFLOW_KIND_LIST)
        return NULL;
    const struct workflow_value *list = &values[field];
    int64_t *ids = arena_alloc(arena, (list->n + 1) * sizeof *ids);
    for (uint32_t i = 0; i < list->n; i++) {
        const struct workflow_value *code = &list->items[i];
        const struct directory_body *body =
            code->kind == WORKFLOW_KIND_STRING
                ? directory_body_find(directory, arena_strndup(arena, code->text, code->n))
                : NULL;
        if (body)
            ids[(*ret_count)++] = body->id;
    }
    return ids;
}

bool joint_is_named(const struct workflow *wf, const char *data)
{
    unsigned field;
    if (!workflow_participants(wf, &field) || !data)
        return false;
    json_t *json = json_loads(data, 0, NULL);
    size_t count = json_array_size(json_object_get(json, workflow_field(wf, field)->key));
    json_decref(json);
    return count > 1;
}

bool joint_takes_part(const struct workflow *wf, const struct workflow_member_state *member)
{
    const char *outcome = workflow_state(wf, member->state)->outcome;
    return !outcome || strcmp(outcome, "completed") == 0;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

const char *joint_adhered(const struct workflow *wf, const struct workflow_instance *instance, int64_t lead_id,
                          struct arena *arena)
{
    int64_t ids[WORKFLOW_MEMBERS_MAX];
    size_t n = 0;
    if (instance->n_members == 0)
        return NULL;
    for (unsigned i = 0; i < instance->n_members; i++)
        if (instance->members[i].body != lead_id && joint_takes_part(wf, &instance->members[i]))
            ids[n++] = instance->members[i].body;
    qsort(ids, n, sizeof *ids, by_number);
    return array_of_numbers(arena, ids, n);
}

/* ---- how they look ---- */

static void state_member(struct json_out *out, const struct workflow_state_info *state, enum text_language language)
{
    json_out_name(out, "state");
    if (!state) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    json_out_member_text(out, "key", state->key);
    json_out_member_text(out, "label", state->label.in[language]);
    json_out_object_end(out);
}

/* Where a body stands; `member` NULL: it is named only. */
static void member_view(struct json_out *out, const struct directory_body *body, int64_t lead_id,
                        const struct workflow *wf, const struct workflow_member_state *member,
                        enum text_language language)
{
    const struct workflow_state_info *state = member ? workflow_state(wf, member->state) : NULL;
    const bool awaited = state && state->kind != WORKFLOW_STATE_FINAL;
    const struct workflow_role_info *role =
        awaited && state->awaits_role >= 0 ? workflow_role(wf, (unsigned)state->awaits_role) : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "body", body ? body->code : NULL);
    json_out_member_text(out, "body_name", body ? body->name : NULL);
    json_out_member_bool(out, "leads", body && body->id == lead_id);
    state_member(out, state, language);
    json_out_member_bool(out, "awaited", awaited);
    json_out_member_text(out, "role", role ? role->key : NULL);
    json_out_member_bool(out, "takes_part", member && joint_takes_part(wf, member));
    json_out_object_end(out);
}

static void asked_view(struct json_out *out, const struct request *request, const struct workflow *wf,
                       const struct workflow_instance *instance, const struct directory *directory,
                       enum text_language language)
{
    for (unsigned i = 0; i < instance->n_members; i++)
        member_view(out, directory_body_by_id(directory, instance->members[i].body), request->body_id, wf,
                    &instance->members[i], language);
}

void joint_members_view(struct json_out *out, const struct request *request, const struct directory *directory,
                        enum text_language language)
{
    struct request_stand stand;
    const struct directory_workflow *definition = directory_workflow_by_id(directory, request->workflow_id);
    json_out_array_begin(out);
    if (request->joint && request->engine && definition && request_stand_read(request, definition->workflow, &stand))
        asked_view(out, request, definition->workflow, &stand.instance, directory, language);
    json_out_array_end(out);
}

static bool is_asked(const struct workflow_instance *instance, int64_t body_id)
{
    for (unsigned i = 0; i < instance->n_members; i++)
        if (instance->members[i].body == body_id)
            return true;
    return false;
}

void joint_named_view(struct json_out *out, const struct request *request, const struct request_stand *stand,
                      const struct workflow *wf, const struct call *call)
{
    size_t count;
    const struct workflow_value *values = request_world_data(wf, request->data, call->arena);
    const int64_t *named = joint_named(wf, values, call->directory, call->arena, &count);
    json_out_array_begin(out);
    asked_view(out, request, wf, &stand->instance, call->directory, call->language);
    for (size_t i = 0; i < count; i++)
        if (!is_asked(&stand->instance, named[i]))
            member_view(out, directory_body_by_id(call->directory, named[i]), request->body_id, wf, NULL,
                        call->language);
    json_out_array_end(out);
}
