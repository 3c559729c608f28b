/*
 * What a new version changes. Read from the documents, member by member, so that every difference has its line; what
 * only the machine shows (may two states be active together?) is asked of the definitions.
 */
#include "workflow/definition.h"

#include <jansson.h>
#include <string.h>

#include "workflow/definition/locate.h"
#include "workflow/machine.h"

/* What a part of a document is, for what a difference in it means. */
enum part {
    PART_DOCUMENT,
    PART_IGNORED, /* the version; what is only proved and never run */
    PART_TEXT,
    PART_FIELDS,
    PART_FIELD,
    PART_NAMED, /* roles, clocks and the like: one more is an extension */
    PART_STATES,
    PART_STATE,
    PART_PHASE,
    PART_ON,
    PART_AFTER,
    PART_STRICT /* everything else: any difference but of its texts is structure */
};

/* Two members of the documents, one of them perhaps absent. */
struct pair {
    json_t *from, *to;
    const struct place *from_at, *to_at;
    enum part part;
    int state; /* of the old definition, that it is in; MACHINE_NONE */
};

struct compare {
    const struct workflow_source *from, *to;
    struct workflow_alteration *list;
    size_t max, n;
    enum workflow_version_change change;
};

static void differ(struct compare *compare, const struct pair *pair, enum workflow_version_change change)
{
    const struct workflow_source *source = pair->to ? compare->to : compare->from;
    const struct place *at = pair->to ? pair->to_at : pair->from_at;
    struct workflow_alteration *difference;

    if (change > compare->change)
        compare->change = change;
    if (compare->n++ >= compare->max)
        return;
    difference = &compare->list[compare->n - 1];
    difference->kind = !pair->from ? WORKFLOW_ADDED : !pair->to ? WORKFLOW_REMOVED : WORKFLOW_CHANGED;
    difference->change = change;
    place_pointer(at, difference->where.pointer, sizeof(difference->where.pointer));
    locate_line(source->json, locate_place(source->json, source->length, at), &difference->where.line,
                &difference->where.column);
}

/* ---- what a member is ---- */

struct known {
    const char *name;
    enum part part;
};

static enum part look_up(const struct known *known, const char *name)
{
    while (known->name && strcmp(known->name, name) != 0)
        known++;
    return known->part;
}

static enum part part_of(enum part part, const char *name)
{
    static const struct known document[] = {
        {"version", PART_IGNORED}, {"asserts", PART_IGNORED}, {"title", PART_TEXT},      {"note", PART_TEXT},
        {"data", PART_FIELDS},     {"roles", PART_NAMED},     {"calendars", PART_NAMED}, {"clocks", PART_NAMED},
        {"assign", PART_NAMED},    {"panels", PART_NAMED},    {"states", PART_STATES},   {NULL, PART_STRICT}};
    static const struct known state[] = {{"label", PART_TEXT},    {"progress", PART_TEXT}, {"awaits", PART_TEXT},
                                         {"phase", PART_PHASE},   {"on", PART_ON},         {"after", PART_AFTER},
                                         {"states", PART_STATES}, {NULL, PART_STRICT}};
    static const struct known strict[] = {
        {"label", PART_TEXT}, {"msg", PART_TEXT}, {"law", PART_TEXT}, {NULL, PART_STRICT}};

    switch (part) {
    case PART_DOCUMENT:
        return look_up(document, name);
    case PART_STATE:
        return look_up(state, name);
    case PART_FIELDS:
        return PART_FIELD;
    case PART_STATES:
        return PART_STATE;
    case PART_IGNORED:
    case PART_TEXT:
        return part;
    default:
        return look_up(strict, name);
    }
}

/* ---- what the machine shows ---- */

static int child_of(const struct workflow *wf, int parent, const char *name)
{
    for (unsigned i = 0; i < wf->n_states; i++)
        if (wf->states[i].info.parent == parent && strcmp(wf->states[i].info.name, name) == 0)
            return (int)i;
    return MACHINE_NONE;
}

static bool is_around(const struct workflow *wf, unsigned outer, unsigned inner)
{
    return outer == inner || (inner > outer && inner < wf->states[outer].end);
}

static bool may_be_together(const struct workflow *wf, unsigned a, unsigned b)
{
    int around;

    if (is_around(wf, a, b) || is_around(wf, b, a))
        return true;
    for (around = wf->states[a].info.parent; around >= 0 && !is_around(wf, (unsigned)around, b);)
        around = wf->states[around].info.parent;
    return around >= 0 && wf->states[around].info.kind == WORKFLOW_STATE_PARALLEL;
}

