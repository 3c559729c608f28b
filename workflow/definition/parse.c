/* The whole document: first that it is well-formed, then its parts, then what they make together. */
#include "workflow/definition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition/reader.h"

enum { VERSION_MAX = 1000000000 };

static void read_format(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *format = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    (void)into;
    if (format && strcmp(format, "oam-wf/1") != 0)
        report_fault(reader->report, at, "unknown_value", "This engine reads \"oam-wf/1\"");
}

static void read_key(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *key = read_id(reader, at, value);

    if (key)
        ((struct workflow *)into)->key = keep_text(reader, key);
}

static void read_version(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t version;

    if (read_integer(reader, at, value, 1, VERSION_MAX, &version))
        ((struct workflow *)into)->version = (int)version;
}

static void read_title(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct workflow *)into)->title);
}

static void read_note(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow *wf = into;

    wf->has_note = true;
    read_long_text(reader, at, value, &wf->note);
}

static void read_initial(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);
    struct workflow *wf = into;
    unsigned state;

    /* Without states, that is the fault to mend. */
    if (!key || wf->n_states == 0)
        return;
    if (workflow_state_find(wf, key, &state) && wf->states[state].info.parent < 0)
        wf->initial = (int16_t)state;
    else
        report_fault(reader->report, at, "unknown_state", "No state \"%s\" in states", key);
}

/* What others refer to comes first. */
static const struct member document_members[] = {
    {"format", MEMBER_REQUIRED, read_format},   {"key", MEMBER_REQUIRED, read_key},
    {"version", MEMBER_REQUIRED, read_version}, {"title", MEMBER_REQUIRED, read_title},
    {"note", MEMBER_OPTIONAL, read_note},       {"data", MEMBER_REQUIRED, read_data},
    {"roles", MEMBER_REQUIRED, read_roles},     {"calendars", MEMBER_OPTIONAL, read_calendars},
    {"clocks", MEMBER_OPTIONAL, read_clocks},   {"panels", MEMBER_OPTIONAL, read_panels},
    {"assign", MEMBER_OPTIONAL, read_policies}, {"states", MEMBER_REQUIRED, read_states},
    {"initial", MEMBER_REQUIRED, read_initial}, {"asserts", MEMBER_OPTIONAL, read_asserts},
};

/* The core looks things up in the draft's lists while they grow. */
static void lend_lists(struct workflow *wf, struct draft *draft)
{
    wf->initial = MACHINE_NONE;
    wf->states = draft->states;
    wf->events = draft->events;
    wf->transitions = draft->transitions;
    wf->targets = draft->targets;
    wf->effects = draft->effects;
    wf->checks = draft->checks;
    wf->sets = draft->sets;
    wf->defaults = draft->defaults;
    wf->timers = draft->timers;
    wf->clocks = draft->clocks;
    wf->calendars = draft->calendars;
    wf->histories = draft->histories;
    wf->witnesses = draft->witnesses;
    wf->votes = draft->votes;
    wf->eaches = draft->eaches;
    wf->panels = draft->panels;
    wf->asserts = draft->asserts;
    wf->expressions = draft->expressions;
    wf->solutions = draft->solutions;
}

/* Whether the states can be entered at all: what is missing has been told of. */
static bool is_whole(const struct workflow *wf)
{
    for (unsigned i = 0; i < wf->n_states; i++) {
        enum workflow_state_kind kind = wf->states[i].info.kind;
        bool begins = kind == WORKFLOW_STATE_COMPOUND || kind == WORKFLOW_STATE_EACH;
        if (begins && wf->states[i].initial < 0)
            return false;
        if (kind == WORKFLOW_STATE_HISTORY && wf->states[i].recalls < 0)
            return false;
    }
    return wf->initial >= 0;
}

