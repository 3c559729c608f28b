/* Findings, and the ways that lead to them. */
#include <string.h>

#include "workflow/verify/report.h"

struct workflow_finding *report_finding(struct verify *verify, enum workflow_finding_kind kind)
{
    struct workflow_finding *finding;

    if (verify->verified.n_findings++ >= verify->max)
        return NULL;
    finding = &verify->findings[verify->verified.n_findings - 1];
    memset(finding, 0, sizeof(*finding));
    finding->kind = kind;
    finding->state = finding->transition = finding->timer = MACHINE_NONE;
    finding->clock = finding->effect = finding->assertion = MACHINE_NONE;
    return finding;
}

/* The way to a node, from the beginning; of a long one, its end. */
void report_way(struct workflow_finding *finding, const struct walk *walk, int32_t at)
{
    unsigned length = 0;

    finding->configuration = walk->nodes[at].key.configuration;
    finding->n_members = walk->wf->n_eaches ? walk->n_bodies : 0;
    for (int32_t node = at; walk->nodes[node].came_from >= 0; node = walk->nodes[node].came_from)
        length++;
    finding->way_cut = length > WORKFLOW_WAY_MAX;
    finding->n_way = finding->way_cut ? WORKFLOW_WAY_MAX : length;
    for (unsigned i = finding->n_way; i > 0; i--) {
        finding->way[i - 1] = walk->nodes[at].cause;
        at = walk->nodes[at].came_from;
    }
}

void report_way_and(struct workflow_finding *finding, const struct walk *walk, int32_t at, struct workflow_cause last)
{
    report_way(finding, walk, at);
    if (finding->n_way == WORKFLOW_WAY_MAX) {
        memmove(&finding->way[0], &finding->way[1], (WORKFLOW_WAY_MAX - 1) * sizeof(finding->way[0]));
        finding->n_way--;
        finding->way_cut = true;
    }
    finding->way[finding->n_way++] = last;
}

unsigned report_steps_left(const struct verify *verify)
{
    return verify->verified.steps < WORKFLOW_VERIFY_STEPS ? WORKFLOW_VERIFY_STEPS - verify->verified.steps : 1;
}