/* Another event for a state is an extension where nothing heard it before: otherwise it would take it from others. */
static bool is_unheard(const struct workflow *wf, int state, const char *event)
{
    unsigned number;
    struct workflow_states sources;

    if (!workflow_event_find(wf, event, &number))
        return true;
    sources = wf->events[number].sources;
    for (unsigned i = 0; i < wf->n_states; i++)
        if ((sources.word[i / 64] >> i % 64 & 1) && may_be_together(wf, (unsigned)state, i))
            return false;
    return !wf->events[number].raised && wf->events[number].vote < 0;
}

/* A region more has to be begun by somebody; a history more has not seen what it would remember. */
static bool may_be_added(const struct workflow *wf, int parent, const json_t *state)
{
    const char *type = json_string_value(json_object_get(state, "type"));

    return parent < 0 ||
           (wf->states[parent].info.kind != WORKFLOW_STATE_PARALLEL && !(type && strcmp(type, "history") == 0));
}

/* ---- differences ---- */

static bool is_wider(const struct pair *pair, const char *name)
{
    const json_t *item;
    size_t i;

    if (strcmp(name, "min") == 0)
        return !pair->to || (pair->from && json_integer_value(pair->to) <= json_integer_value(pair->from));
    if (strcmp(name, "max") == 0)
        return !pair->to || (pair->from && json_integer_value(pair->to) >= json_integer_value(pair->from));
    if (strcmp(name, "by") == 0)
        return !pair->to;
    if (strcmp(name, "of") != 0 || !json_is_array(pair->from) || !json_is_array(pair->to))
        return strcmp(name, "label") == 0 || strcmp(name, "default") == 0;
    json_array_foreach(pair->from, i, item)
    {
        bool there = false;
        for (size_t j = 0; j < json_array_size(pair->to) && !there; j++)
            there = json_equal(item, json_array_get(pair->to, j));
        if (!there)
            return false;
    }
    return true;
}

static bool is_phase_of_all(const json_t *phase)
{
    const char *word = json_string_value(phase);

    return word && strcmp(word, "draft") != 0 && strcmp(word, "end") != 0;
}

/* One that is on one side only, or is no object. `within` is the part that it is a member of. */
static enum workflow_version_change weigh(const struct compare *compare, const struct pair *pair, enum part within,
                                          const char *name)
{
    const struct workflow *wf = compare->from->workflow;

    if (within == PART_FIELD)
        return is_wider(pair, name) ? WORKFLOW_CHANGE_TEXTS : WORKFLOW_CHANGE_STRUCTURE;
    if (pair->part == PART_TEXT)
        return WORKFLOW_CHANGE_TEXTS;
    if (pair->part == PART_PHASE)
        return is_phase_of_all(pair->from) && is_phase_of_all(pair->to) ? WORKFLOW_CHANGE_TEXTS
                                                                        : WORKFLOW_CHANGE_STRUCTURE;
    if (pair->from || !pair->to)
        return WORKFLOW_CHANGE_STRUCTURE;
    if (within == PART_FIELDS)
        return WORKFLOW_CHANGE_TEXTS;
    if (within == PART_NAMED || within == PART_AFTER)
        return WORKFLOW_CHANGE_EXTENSION;
    if (within == PART_STATES && may_be_added(wf, pair->state, pair->to))
        return WORKFLOW_CHANGE_EXTENSION;
    if (within == PART_ON && is_unheard(wf, pair->state, name))
        return WORKFLOW_CHANGE_EXTENSION;
    return WORKFLOW_CHANGE_STRUCTURE;
}

static void compare_pair(struct compare *compare, const struct pair *pair, enum part within, const char *name);

/* Whether those that both have come in another order: of regions, and of fields that are set. */
static bool is_reordered(json_t *from, json_t *to)
{
    void *after = json_object_iter(to);
    const char *name;
    json_t *value;

    json_object_foreach(from, name, value)
    {
        if (!json_object_get(to, name))
            continue;
        while (after && strcmp(json_object_iter_key(after), name) != 0)
            after = json_object_iter_next(to, after);
        if (!after)
            return true;
    }
    return false;
}

static void compare_member(struct compare *compare, const struct pair *around, const char *name)
{
    const struct place from_at = {around->from_at, name, 0}, to_at = {around->to_at, name, 0};
    struct pair pair = {.from = json_object_get(around->from, name),
                        .to = json_object_get(around->to, name),
                        .from_at = &from_at,
                        .to_at = &to_at,
                        .part = part_of(around->part, name),
                        .state = around->state};

    if (around->part == PART_STATES && pair.from)
        pair.state = child_of(compare->from->workflow, around->state, name);
    compare_pair(compare, &pair, around->part, name);
}

