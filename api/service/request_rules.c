#include "service/request_rules.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/utf8.h"
#include "service/panel.h"

/* Teams that definitions may name, and what being in one means. */
enum role request_team_role(const char *team)
{
    static const struct {
        const char *team;
        enum role role;
    } teams[] = {
        {"oam", ROLE_OPERATOR},       {"oam.agents", ROLE_AGENT},       {"oam.supervisors", ROLE_SUPERVISOR},
        {"service", ROLE_TECHNICIAN}, {"service.head", ROLE_UNIT_HEAD},
    };
    for (size_t i = 0; team && i < sizeof teams / sizeof *teams; i++)
        if (strcmp(teams[i].team, team) == 0)
            return teams[i].role;
    return ROLE_NONE;
}

static bool in_team(const char *team, const struct actor *actor)
{
    enum role role = request_team_role(team);
    return role != ROLE_NONE && role == actor->role;
}

static bool on_body_side(const struct actor *actor, const struct directory_body *body)
{
    return !actor->staff && actor->role != ROLE_NONE && actor_sees_body(actor, body->id);
}

static bool holds(const struct workflow_role_info *role, const struct actor *actor, const struct directory *dir,
                  const struct directory_body *body, int64_t unit_id, int64_t assignee_id, int64_t now)
{
    switch (role->from) {
    case WORKFLOW_ROLE_FROM_APPLICANT_ENTITY:
        return on_body_side(actor, body) && (!role->team || actor_is_in_body(actor, role_find(role->team), body->id));
    case WORKFLOW_ROLE_FROM_ASSIGNEE:
        return actor->agent_id != 0 && actor->agent_id == assignee_id;
    case WORKFLOW_ROLE_FROM_TEAM:
        if (!in_team(role->team, actor))
            return false;
        if (role->scope == WORKFLOW_ROLE_SCOPE_COMARCA) {
            const struct directory_agent *agent = directory_agent_by_id(dir, actor->agent_id);
            /* Who was given it acts in it: a delegate may be of another comarca. */
            return agent && (agent->id == assignee_id || directory_agent_covers(agent, body) != DIRECTORY_COVER_NONE);
        }
        return role->scope != WORKFLOW_ROLE_SCOPE_SERVICE || actor->unit_id == unit_id;
    case WORKFLOW_ROLE_FROM_PANEL:
        return panel_has_voter(dir, panel_of_role(dir, role, unit_id), actor->user_id, now);
    case WORKFLOW_ROLE_FROM_SYSTEM:
        return false;
    }
    return false;
}

uint32_t request_roles_held(const struct workflow *wf, const struct actor *actor, const struct directory *dir,
                            const struct directory_body *body, int64_t unit_id, int64_t assignee_id, int64_t now)
{
    uint32_t held = 0;
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if (holds(workflow_role(wf, i), actor, dir, body, unit_id, assignee_id, now))
            held |= 1u << i;
    return held;
}

static void violate_type(struct error *err, const char *pointer, enum text_key type)
{
    error_violate(err, pointer, WRONG_TYPE, text(err->language, type));
}

static void check_text(const struct workflow_field_info *field, const json_t *value, const char *pointer,
                       struct error *err)
{
    if (!json_is_string(value)) {
        violate_type(err, pointer, TEXT_JSON_TYPE_STRING);
        return;
    }
    int64_t length = (int64_t)utf8_count(json_string_value(value), json_string_length(value));
    int64_t min = field->has_min ? field->min : 1, max = field->has_max ? field->max : 4000;
    if (length < min)
        error_violate(err, pointer, TOO_SHORT, arena_printf(err->arena, "%lld", (long long)min));
    else if (length > max)
        error_violate(err, pointer, TOO_LONG, arena_printf(err->arena, "%lld", (long long)max));
}

static void check_integer(const struct workflow_field_info *field, const json_t *value, const char *pointer,
                          struct error *err)
{
    if (!json_is_integer(value)) {
        violate_type(err, pointer, TEXT_JSON_TYPE_INTEGER);
        return;
    }
    int64_t number = json_integer_value(value);
    if ((field->has_min && number < field->min) || (field->has_max && number > field->max))
        error_violate(err, pointer, OUT_OF_RANGE,
                      arena_printf(err->arena, "%lld", (long long)(field->has_min ? field->min : 0)),
                      arena_printf(err->arena, "%lld", (long long)(field->has_max ? field->max : INT64_MAX)));
}

