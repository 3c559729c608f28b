/* Definitions that people write: judged before anybody depends on them, and published so that they never change again.
 */
#ifndef OAM_SERVICE_DEFINITION_H
#define OAM_SERVICE_DEFINITION_H

#include "base/json_out.h"
#include "service/call.h"

struct workflow;
struct workflow_cause;

struct definition {
    const char *document; /* as it was written; not terminated */
    size_t length;
    struct workflow *workflow; /* NULL: it is not even one. Freed with the arena */
    bool sound;                /* whole, and everything that is verified of it holds */
    size_t n_findings;         /* told of */
    const char *first;         /* of them: "12:5 ..."; NULL: there is none */
    char hash[65];             /* SHA-256 of the document, in hexadecimal: its identity */
};

/* Parses and verifies a document and writes the contract's WorkflowReport about it. */
struct definition definition_judge(const struct call *call, const char *document, size_t length, struct json_out *out);

/* Writes a way in the words of who would take it: an array. */
void definition_way_write(struct json_out *out, const struct call *call, const struct workflow *wf,
                          const struct workflow_cause *way, unsigned n);

/* Counts the requests that the caller sees in each state of a definition, by the state's number (WORKFLOW_STATES_MAX of
 * them, zeroed by the caller). */
bool definition_counts(const struct call *call, const struct directory_workflow *row, uint32_t *ret_counts);

#endif
