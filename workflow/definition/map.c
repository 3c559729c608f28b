/* Maps from one version to another: {"states", "history", "timers", "clocks", "data"}; what is not said is decided by
 * names. */
#include "workflow/definition.h"

#include <stdlib.h>
#include <string.h>

#include "workflow/definition/reader.h"
#include "workflow/migration/map.h"

enum { PATH_MAX_BYTES = 400, FAULTS_OF_ONE = 4 };

struct map_reader {
    struct reader reader; /* first: what reads members passes it on */
    struct workflow_map *map;
    uint16_t clocks_said; /* of the old */
    uint64_t fields_said; /* of the new */
};

static struct map_reader *own(struct reader *reader)
{
    return (struct map_reader *)reader;
}

static int find_path(const struct workflow *wf, const char *path)
{
    for (unsigned i = 0; i < wf->n_states; i++)
        if (strcmp(wf->states[i].info.path, path) == 0)
            return (int)i;
    return MACHINE_NONE;
}

static bool is_history(const struct workflow *wf, int state)
{
    return state >= 0 && wf->states[state].info.kind == WORKFLOW_STATE_HISTORY;
}

/* Reads each member of an object; names are what the entry's reader makes of them. */
static void each_member(struct reader *reader, const struct place *at, json_t *value, read_fn *read)
{
    const char *name;
    json_t *item;

    if (!json_is_object(value)) {
        report_fault(reader->report, at, "wrong_type", "An object belongs here");
        return;
    }
    json_object_foreach(value, name, item)
    {
        const struct place place = {at, name, 0};
        read(reader, &place, item, NULL);
    }
}

/* ---- states and histories ---- */

static void read_state(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_map *map = own(reader)->map;
    const char *path = read_string(reader, at, value, PATH_MAX_BYTES);
    int from = find_path(map->from, at->name), to = path ? find_path(map->to, path) : MACHINE_NONE;

    (void)into;
    if (from < 0 || is_history(map->from, from))
        report_fault(reader->report, at, "unknown_state", "The old version has no state \"%s\"", at->name);
    if (path && (to < 0 || is_history(map->to, to)))
        report_fault(reader->report, at, "unknown_state", "The new version has no state \"%s\"", path);
    else if (from >= 0 && to >= 0)
        map->states[from] = (int16_t)to;
}

static void read_states_of_map(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    each_member(reader, at, value, read_state);
}

static void read_history(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_map *map = own(reader)->map;
    const char *path = json_is_null(value) ? NULL : read_string(reader, at, value, PATH_MAX_BYTES);
    int to = find_path(map->to, at->name), from = path ? find_path(map->from, path) : MACHINE_NONE;

    (void)into;
    if (!is_history(map->to, to)) {
        report_fault(reader->report, at, "unknown_history", "The new version has no history \"%s\"", at->name);
        return;
    }
    if (path && !is_history(map->from, from))
        report_fault(reader->report, at, "unknown_history", "The old version has no history \"%s\"", path);
    map->histories[map->to->states[to].history] =
        (int16_t)(is_history(map->from, from) ? map->from->states[from].history : MAP_NONE);
}

static void read_histories(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    each_member(reader, at, value, read_history);
}

/* ---- timers and clocks ---- */

enum { KEEP, AGAIN, DROP };

static bool read_rule(struct reader *reader, const struct place *at, json_t *value, const char *again, int *ret)
{
    const struct word words[] = {{"keep", KEEP}, {again, AGAIN}, {"drop", DROP}};

    return read_word(reader, at, value, words, COUNT_OF(words), ret);
}

static void read_timer(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_map *map = own(reader)->map;
    unsigned from, to;
    bool was = workflow_timer_find(map->from, at->name, &from), is = workflow_timer_find(map->to, at->name, &to);
    int rule;

    (void)into;
    if (!was && !is)
        report_fault(reader->report, at, "unknown_timer", "Neither version has a timer \"%s\"", at->name);
    else if (!read_rule(reader, at, value, "rearm", &rule))
        return;
    else if (rule == KEEP && (!was || !is || map->from->timers[from].of_member != map->to->timers[to].of_member))
        report_fault(reader->report, at, "timer_lost", "Only a timer that both versions have can be kept");
    else if (rule == DROP && is)
        report_fault(reader->report, at, "timer_stays",
                     "The new version has it: without it, its state could wait for ever; rearm it");
    else if (rule == AGAIN && !is)
        report_fault(reader->report, at, "timer_lost", "The new version has no timer \"%s\" to arm", at->name);
    else if (is)
        map->timers[to] = (int16_t)(rule == KEEP ? (int)from : MAP_NONE);
}

static void read_timers(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    each_member(reader, at, value, read_timer);
}

static void read_clock(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct map_reader *mine = own(reader);
    struct workflow_map *map = mine->map;
    unsigned from, to;
    bool was = workflow_clock_find(map->from, at->name, &from), is = workflow_clock_find(map->to, at->name, &to);
    int rule;

    (void)into;
    if (!was && !is) {
        report_fault(reader->report, at, "unknown_clock", "Neither version has a clock \"%s\"", at->name);
        return;
    }
    if (!read_rule(reader, at, value, "restart", &rule))
        return;
    if (was)
        mine->clocks_said |= (uint16_t)(1u << from);
    if (rule == KEEP && (!was || !is || !map_clock_counts_alike(map, from, to)))
        report_fault(reader->report, at, "clock_counts_otherwise",
                     "Only a clock that both versions count in the same way can be kept");
    else if (rule == AGAIN && !is)
        report_fault(reader->report, at, "clock_lost", "The new version has no clock \"%s\" to start", at->name);
    if (!is)
        return;
    map->clocks[to] = (int16_t)(rule == KEEP && was ? (int)from : MAP_NONE);
    map->restarts = (uint16_t)((map->restarts & ~(1u << to)) | (unsigned)(rule == AGAIN) << to);
}

