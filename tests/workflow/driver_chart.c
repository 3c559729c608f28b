/*
 * Our engine for the cases of tests/workflow/scxml: a document, its data and its events in, configurations out. The
 * world outside, which answers `call` effects by events after a while, is played here; time passes only when asked.
 *
 * One line in: {"definition": {}, "data": {"x": 1}, "events": [["name", milliseconds before it], ...],
 *     "calls": {"op": {"event": "e", "delay": 10, "id": "i", "data": {}}, "op2": {"cancel": "i"}}}
 * One line out: {"configurations": [["a"], ...], "entered": [["a"], ...], "notes": [["op"], ...], "data": [{"x": 1},
 * ...], "bytes": ["how it is stored, in hexadecimal", ...]}, with a "fault" when the engine gave up, or
 * {"refused": [faults]}.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"
#include "workflow/procedure.h"
#include "workflow/step.h"

enum { SENT_MAX = 64, TOLD_MAX = 16, SCRATCH_BYTES = 1024 * 1024, TURNS_MAX = 1000 };

/* An event on its way back from the world outside. */
struct sent {
    int64_t due_ms;
    unsigned order;
    const char *event, *id; /* id: NULL without one */
    const json_t *told;     /* NULL: nothing */
};

struct play {
    struct workflow *wf;
    const json_t *calls;
    struct workflow_instance now;
    struct workflow_value data[WORKFLOW_FIELDS_MAX];
    uint64_t present;
    struct workflow_memory scratch;
    struct sent sent[SENT_MAX];
    size_t n_sent;
    unsigned n_ever_sent;
    int64_t now_ms;
    json_t *notes, *entered; /* of the present event: operations nobody answers, states */
    const char *fault;
    char bytes[2 * WORKFLOW_STATE_BYTES_MAX + 1]; /* `now`, in hexadecimal */
};

static bool with_options;
static unsigned char scratch_bytes[SCRATCH_BYTES] __attribute__((aligned(16)));
static struct workflow_out out;

static struct workflow_value value_of(const json_t *json)
{
    if (json_is_integer(json))
        return workflow_value_int(json_integer_value(json));
    if (json_is_boolean(json))
        return workflow_value_bool(json_is_true(json));
    if (json_is_string(json))
        return workflow_value_string(json_string_value(json), json_string_length(json));
    return workflow_value_unset();
}

/* ---- what the world outside does ---- */

static void cancel(struct play *play, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < play->n_sent; i++)
        if (!play->sent[i].id || strcmp(play->sent[i].id, id) != 0)
            play->sent[kept++] = play->sent[i];
    play->n_sent = kept;
}

static void call(struct play *play, const char *operation)
{
    const json_t *known = json_object_get(play->calls, operation);
    const char *cancelled = json_string_value(json_object_get(known, "cancel"));

    if (!known) {
        json_array_append_new(play->notes, json_string(operation));
    } else if (cancelled) {
        cancel(play, cancelled);
    } else if (play->n_sent == SENT_MAX) {
        play->fault = "too many events on their way";
    } else {
        play->sent[play->n_sent++] =
            (struct sent){.due_ms = play->now_ms + json_integer_value(json_object_get(known, "delay")),
                          .order = play->n_ever_sent++,
                          .event = json_string_value(json_object_get(known, "event")),
                          .id = json_string_value(json_object_get(known, "id")),
                          .told = json_object_get(known, "data")};
    }
}

/* Takes the first that is due until then; false when none is. */
static bool take_due(struct play *play, int64_t until_ms, struct sent *ret)
{
    size_t first = 0;

    if (play->n_sent == 0)
        return false;
    for (size_t i = 1; i < play->n_sent; i++) {
        const struct sent *one = &play->sent[i], *best = &play->sent[first];
        if (one->due_ms < best->due_ms || (one->due_ms == best->due_ms && one->order < best->order))
            first = i;
    }
    *ret = play->sent[first];
    if (ret->due_ms > until_ms)
        return false;
    play->sent[first] = play->sent[--play->n_sent];
    return true;
}

/* ---- steps ---- */

