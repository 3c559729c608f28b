/*
 * What the verifier's walk comes to: every configuration and every transition taken, a line each, in the words of
 * tests/workflow/spin/configurations.py. Guards are free, also where a group of them leaves no value out. `F`: some
 * step came to no rest, or to more than fits.
 *
 *     driver_walk DEFINITION BODIES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"
#include "workflow/procedure.h"
#include "workflow/verify.h"
#include "workflow/verify/walk.h"

static char document[WORKFLOW_DOCUMENT_MAX];

static void tell_states(struct workflow_states states)
{
    while (!states_none(states))
        printf(" %u", states_take_first(&states));
}

static void tell_node(const struct workflow *wf, const struct walk_key *key)
{
    printf("C");
    tell_states(key->configuration);
    printf(" |");
    for (unsigned i = 0; i < wf->n_histories; i++) {
        tell_states(key->history[i]);
        printf(" ;");
    }
    printf(" |");
    for (unsigned i = 0; i < wf->n_clocks; i++)
        if (key->clocks >> i & 1)
            printf(" %u", i);
    printf(" |");
    for (unsigned i = 0; i < WALK_MEMBERS_MAX && key->members[i]; i++)
        printf(" %u", key->members[i]);
    printf(" | %d\n", key->finished);
}

static void tell_taken(const struct workflow *wf, const uint64_t *taken)
{
    static const char *const triggers[] = {"event", "always", "done", "timer"};
    static unsigned ordinals[WORKFLOW_STATES_MAX][4];
    struct workflow_transition_info info;

    for (unsigned i = 0; workflow_transition_info(wf, i, &info); i++) {
        unsigned ordinal = ordinals[info.from][info.by]++;
        if (taken[i / 64] >> (i % 64) & 1)
            printf("T %u %s %u\n", info.from, triggers[info.by], ordinal);
    }
}

int main(int argc, char **argv)
{
    struct workflow_fault fault;
    struct workflow_memory memory = {.size = WORKFLOW_VERIFY_MEMORY};
    struct walk walk = {.n_bodies = argc == 3 ? (unsigned)(argv[2][0] - '0') : 0, .forbidden = WALK_NONE};
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    size_t length = file ? fread(document, 1, sizeof(document), file) : 0;
    struct workflow *wf = workflow_parse(document, length, &fault, 1, NULL);

    memory.bytes = malloc(memory.size);
    walk.wf = wf;
    walk.memory = &memory;
    walk.steps_max = 10 * WORKFLOW_VERIFY_STEPS;
    if (!wf || !memory.bytes || !walk_all(&walk)) {
        fprintf(stderr, "driver_walk: %s\n", wf ? "no room" : fault.message);
        return 1;
    }
    for (size_t i = 0; i < walk.n_nodes; i++)
        tell_node(wf, &walk.nodes[i].key);
    tell_taken(wf, walk.taken);
    if (walk.full || walk.fault != WORKFLOW_SOUND)
        puts("F");
    fclose(file);
    free(memory.bytes);
    workflow_free(wf);
    return 0;
}
