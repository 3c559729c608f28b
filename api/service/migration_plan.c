/* What a map between two versions comes to: read, proved, and what it lacks told in the language of the call. */
#include <stdlib.h>
#include <string.h>

#include "service/definition.h"
#include "service/migration.h"

#define FAULTS_MAX 16

static void release_map(void *map)
{
    workflow_map_free(map);
}

static bool read_map(struct migration_plan *plan, const struct call *call)
{
    struct workflow_fault faults[FAULTS_MAX];
    size_t n = 0;
    struct workflow_map *map =
        workflow_map_read(plan->from, plan->to, plan->json, strlen(plan->json), faults, FAULTS_MAX, &n);
    for (size_t i = 0; i < n && i < FAULTS_MAX; i++)
        error_violate(call->err, arena_printf(call->arena, "/map%s", faults[i].pointer), UNSOUND, faults[i].message);
    if (!map)
        return error_is_set(call->err) ? false : error_set(call->err, ERROR_UNAVAILABLE, TEXT_DETAIL_DIRECTORY_EMPTY);
    arena_attach(call->arena, release_map, map);
    if (plan->change != WORKFLOW_CHANGE_STRUCTURE)
        workflow_map_extends(map);
    plan->map = map;
    return true;
}

static void prove(struct migration_plan *plan)
{
    struct workflow_memory memory = {.bytes = malloc(WORKFLOW_PROOF_MEMORY), .size = WORKFLOW_PROOF_MEMORY};
    if (!memory.bytes)
        abort();
    plan->proof = workflow_map_prove(plan->map, &memory, plan->gaps, MIGRATION_GAPS_MAX);
    free(memory.bytes);
}

/* An extension is one when it is proved to be: every configuration is what it was. */
bool migration_plan_make(struct migration_plan *ret, const struct call *call, const struct workflow_source *from,
                         const struct workflow_source *to, const char *map)
{
    *ret = (struct migration_plan){.from = from->workflow, .to = to->workflow, .json = map ? map : "{}"};
    ret->change = map ? WORKFLOW_CHANGE_STRUCTURE : workflow_compare(from, to, NULL, 0, NULL);
    if (!read_map(ret, call))
        return false;
    prove(ret);
    if (ret->change == WORKFLOW_CHANGE_STRUCTURE || (ret->proof.same_regions && ret->proof.n_gaps == 0))
        return true;
    ret->change = WORKFLOW_CHANGE_STRUCTURE;
    return read_map(ret, call);
}

/* ---- gaps ---- */

static const char *state_label(const struct call *call, const struct workflow *wf, int state)
{
    const struct workflow_state_info *info = state < 0 ? NULL : workflow_state(wf, (unsigned)state);
    return info ? info->label.in[call->language] : "";
}

const char *migration_gap_tell(const struct call *call, const struct migration_plan *plan,
                               const struct workflow_gap *gap)
{
    static const enum text_key texts[WORKFLOW_OBSTACLES] = {
        [WORKFLOW_OBSTACLE_NONE] = TEXT_WORKFLOW_GAP_FAULT,
        [WORKFLOW_OBSTACLE_ENDED] = TEXT_WORKFLOW_GAP_FAULT,
        [WORKFLOW_OBSTACLE_STATE] = TEXT_WORKFLOW_GAP_STATE,
        [WORKFLOW_OBSTACLE_CLASH] = TEXT_WORKFLOW_GAP_CLASH,
        [WORKFLOW_OBSTACLE_HISTORY] = TEXT_WORKFLOW_GAP_HISTORY,
        [WORKFLOW_OBSTACLE_MEMBER] = TEXT_WORKFLOW_GAP_MEMBER,
        [WORKFLOW_OBSTACLE_EFFECT] = TEXT_WORKFLOW_GAP_EFFECT,
        [WORKFLOW_OBSTACLE_FAULT] = TEXT_WORKFLOW_GAP_FAULT,
        [WORKFLOW_OBSTACLE_UNREACHABLE] = TEXT_WORKFLOW_GAP_UNREACHABLE,
        [WORKFLOW_OBSTACLE_NO_END] = TEXT_WORKFLOW_GAP_NO_END,
        [WORKFLOW_OBSTACLE_WAITS] = TEXT_WORKFLOW_GAP_WAITS,
        [WORKFLOW_OBSTACLE_TOO_LARGE] = TEXT_WORKFLOW_FINDING_TOO_LARGE,
    };
    const char *here = state_label(call, plan->from, (int)workflow_principal(plan->from, &gap->configuration));
    const char *from = gap->obstacle.state >= 0 ? state_label(call, plan->from, gap->obstacle.state) : here;
    bool is_state = gap->obstacle.kind != WORKFLOW_OBSTACLE_EFFECT;
    const char *to = is_state ? state_label(call, plan->to, gap->obstacle.other) : "";
    char *ret = arena_alloc(call->arena, 600);
    return text_format(ret, 600, call->language, texts[gap->obstacle.kind], (const char *const[]){from, to, NULL});
}

static void configuration_write(struct json_out *out, const char *name, const struct workflow *wf,
                                const struct workflow_states *states)
{
    json_out_name(out, name);
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_state_count(wf); i++)
        if (states->word[i / 64] >> (i % 64) & 1)
            json_out_text(out, workflow_state(wf, i)->path);
    json_out_array_end(out);
}

void migration_gaps_write(struct json_out *out, const struct call *call, const struct migration_plan *plan)
{
    size_t n = plan->proof.n_gaps < MIGRATION_GAPS_MAX ? plan->proof.n_gaps : MIGRATION_GAPS_MAX;
    json_out_name(out, "gaps");
    json_out_array_begin(out);
    for (size_t i = 0; i < n; i++) {
        const struct workflow_gap *gap = &plan->gaps[i];
        json_out_object_begin(out);
        json_out_member_text(out, "code", workflow_obstacle_key(gap->obstacle.kind));
        json_out_member_text(out, "detail", migration_gap_tell(call, plan, gap));
        configuration_write(out, "configuration", plan->from, &gap->configuration);
        configuration_write(out, "image", plan->to, &gap->image);
        json_out_name(out, "way");
        definition_way_write(out, call, plan->from, gap->way, gap->n_way);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}