/* What is kept between two steps are bytes: the next one goes on from what they say. */
static void keep(struct play *play)
{
    static struct workflow_instance read;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], again[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(play->wf, &out.next, bytes, sizeof(bytes));

    if (n > sizeof(bytes) || !workflow_decode(play->wf, bytes, n, &read))
        play->fault = "its own bytes are refused";
    else if (workflow_encode(play->wf, &read, again, sizeof(again)) != n || memcmp(bytes, again, n) != 0)
        play->fault = "the same instance has other bytes";
    for (size_t i = 0; i < n && i < sizeof(bytes); i++)
        snprintf(play->bytes + 2 * i, 3, "%02x", bytes[i]);
    play->now = read;
}

static void carry_out(struct play *play, enum workflow_rc rc)
{
    if (rc == WORKFLOW_FAULT)
        play->fault = workflow_fault_key(out.fault);
    if (rc != WORKFLOW_OK)
        return;
    keep(play);
    for (size_t i = 0; i < out.n_path; i++)
        json_array_append_new(play->entered, json_string(workflow_state(play->wf, out.path[i])->name));
    for (size_t i = 0; i < workflow_field_count(play->wf); i++) {
        if (!(out.set & (UINT64_C(1) << i)))
            continue;
        play->data[i] = out.data[i];
        play->present |= UINT64_C(1) << i;
    }
    for (size_t i = 0; i < out.n_effects; i++)
        if (out.effects[i].info->kind == WORKFLOW_EFFECT_CALL)
            call(play, out.effects[i].info->word);
}

static struct workflow_world world_of(struct play *play)
{
    return (struct workflow_world){.actor = 1,
                                   .roles_held = UINT32_MAX,
                                   .fields_present = play->present,
                                   .data = play->data,
                                   .scratch = &play->scratch};
}

/* What the buttons promise against what pressing them does; and that there is none beside them. */
static void try_options(struct play *play)
{
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    static struct workflow_out tried;
    struct workflow_world world = world_of(play);
    size_t n = workflow_options(play->wf, &play->now, &world, 0, false, &tried, options, WORKFLOW_EVENTS_MAX);

    for (unsigned i = 0; i < workflow_event_count(play->wf); i++) {
        struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED, .number = i};
        enum workflow_rc rc = workflow_step(play->wf, &play->now, &event, &world, &tried);
        const struct workflow_option *option = NULL;
        for (size_t k = 0; k < n; k++)
            if (options[k].event == i)
                option = &options[k];
        if ((option && option->possible) != (rc == WORKFLOW_OK))
            play->fault = "an option is not what a step does";
        else if (option && rc == WORKFLOW_OK && option->to >= 0 &&
                 (unsigned)option->to != workflow_principal(play->wf, &tried.next.configuration))
            play->fault = "an option leads elsewhere";
    }
}

/* An event that the definition does not know, and one that is rejected, change nothing: SCXML drops them. */
static void external(struct play *play, const char *name, const json_t *told)
{
    struct workflow_value pairs[2 * TOLD_MAX];
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED};
    struct workflow_world world = world_of(play);
    const char *key;
    json_t *value;
    size_t n = 0;

    if (play->now.finished || play->fault || !workflow_event_find(play->wf, name, &event.number))
        return;
    json_object_foreach((json_t *)told, key, value)
    {
        if (n == TOLD_MAX)
            break;
        pairs[2 * n] = workflow_value_string(key, strlen(key));
        pairs[2 * n++ + 1] = value_of(value);
    }
    if (told)
        event.data = workflow_value_map(pairs, n);
    carry_out(play, workflow_step(play->wf, &play->now, &event, &world, &out));
}

static void pass_time(struct play *play, int64_t until_ms, bool to_the_end)
{
    struct sent due;

    for (int turns = 0; take_due(play, to_the_end ? INT64_MAX : until_ms, &due) && !play->now.finished; turns++) {
        if (due.due_ms > play->now_ms)
            play->now_ms = due.due_ms;
        external(play, due.event, due.told);
        if (turns == TURNS_MAX)
            play->fault = "never rests";
        if (play->fault)
            return;
    }
    if (!to_the_end)
        play->now_ms = until_ms;
}

