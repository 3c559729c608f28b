/* Any bytes at all: either faults with places inside the text, or a workflow that keeps what it promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"

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

static void check_verdict(const struct workflow *wf, const struct workflow_verdict *verdict)
{
    promise(verdict->refusal == WORKFLOW_ALLOWED);
    promise(verdict->n_path >= 1 && verdict->n_path <= WORKFLOW_PATH_MAX);
    promise(verdict->path[verdict->n_path - 1] == verdict->to && verdict->to < workflow_state_count(wf));
    promise(verdict->n_effects <= WORKFLOW_EFFECTS_MAX);
    for (size_t i = 0; i < verdict->n_effects; i++)
        promise(strlen(verdict->effects[i].argument) > 0);
}

static void check_text(const struct workflow_text *text)
{
    for (size_t i = 0; i < WORKFLOW_LANGUAGES; i++)
        promise(text->in[i] != NULL);
}

static void check_workflow(const struct workflow *wf)
{
    struct workflow_facts all = {UINT32_MAX, UINT64_MAX};
    struct workflow_verdict start = workflow_start(wf);

    promise(strlen(workflow_key(wf)) <= WORKFLOW_KEY_MAX && workflow_version(wf) >= 1);
    check_text(workflow_title(wf));
    check_verdict(wf, &start);
    for (unsigned state = 0; state < workflow_state_count(wf); state++) {
        struct workflow_option options[WORKFLOW_EVENTS_MAX];
        size_t n = workflow_options(wf, state, NULL, options, WORKFLOW_EVENTS_MAX);
        check_text(&workflow_state(wf, state)->label);
        promise(n <= WORKFLOW_EVENTS_MAX && workflow_state(wf, state)->progress <= 100);
        for (size_t i = 0; i < n; i++) {
            struct workflow_verdict verdict = workflow_step(wf, state, options[i].event, &all);
            promise(!options[i].allowed && options[i].roles_wanted != 0);
            check_text(&options[i].label);
            check_verdict(wf, &verdict);
        }
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