static void check_option(const struct workflow_field_info *field, const json_t *value, const char *pointer,
                         struct error *err)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < field->n_options; i++)
        if (strcmp(field->options[i], text) == 0)
            return;
    if (text)
        error_violate_options(err, pointer, field->options, field->n_options);
    else
        violate_type(err, pointer, TEXT_JSON_TYPE_STRING);
}

static void check_time(const json_t *value, bool date, const char *pointer, struct error *err)
{
    int64_t at;
    if (!json_is_string(value))
        violate_type(err, pointer, TEXT_JSON_TYPE_STRING);
    else if (!time_parse(json_string_value(value), json_string_length(value), date, &at))
        error_violate_like(err, pointer, date ? "2026-11-22" : "2026-11-22T09:30:00Z");
}

static void check_field(const struct workflow_field_info *field, const json_t *value, const char *pointer,
                        struct error *err)
{
    switch (field->type) {
    case WORKFLOW_FIELD_STRING:
    case WORKFLOW_FIELD_DOC:
    case WORKFLOW_FIELD_REF:
        check_text(field, value, pointer, err);
        return;
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        check_integer(field, value, pointer, err);
        return;
    case WORKFLOW_FIELD_BOOL:
        if (!json_is_boolean(value))
            violate_type(err, pointer, TEXT_JSON_TYPE_BOOLEAN);
        return;
    case WORKFLOW_FIELD_ENUM:
        check_option(field, value, pointer, err);
        return;
    case WORKFLOW_FIELD_DATE:
    case WORKFLOW_FIELD_INSTANT:
        check_time(value, field->type == WORKFLOW_FIELD_DATE, pointer, err);
        return;
    case WORKFLOW_FIELD_DOCS:
    case WORKFLOW_FIELD_LIST:
        if (!json_is_array(value) || json_array_size(value) > 64)
            violate_type(err, pointer, TEXT_JSON_TYPE_ARRAY);
        return;
    }
}

uint64_t request_data_check(const struct workflow *wf, const json_t *data, const char *base,
                            enum request_data_from from, struct error *err)
{
    uint64_t present = 0;
    const char *key, *under = json_pointer(err->arena, base, "data");
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)data, key, value)
    {
        const char *pointer = json_pointer(err->arena, under, key);
        unsigned field;
        if (!workflow_field_find(wf, key, &field)) {
            error_violate(err, pointer, UNKNOWN_MEMBER, key);
        } else if (workflow_field(wf, field)->by_procedure && from != REQUEST_DATA_IMPORTED) {
            error_violate(err, pointer, SET_BY_PROCEDURE);
        } else if (json_is_null(value)) {
            if (from != REQUEST_DATA_EDITED)
                error_violate(err, pointer, REQUIRED);
        } else {
            check_field(workflow_field(wf, field), value, pointer, err);
            present |= UINT64_C(1) << field;
        }
    }
    return present;
}

void request_fields_missing(const struct workflow *wf, uint64_t missing, const char *base, struct error *err)
{
    const char *under = json_pointer(err->arena, base, "data");
    for (unsigned i = 0; i < workflow_field_count(wf); i++)
        if (missing & (UINT64_C(1) << i))
            error_violate(err, json_pointer(err->arena, under, workflow_field(wf, i)->key), REQUIRED);
}

static void release_json(void *json)
{
    json_decref(json);
}

const char *request_data_merge(const struct workflow *wf, const char *stored, const json_t *change, struct arena *arena,
                               uint64_t *ret_present)
{
    json_t *merged = json_loads(stored, 0, NULL), *value;
    if (!merged)
        merged = json_object();
    arena_attach(arena, release_json, merged);
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)change, key, value)
    {
        if (json_is_null(value))
            json_object_del(merged, key);
        else
            json_object_set(merged, key, value);
    }
    *ret_present = 0;
    json_object_foreach(merged, key, value)
    {
        unsigned field;
        if (workflow_field_find(wf, key, &field))
            *ret_present |= UINT64_C(1) << field;
    }
    char *text = json_dumps(merged, JSON_COMPACT);
    const char *kept = arena_strdup(arena, text ? text : "{}");
    free(text);
    return kept;
}

const char *request_role_labels(const struct workflow *wf, uint32_t roles, enum text_language language,
                                struct arena *arena)
{
    const char *labels = "";
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if (roles & (1u << i))
            labels =
                arena_printf(arena, "%s%s%s", labels, *labels ? ", " : "", workflow_role(wf, i)->label.in[language]);
    return labels;
}
