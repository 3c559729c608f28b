#include "service/request_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "service/calendars.h"
#include "service/joint.h"
#include "service/panel.h"
#include "workflow/course.h"
#include "workflow/facts.h"

#define SCRATCH_BYTES (64 * 1024)
#define DEPTH_MAX     8

int64_t request_world_actor(const char *principal)
{
    if (strncmp(principal, "user:", 5) == 0)
        return strtoll(principal + 5, NULL, 10);
    return strncmp(principal, "client:", 7) == 0 ? -strtoll(principal + 7, NULL, 10) : 0;
}

/* ---- from JSON ---- */

static void release_json(void *json)
{
    json_decref(json);
}

static struct workflow_value value_of(const json_t *json, struct arena *arena, int depth);

static struct workflow_value list_value(const json_t *json, struct arena *arena, int depth)
{
    size_t n = json_array_size(json);
    struct workflow_value *items = arena_alloc(arena, (n + 1) * sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = value_of(json_array_get(json, i), arena, depth + 1);
    return workflow_value_list(items, n);
}

static struct workflow_value map_value(const json_t *json, struct arena *arena, int depth)
{
    struct workflow_value *pairs = arena_alloc(arena, (2 * json_object_size(json) + 1) * sizeof *pairs);
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        pairs[2 * n] = workflow_value_string(key, strlen(key));
        pairs[2 * n + 1] = value_of(value, arena, depth + 1);
        n++;
    }
    return workflow_value_map(pairs, n);
}

static struct workflow_value value_of(const json_t *json, struct arena *arena, int depth)
{
    if (!json || json_is_null(json) || depth > DEPTH_MAX)
        return workflow_value_null();
    if (json_is_string(json))
        return workflow_value_string(json_string_value(json), json_string_length(json));
    if (json_is_integer(json))
        return workflow_value_int(json_integer_value(json));
    if (json_is_real(json))
        return workflow_value_double(json_real_value(json));
    if (json_is_boolean(json))
        return workflow_value_bool(json_is_true(json));
    return json_is_array(json) ? list_value(json, arena, depth) : map_value(json, arena, depth);
}

struct workflow_value request_world_value(const json_t *json, struct arena *arena)
{
    return json ? value_of(json, arena, 0) : workflow_value_unset();
}

struct workflow_value request_world_field(const struct workflow_field_info *field, const json_t *json,
                                          struct arena *arena)
{
    int64_t at;
    if (!json || json_is_null(json))
        return workflow_value_unset();
    if (field->type != WORKFLOW_FIELD_DATE && field->type != WORKFLOW_FIELD_INSTANT)
        return value_of(json, arena, 0);
    if (!json_is_string(json) || !time_parse(json_string_value(json), json_string_length(json), true, &at))
        return workflow_value_unset();
    return workflow_value_moment(at);
}

static json_t *parsed(const char *data, struct arena *arena)
{
    json_t *json = json_loads(data, 0, NULL);
    if (!json)
        json = json_object();
    arena_attach(arena, release_json, json);
    return json;
}

const struct workflow_value *request_world_data(const struct workflow *wf, const char *data, struct arena *arena)
{
    size_t n = workflow_field_count(wf);
    struct workflow_value *values = arena_alloc(arena, (n + 1) * sizeof *values);
    const json_t *json = parsed(data, arena);
    for (unsigned i = 0; i < n; i++)
        values[i] =
            request_world_field(workflow_field(wf, i), json_object_get(json, workflow_field(wf, i)->key), arena);
    return values;
}

/* ---- clocks, the request ---- */

struct workflow_value request_world_clock(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                                          int64_t now_us, struct arena *arena)
{
    return workflow_clock_facts(clock, calendar, now_us,
                                arena_alloc(arena, 2 * WORKFLOW_CLOCK_FACTS * sizeof(struct workflow_value)));
}

/* `clock` in expressions, and what a step asks of clocks besides. */
static void tell_clocks(struct workflow_world *world, const struct workflow *wf, const struct request_stand *stand,
                        const struct request_world *known, struct arena *arena)
{
    size_t n = workflow_clock_count(wf);
    struct workflow_value *values = arena_alloc(arena, (n + 1) * sizeof *values);
    for (unsigned i = 0; i < n; i++) {
        const struct workflow_clock_info *info = workflow_clock_info(wf, i);
        const struct workflow_calendar *calendar =
            calendars_use(wf, (int)info->calendar, known->directory, known->body, arena, NULL);
        values[i] = request_world_clock(&stand->clocks[i], calendar, known->now_us, arena);
        workflow_clock_tell(wf, i, &stand->clocks[i], calendar, world);
    }
    world->clocks = n > 0 ? values : NULL;
}

