/* Any bytes at all: either faults with places inside the text, or a workflow that keeps what it promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"
#include "workflow/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept)
{
    if (!kept)
        abort();
}

/* Every character whole: faults are shown to people and sent as JSON. */
static bool is_utf8(const char *text)
{
    for (; *text; text++) {
        unsigned char first = (unsigned char)*text;
        int more = first < 0x80 ? 0 : first < 0xc0 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if (more < 0)
            return false;
        for (; more > 0; more--)
            if (((unsigned char)*++text & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static unsigned count_lines(const char *text, size_t size)
{
    unsigned lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static void check_faults(const struct workflow_fault *faults, size_t n, unsigned lines)
{
    promise(n > 0 && n <= WORKFLOW_FAULTS_MAX);
    for (size_t i = 0; i < n; i++) {
        promise(faults[i].line >= 1 && faults[i].line <= lines && faults[i].column >= 1);
        promise(faults[i].code[0] != '\0' && faults[i].message[0] != '\0');
        promise(memchr(faults[i].pointer, '\0', sizeof(faults[i].pointer)) != NULL);
        promise(is_utf8(faults[i].pointer) && is_utf8(faults[i].message));
        if (i > 0)
            promise(faults[i - 1].line <= faults[i].line);
    }
}

static void check_text(const struct workflow_text *text)
{
    for (size_t i = 0; i < WORKFLOW_LANGUAGES; i++)
        promise(text->in[i] != NULL);
}

/* Where a request stands is always a configuration that there can be, and bytes tell all of it. */
static void check_instance(const struct workflow *wf, const struct workflow_instance *instance)
{
    static struct workflow_instance again;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], other[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(wf, instance, bytes, sizeof(bytes));

    promise(n <= sizeof(bytes) && workflow_decode(wf, bytes, n, &again));
    promise(workflow_encode(wf, &again, other, sizeof(other)) == n && memcmp(bytes, other, n) == 0);
}

static void check_options(const struct workflow *wf, const struct workflow_instance *instance,
                          const struct workflow_world *world, struct workflow_out *out)
{
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    size_t n = workflow_options(wf, instance, world, 0, true, out, options, WORKFLOW_EVENTS_MAX);

    promise(n <= workflow_event_count(wf));
    for (size_t i = 0; i < n; i++) {
        struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED, .number = options[i].event};
        check_text(&options[i].label);
        promise(options[i].possible == (options[i].reasons.why == 0) || out->fault != WORKFLOW_SOUND);
        if (options[i].possible)
            promise(workflow_step(wf, instance, &event, world, out) == WORKFLOW_OK);
    }
}

/* Every event from where it stands, one after the other. */
static void check_workflow(const struct workflow *wf)
{
    static struct workflow_out out;
    static struct workflow_instance instance;
    struct workflow_world all = {.actor = 1, .roles_held = UINT32_MAX, .fields_present = UINT64_MAX};

    promise(strlen(workflow_key(wf)) <= WORKFLOW_KEY_MAX && workflow_version(wf) >= 1);
    check_text(workflow_title(wf));
    for (unsigned state = 0; state < workflow_state_count(wf); state++) {
        check_text(&workflow_state(wf, state)->label);
        promise(workflow_state(wf, state)->progress <= 100);
    }
    if (workflow_start(wf, &all, &out) != WORKFLOW_OK)
        return;
    instance = out.next;
    for (unsigned i = 0; i < 2 * workflow_event_count(wf); i++) {
        struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED, .number = i % (unsigned)workflow_event_count(wf)};
        check_instance(wf, &instance);
        check_options(wf, &instance, &all, &out);
        if (workflow_step(wf, &instance, &event, &all, &out) == WORKFLOW_OK)
            instance = out.next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n = 0;
    struct workflow *wf = workflow_parse((const char *)data, size, faults, WORKFLOW_FAULTS_MAX, &n);

    if (wf) {
        promise(n == 0);
        check_workflow(wf);
    } else {
        check_faults(faults, n, count_lines((const char *)data, size));
    }
    workflow_free(wf);
    return 0;
}
