/* Random documents that properties are tried on. */
#ifndef OAM_TEST_WORKFLOW_DOCUMENTS_H
#define OAM_TEST_WORKFLOW_DOCUMENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test_workflow_flat.h"
#include "workflow/definition.h"

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static inline unsigned random_below(uint64_t *seed, unsigned n)
{
    return (unsigned)((random_next(seed) >> 33) % n);
}

static inline struct workflow *document_parse(json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(1));
    struct workflow *wf = workflow_parse(text, strlen(text), NULL, 0, NULL);

    free(text);
    return wf;
}

static inline json_t *random_label(void)
{
    return json_pack("{s:s,s:s,s:s}", "ca", "un", "es", "uno", "en", "one");
}

static inline json_t *random_effects(uint64_t *seed)
{
    json_t *effects = json_array();

    for (unsigned n = random_below(seed, 3); n > 0; n--)
        json_array_append_new(effects, random_below(seed, 2)
                                           ? json_pack("{s:s,s:s}", "fx", "register", "book",
                                                       random_below(seed, 2) ? "entrada" : "sortida")
                                           : json_pack("{s:s,s:s}", "fx", "assign", "policy", "near"));
    return effects;
}

static inline json_t *random_names(uint64_t *seed, const char *letter, unsigned n, unsigned least)
{
    json_t *names = json_array();

    for (unsigned i = 0, lucky = random_below(seed, n); i < n; i++)
        if (random_below(seed, 3) == 0 || (least && i == lucky))
            json_array_append_new(names, json_sprintf("%s%u", letter, i));
    return names;
}

/* One state; the higher numbers are final, and `always` only leads to higher numbers, so that it never goes round. */
static inline json_t *random_state(uint64_t *seed, unsigned i, unsigned n, unsigned n_final)
{
    json_t *on;

    if (i >= n - n_final)
        return json_pack("{s:o,s:s,s:s,s:s}", "label", random_label(), "phase", "end", "type", "final", "outcome",
                         "completed");
    if (random_below(seed, 4) == 0)
        return json_pack("{s:o,s:s,s:o,s:[{s:o,s:o}]}", "label", random_label(), "phase", "intake", "entry",
                         random_effects(seed), "always", "to",
                         json_sprintf("s%u", i + 1 + random_below(seed, n - i - 1)), "do", random_effects(seed));
    on = json_object();
    for (unsigned events = 1 + random_below(seed, 5); events > 0; events--) {
        char name[16];
        snprintf(name, sizeof(name), "e%u", random_below(seed, 8));
        json_object_set_new(on, name,
                            json_pack("[{s:o,s:o,s:o,s:o}]", "role", random_names(seed, "r", 5, 1), "require",
                                      random_names(seed, "f", 6, 0), "to", json_sprintf("s%u", random_below(seed, n)),
                                      "do", random_effects(seed)));
    }
    return json_pack("{s:o,s:s,s:o,s:o}", "label", random_label(), "phase", "study", "entry", random_effects(seed),
                     "on", on);
}

/* Returns a document of the right shape, which may still be unsound (a state that nothing leads to). */
static inline json_t *document_random(uint64_t *seed)
{
    unsigned n = 3 + random_below(seed, 8), n_final = 1 + random_below(seed, 2);
    json_t *states = json_object(), *roles = json_object(), *data = json_object();
    char name[16];

    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "s%u", i);
        json_object_set_new(states, name, random_state(seed, i, n, n_final));
    }
    for (unsigned i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "r%u", i);
        json_object_set_new(roles, name, json_pack("{s:o,s:s}", "label", random_label(), "from", "team"));
    }
    for (unsigned i = 0; i < 6; i++) {
        snprintf(name, sizeof(name), "f%u", i);
        json_object_set_new(data, name, json_pack("{s:s}", "type", "string"));
    }
    return json_pack("{s:s,s:s,s:i,s:o,s:o,s:o,s:{s:{s:s,s:[s],s:s}},s:s,s:o}", "format", "oam-wf/1", "key", "random",
                     "version", 1, "title", random_label(), "data", data, "roles", roles, "assign", "near", "pool",
                     "agents in comarca(applicant)", "rank", "open_load asc", "if_none", "r0", "initial", "s0",
                     "states", states);
}

#endif