struct workflow_value request_world_ticket(const struct directory_body *body, const struct directory_service *service,
                                           struct arena *arena)
{
    const char *const texts[] = {
        [WORKFLOW_TICKET_ENTITY] = body->code,
        [WORKFLOW_TICKET_COMARCA] = body->comarca->code,
        [WORKFLOW_TICKET_SERVICE] = service ? service->code : NULL,
        [WORKFLOW_TICKET_SUBJECT_AREA] = service ? service->area->code : NULL,
        [WORKFLOW_TICKET_UNIT] = service ? service->unit->code : NULL,
    };
    struct workflow_value *pairs = arena_alloc(arena, 2 * WORKFLOW_TICKET_FACTS * sizeof *pairs);
    size_t n = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]) {
            pairs[n++] = workflow_value_text(workflow_ticket_key((enum workflow_ticket_fact)i));
            pairs[n++] = workflow_value_text(texts[i]);
        }
    pairs[n++] = workflow_value_text(workflow_ticket_key(WORKFLOW_TICKET_POPULATION));
    pairs[n++] = workflow_value_int(body->population);
    return workflow_value_map(pairs, n / 2);
}

struct workflow_world request_world_make(const struct workflow *wf, const struct request_stand *stand,
                                         const struct request_world *known, struct arena *arena)
{
    struct workflow_memory *scratch = arena_alloc(arena, sizeof *scratch);
    *scratch = (struct workflow_memory){.bytes = arena_take(arena, SCRATCH_BYTES), .size = SCRATCH_BYTES};
    const struct workflow_value *data = request_world_data(wf, known->data, arena);
    size_t n_bodies;
    const int64_t *bodies = joint_named(wf, data, known->directory, arena, &n_bodies);
    size_t n_voters;
    const struct workflow_voter *voters = panel_voters_of(known->voters, arena, &n_voters);
    struct workflow_world world = {
        .now_us = known->now_us,
        .actor = known->actor,
        .roles_held = known->roles_held,
        .fields_present = known->fields_present,
        .data = data,
        .bodies = bodies,
        .n_bodies = n_bodies,
        .voters = voters,
        .n_voters = n_voters,
        .ticket = request_world_ticket(known->body, known->service, arena),
        .scratch = scratch,
    };
    tell_clocks(&world, wf, stand, known, arena);
    return world;
}

/* ---- back to JSON ---- */

static json_t *json_of(const struct workflow_value *value, enum workflow_field_type type, int depth)
{
    char text[TIME_TEXT_SIZE];
    json_t *list;
    switch ((enum workflow_kind)value->kind) {
    case WORKFLOW_KIND_BOOL:
        return json_boolean(value->boolean);
    case WORKFLOW_KIND_INT:
        return json_integer(value->integer);
    case WORKFLOW_KIND_DOUBLE:
        return json_real(value->real);
    case WORKFLOW_KIND_STRING:
        return json_stringn(value->text, value->n);
    case WORKFLOW_KIND_TIMESTAMP:
        (void)time_format(value->integer * 1000000 + value->n / 1000, text);
        return type == WORKFLOW_FIELD_DATE ? json_stringn(text, strlen("2026-01-01")) : json_string(text);
    case WORKFLOW_KIND_LIST:
        list = json_array();
        for (uint32_t i = 0; depth < DEPTH_MAX && i < value->n; i++)
            json_array_append_new(list, json_of(&value->items[i], type, depth + 1));
        return list;
    default:
        return json_null();
    }
}

const char *request_world_set(const struct workflow *wf, const char *data, const struct workflow_out *out,
                              struct arena *arena)
{
    if (!out->set)
        return data;
    json_t *json = parsed(data, arena);
    for (unsigned i = 0; i < workflow_field_count(wf); i++)
        if (out->set >> i & 1) {
            const struct workflow_field_info *field = workflow_field(wf, i);
            json_object_set_new(json, field->key, json_of(&out->data[i], field->type, 0));
        }
    char *text = json_dumps(json, JSON_COMPACT);
    const char *kept = arena_strdup(arena, text ? text : data);
    free(text);
    return kept;
}
