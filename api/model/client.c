#include "model/client.h"

#include <string.h>

#include "base/json_in.h"

#define ID_MIN   3
#define ID_MAX   63
#define NAME_MAX 120

/* What the database asks of it as well. */
static void check_id(const char *id, struct error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    if (id && (strspn(id, letters) != strlen(id) || *id == '_' || *id == '-'))
        error_violate_like(err, "/client_id", "gestor-expedients");
}

static const json_t *read_list(struct json_in *in, const char *name, size_t most, const char *most_text, bool required)
{
    const json_t *list = json_in_value(in, name, JSON_ARRAY, required);
    if (json_array_size(list) <= most)
        return list;
    error_violate(in->err, json_pointer(in->err->arena, in->base, name), TOO_MANY, most_text);
    return NULL;
}

static const char *read_state(struct json_in *in)
{
    static const char *const states[] = {"active", "disabled"};
    const char *given = json_in_text(in, "state", 1, 20, false, false);
    if (!given)
        return NULL;
    if (strcmp(given, states[0]) == 0)
        return "true";
    if (strcmp(given, states[1]) != 0)
        error_violate_options(in->err, "/state", states, 2);
    return "false";
}

struct client_input client_input_from_json(const json_t *json, bool change, struct error *err)
{
    static const char *const made[] = {"client_id", "name", "scopes", "bodies", "all_bodies", NULL};
    static const char *const changed[] = {"name", "scopes", "bodies", "all_bodies", "state", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct client_input input = {0};
    if (!change)
        input.client_id = json_in_text(&in, "client_id", ID_MIN, ID_MAX, true, false);
    check_id(input.client_id, err);
    input.name = json_in_text(&in, "name", 1, NAME_MAX, !change, false);
    input.scopes = read_list(&in, "scopes", CLIENT_SCOPES_MAX, "16", !change);
    if (input.scopes && json_array_size(input.scopes) == 0)
        error_violate(err, "/scopes", REQUIRED);
    input.bodies = read_list(&in, "bodies", CLIENT_BODIES_MAX, "128", false);
    const bool everything = json_in_bool(&in, "all_bodies", false);
    if (json_is_boolean(json_object_get(json, "all_bodies")))
        input.all_bodies = everything ? "true" : "false";
    if (change)
        input.active = read_state(&in);
    json_in_finish(&in, change ? changed : made);
    return input;
}

int64_t client_overlap_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"overlap_hours", NULL};
    struct json_in in = json_in_object(json, "", err);
    const int64_t hours = json_in_integer(&in, "overlap_hours", 0, CLIENT_OVERLAP_HOURS_MAX, true, 0);
    json_in_finish(&in, names);
    return hours;
}