static void read_clocks_of_map(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    each_member(reader, at, value, read_clock);
}

/* A term that runs may not vanish, nor be counted in other days, because nobody thought of it. */
static void check_clocks(struct map_reader *mine)
{
    const struct workflow_map *map = mine->map;

    for (unsigned i = 0; i < map->from->n_clocks; i++) {
        bool kept = mine->clocks_said >> i & 1;
        for (unsigned j = 0; j < map->to->n_clocks; j++)
            kept = kept || map->clocks[j] == (int)i;
        if (!kept)
            report_fault(mine->reader.report, NULL, "clock_lost",
                         "The clock \"%s\" does not go on as it counted: say in clocks whether to restart or drop it",
                         map->from->clocks[i].key);
    }
}

/* ---- data ---- */

static void read_field(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct map_reader *mine = own(reader);
    struct workflow_expression_fault list[FAULTS_OF_ONE];
    struct workflow_expression_faults faults = {list, FAULTS_OF_ONE, 0};
    const char *text = read_string(reader, at, value, WORKFLOW_EXPRESSION_LENGTH_MAX);
    const struct workflow_expression *expression;
    struct workflow_type wanted;
    unsigned field;
    void *copy;

    (void)into;
    if (!workflow_field_find(mine->map->to, at->name, &field)) {
        report_fault(reader->report, at, "unknown_field", "The new version has no field \"%s\"", at->name);
        return;
    }
    mine->fields_said |= UINT64_C(1) << field;
    if (!text || !expressions_room(reader))
        return;
    wanted = (struct workflow_type){.kind = kind_of_field(&mine->map->to->fields[field])};
    reader->expressions.used = 0;
    expression = workflow_expression_compile(text, strlen(text), mine->map->from->environment, &wanted,
                                             &reader->expressions, &faults);
    if (!expression) {
        report_expression(reader->report, at, &faults);
        return;
    }
    copy = keep_alloc(reader, 1, workflow_expression_size(expression));
    if (!copy)
        return;
    memcpy(copy, expression, workflow_expression_size(expression));
    mine->map->sets[mine->map->n_sets++] = (struct map_set){(uint16_t)field, copy};
}

static void read_data_of_map(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    (void)into;
    each_member(reader, at, value, read_field);
}

/* What was written as one kind of value cannot be read as another. */
static void check_fields(struct map_reader *mine)
{
    const struct workflow_map *map = mine->map;

    for (unsigned i = 0; i < map->to->n_fields; i++) {
        unsigned was;
        if (!(mine->fields_said >> i & 1) && workflow_field_find(map->from, map->to->fields[i].key, &was) &&
            map->from->fields[was].type != map->to->fields[i].type)
            report_fault(mine->reader.report, NULL, "field_retyped",
                         "The field \"%s\" is of another type now: say in data what becomes of its value",
                         map->to->fields[i].key);
    }
}

/* ---- the whole ---- */

static const struct member map_members[] = {
    {"states", MEMBER_OPTIONAL, read_states_of_map}, {"history", MEMBER_OPTIONAL, read_histories},
    {"timers", MEMBER_OPTIONAL, read_timers},        {"clocks", MEMBER_OPTIONAL, read_clocks_of_map},
    {"data", MEMBER_OPTIONAL, read_data_of_map},
};

static struct workflow_map *map_new(const struct workflow *from, const struct workflow *to)
{
    struct workflow_map *map = calloc(1, sizeof(*map));

    if (!map)
        return NULL;
    map->from = from;
    map->to = to;
    map->settles = true;
    map->storage = storage_new();
    map_fill(map);
    if (map->storage)
        return map;
    free(map);
    return NULL;
}

static void read_map(struct map_reader *mine, json_t *document)
{
    static const struct place root = {NULL, NULL, 0};

    (void)read_members(&mine->reader, &root, document, map_members, COUNT_OF(map_members), NULL);
    check_clocks(mine);
    check_fields(mine);
    if (mine->reader.exhausted)
        report_broken(mine->reader.report, 0, "", "out_of_memory", "There is not enough memory to read this");
}

struct workflow_map *workflow_map_read(const struct workflow *from, const struct workflow *to, const char *json,
                                       size_t length, struct workflow_fault *ret_faults, size_t max_faults,
                                       size_t *ret_n_faults)
{
    struct report *report = calloc(1, sizeof(*report));
    struct workflow_map *map = map_new(from, to);
    struct map_reader mine = {.reader = {.report = report, .temporary = storage_new()}, .map = map};
    size_t n = 0;

    if (report && map && mine.reader.temporary) {
        json_t *document;
        report->json = json ? json : "{}";
        report->length = json ? length : 2;
        mine.reader.storage = map->storage;
        document = document_load(report, WORKFLOW_DOCUMENT_MAX);
        if (document)
            read_map(&mine, document);
        json_decref(document);
        report_sort(report);
        n = report->n;
        if (n > 0 && max_faults > 0)
            memcpy(ret_faults, report->faults, (n < max_faults ? n : max_faults) * sizeof(*ret_faults));
    }
    if (ret_n_faults)
        *ret_n_faults = n;
    storage_free(mine.reader.temporary);
    if (n > 0 || !report || !mine.reader.temporary) {
        workflow_map_free(map);
        map = NULL;
    }
    free(report);
    return map;
}

void workflow_map_free(struct workflow_map *map)
{
    if (!map)
        return;
    storage_free(map->storage);
    free(map);
}