static void read_document(struct reader *reader, json_t *document)
{
    static const struct place root = {NULL, NULL, 0};
    struct place states = {&root, "states", 0};

    lend_lists(reader->wf, reader->draft);
    states_number(reader, json_object_get(document, "states"), &states, MACHINE_NONE);
    if (!read_members(reader, &root, document, document_members, COUNT_OF(document_members), reader->wf))
        return;
    if (is_whole(reader->wf) && !reader->exhausted) {
        link_machine(reader);
        graph_check(reader);
    }
    keep_machine(reader);
}

/* jansson says where it stopped; what that was about is found again in the text before it. */
static void report_syntax(struct report *report, const json_error_t *error)
{
    size_t stopped = error->position < 0 ? 0 : (size_t)error->position;
    bool duplicate = json_error_code(error) == json_error_duplicate_key;
    char pointer[sizeof(report->faults[0].pointer)];
    size_t begin;

    if (stopped > report->length)
        stopped = report->length;
    /* A name that is there twice has been read; what breaks the syntax is its last character. */
    if (!duplicate && stopped > 0)
        stopped--;
    begin = locate_innermost(report->json, stopped, pointer, sizeof(pointer));
    if (json_error_code(error) == json_error_out_of_memory)
        report_broken(report, 0, "", "out_of_memory", "There is not enough memory to read this");
    else if (duplicate)
        report_broken(report, begin, pointer, "duplicate_key", "This name is there already in the same object");
    else
        report_broken(report, stopped, pointer, "invalid_json", error->text);
}

json_t *document_load(struct report *report, size_t max)
{
    json_error_t error;
    json_t *document;
    size_t offset;

    if (report->length > max) {
        char message[64];
        snprintf(message, sizeof(message), "A document has %zu KiB at most", max / 1024);
        report_broken(report, 0, "", "too_large", message);
        return NULL;
    }
    if (locate_too_deep(report->json, report->length, WORKFLOW_DEPTH_MAX, &offset)) {
        report_broken(report, offset, "", "too_deep", "Objects and arrays are nested 32 deep at most");
        return NULL;
    }
    document = json_loadb(report->json, report->length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        report_syntax(report, &error);
    return document;
}

static struct workflow *workflow_new(void)
{
    struct workflow *wf = calloc(1, sizeof(*wf));

    if (!wf)
        return NULL;
    wf->storage = storage_new();
    if (wf->storage)
        return wf;
    free(wf);
    return NULL;
}

void workflow_free(struct workflow *wf)
{
    if (!wf)
        return;
    storage_free(wf->storage);
    free(wf);
}

/* Reads a well-formed document; the workflow is whole only if no fault was reported. */
static struct workflow *read_workflow(struct report *report, json_t *document)
{
    struct reader reader = {.report = report, .wf = workflow_new(), .temporary = storage_new()};

    if (reader.wf && reader.temporary) {
        reader.storage = reader.wf->storage;
        reader.draft = draft_alloc(&reader, 1, sizeof(*reader.draft));
    }
    if (reader.draft)
        read_document(&reader, document);
    if (!reader.draft || reader.exhausted)
        report_broken(report, 0, "", "out_of_memory", "There is not enough memory to read this");
    storage_free(reader.temporary);
    return reader.wf;
}

struct workflow *workflow_parse(const char *json, size_t length, struct workflow_fault *ret_faults, size_t max_faults,
                                size_t *ret_n_faults)
{
    struct report *report = calloc(1, sizeof(*report));
    struct workflow *wf = NULL;
    json_t *document;
    size_t n;

    if (ret_n_faults)
        *ret_n_faults = 0;
    if (!report)
        return NULL;
    report->json = json;
    report->length = length;
    document = document_load(report, WORKFLOW_DOCUMENT_MAX);
    if (document)
        wf = read_workflow(report, document);
    json_decref(document);
    report_sort(report);
    n = report->n < max_faults ? report->n : max_faults;
    if (n > 0)
        memcpy(ret_faults, report->faults, n * sizeof(*ret_faults));
    if (ret_n_faults)
        *ret_n_faults = report->n;
    if (report->n > 0) {
        workflow_free(wf);
        wf = NULL;
    }
    free(report);
    return wf;
}