static void compare_objects(struct compare *compare, const struct pair *pair, bool ordered)
{
    const char *name;
    json_t *value;

    json_object_foreach(pair->to, name, value)
    {
        compare_member(compare, pair, name);
    }
    json_object_foreach(pair->from, name, value)
    {
        if (!json_object_get(pair->to, name))
            compare_member(compare, pair, name);
    }
    if (ordered && is_reordered(pair->from, pair->to))
        differ(compare, pair, WORKFLOW_CHANGE_STRUCTURE);
}

/* ---- lists ---- */

static void compare_item(struct compare *compare, const struct pair *around, int from, int to)
{
    const struct place from_at = {around->from_at, NULL, (size_t)(from < 0 ? 0 : from)},
                       to_at = {around->to_at, NULL, (size_t)(to < 0 ? 0 : to)};
    const struct pair pair = {.from = from < 0 ? NULL : json_array_get(around->from, (size_t)from),
                              .to = to < 0 ? NULL : json_array_get(around->to, (size_t)to),
                              .from_at = &from_at,
                              .to_at = &to_at,
                              .part = PART_STRICT,
                              .state = around->state};

    compare_pair(compare, &pair, around->part, "");
}

static int timer_named(const json_t *timers, const json_t *like)
{
    for (size_t i = 0; i < json_array_size(timers); i++)
        if (json_equal(json_object_get(json_array_get(timers, i), "id"), json_object_get(like, "id")))
            return (int)i;
    return MACHINE_NONE;
}

static void compare_timers(struct compare *compare, const struct pair *pair)
{
    for (size_t i = 0; i < json_array_size(pair->to); i++)
        compare_item(compare, pair, timer_named(pair->from, json_array_get(pair->to, i)), (int)i);
    for (size_t i = 0; i < json_array_size(pair->from); i++)
        if (timer_named(pair->to, json_array_get(pair->from, i)) < 0)
            compare_item(compare, pair, (int)i, MACHINE_NONE);
}

static void compare_pair(struct compare *compare, const struct pair *pair, enum part within, const char *name)
{
    json_t *empty = NULL;
    struct pair filled = *pair;

    if (pair->part == PART_IGNORED)
        return;
    if (within == PART_STATE && (pair->part == PART_ON || pair->part == PART_AFTER) && (!pair->from || !pair->to)) {
        empty = pair->part == PART_ON ? json_object() : json_array();
        filled.from = pair->from ? pair->from : empty;
        filled.to = pair->to ? pair->to : empty;
    }
    if (pair->part == PART_AFTER && json_is_array(filled.from) && json_is_array(filled.to))
        compare_timers(compare, &filled);
    else if (pair->part != PART_TEXT && json_is_object(filled.from) && json_is_object(filled.to))
        compare_objects(compare, &filled, pair->part == PART_STATES || strcmp(name, "set") == 0);
    else if (json_is_array(filled.from) && json_is_array(filled.to) && within != PART_FIELD &&
             json_array_size(filled.from) == json_array_size(filled.to))
        for (size_t i = 0; i < json_array_size(filled.to); i++)
            compare_item(compare, &filled, (int)i, (int)i);
    else if (!filled.from || !filled.to || !json_equal(filled.from, filled.to))
        differ(compare, pair, weigh(compare, pair, within, name));
    json_decref(empty);
}

enum workflow_version_change workflow_compare(const struct workflow_source *from, const struct workflow_source *to,
                                              struct workflow_alteration *ret, size_t max, size_t *ret_n)
{
    static const struct place root = {NULL, NULL, 0};
    struct compare compare = {.from = from, .to = to, .list = ret, .max = max};
    json_t *before = json_loadb(from->json, from->length, 0, NULL), *after = json_loadb(to->json, to->length, 0, NULL);
    const struct pair whole = {
        .from = before, .to = after, .from_at = &root, .to_at = &root, .part = PART_DOCUMENT, .state = MACHINE_NONE};

    if (before && after)
        compare_objects(&compare, &whole, false);
    else
        compare.change = WORKFLOW_CHANGE_STRUCTURE;
    json_decref(before);
    json_decref(after);
    if (ret_n)
        *ret_n = compare.n;
    return compare.change;
}

const char *workflow_change_key(enum workflow_version_change change)
{
    static const char *const keys[] = {"none", "texts", "extension", "structure"};

    return (unsigned)change < sizeof(keys) / sizeof(keys[0]) ? keys[change] : "";
}