/* ---- lines ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *configuration_of(const struct play *play)
{
    const char *names[WORKFLOW_STATES_MAX];
    json_t *list = json_array();
    size_t n = 0;

    for (unsigned i = 0; i < workflow_state_count(play->wf); i++) {
        const struct workflow_state_info *state = workflow_state(play->wf, i);
        bool active = play->now.configuration.word[i / 64] >> (i % 64) & 1;
        if (active && (state->kind == WORKFLOW_STATE_ATOMIC || state->kind == WORKFLOW_STATE_FINAL))
            names[n++] = state->name;
    }
    qsort(names, n, sizeof(names[0]), compare_names);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(names[i]));
    return list;
}

static json_t *json_of(struct workflow_value value)
{
    if (value.kind == WORKFLOW_KIND_INT)
        return json_integer(value.integer);
    if (value.kind == WORKFLOW_KIND_BOOL)
        return json_boolean(value.boolean);
    return value.kind == WORKFLOW_KIND_STRING ? json_stringn(value.text, value.n) : json_null();
}

static json_t *data_of(const struct play *play)
{
    json_t *data = json_object();

    for (unsigned i = 0; i < workflow_field_count(play->wf); i++)
        if (play->present & (UINT64_C(1) << i))
            json_object_set_new(data, workflow_field(play->wf, i)->key, json_of(play->data[i]));
    return data;
}

static void see(struct play *play, json_t *answer)
{
    json_array_append_new(json_object_get(answer, "configurations"), configuration_of(play));
    json_array_append_new(json_object_get(answer, "notes"), play->notes);
    json_array_append_new(json_object_get(answer, "entered"), play->entered);
    json_array_append_new(json_object_get(answer, "data"), data_of(play));
    json_array_append_new(json_object_get(answer, "bytes"), json_string(play->bytes));
    play->notes = json_array();
    play->entered = json_array();
}

static void fill_data(struct play *play, const json_t *data)
{
    for (size_t i = 0; i < workflow_field_count(play->wf); i++) {
        play->data[i] = value_of(json_object_get(data, workflow_field(play->wf, (unsigned)i)->key));
        if (play->data[i].kind != WORKFLOW_KIND_UNSET)
            play->present |= UINT64_C(1) << i;
    }
}

static json_t *run(struct workflow *wf, const json_t *line)
{
    struct play play = {.wf = wf,
                        .calls = json_object_get(line, "calls"),
                        .scratch = {.bytes = scratch_bytes, .size = sizeof(scratch_bytes)},
                        .notes = json_array(),
                        .entered = json_array()};
    json_t *answer = json_pack("{s:[], s:[], s:[], s:[], s:[]}", "configurations", "entered", "notes", "data", "bytes");
    json_t *events = json_object_get(line, "events"), *event;
    struct workflow_world world;
    size_t i;

    fill_data(&play, json_object_get(line, "data"));
    world = world_of(&play);
    carry_out(&play, workflow_start(wf, &world, &out));
    if (!play.fault)
        pass_time(&play, 0, json_array_size(events) == 0);
    see(&play, answer);
    json_array_foreach(events, i, event)
    {
        if (play.fault)
            break;
        pass_time(&play, play.now_ms + json_integer_value(json_array_get(event, 1)), false);
        if (with_options)
            try_options(&play);
        external(&play, json_string_value(json_array_get(event, 0)), NULL);
        pass_time(&play, play.now_ms, false);
        see(&play, answer);
    }
    if (play.fault)
        json_object_set_new(answer, "fault", json_string(play.fault));
    json_decref(play.notes);
    json_decref(play.entered);
    return answer;
}

static json_t *refused(const struct workflow_fault *faults, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "code", faults[i].code, "pointer", faults[i].pointer,
                                              "message", faults[i].message));
    return json_pack("{s:o}", "refused", list);
}

int main(int argc, char **argv)
{
    static struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    char *text = NULL;
    size_t size = 0;

    with_options = argc > 1 && strcmp(argv[1], "--options") == 0;
    while (getline(&text, &size, stdin) > 0) {
        json_t *line = json_loads(text, 0, NULL), *answer;
        char *definition = json_dumps(json_object_get(line, "definition"), JSON_COMPACT);
        size_t n_faults = 0;
        struct workflow *wf;
        if (!definition)
            return EXIT_FAILURE;
        wf = workflow_parse(definition, strlen(definition), faults, WORKFLOW_FAULTS_MAX, &n_faults);
        answer = wf ? run(wf, line) : refused(faults, n_faults);
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(answer);
        workflow_free(wf);
        free(definition);
        json_decref(line);
    }
    free(text);
    return EXIT_SUCCESS;
}
