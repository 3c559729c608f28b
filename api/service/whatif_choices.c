/* Who would have had what: every choice is made twice in the order of time, by the policies of the one definition and
   of the other, each with the loads that were recorded when it began and that its own choices make. */
#include <stdlib.h>
#include <string.h>

#include "service/assign.h"
#include "service/whatif_internal.h"

/* A choice is made, or its request is closed. */
struct moment {
    int64_t at;
    uint32_t choice;
    bool ends;
};

struct worlds {
    struct whatif *whatif;
    struct whatif_load *loads[2];           /* by the place of the agent in the directory */
    const struct directory_agent **holders; /* of each choice, twice */
    int64_t *referents[2];                  /* agent ids, by body and area: who ended the last request */
    int64_t turns;
};

static int moment_compare(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->ends != b->ends)
        return a->ends ? -1 : 1;
    return (a->choice > b->choice) - (a->choice < b->choice);
}

static int64_t *referent_of(struct worlds *worlds, int world, const struct whatif_choice *choice)
{
    return whatif_referent(worlds->whatif->call->directory, worlds->referents[world], choice->body,
                           choice->service->area);
}

static struct whatif_load *load_of(struct worlds *worlds, int world, const struct directory_agent *agent)
{
    return &worlds->loads[world][agent - worlds->whatif->call->directory->agents];
}

/* What the directory cannot know of candidates: what they have taken on so far in this world. */
static void take_loads(struct worlds *worlds, int world, const struct whatif_choice *choice, struct assign_pool *pool)
{
    int64_t referent = *referent_of(worlds, world, choice);
    for (size_t i = 0; i < pool->count; i++) {
        const struct whatif_load *load = load_of(worlds, world, pool->agents[i]);
        pool->candidates[i].open_load = load->open;
        pool->candidates[i].weighted_load = load->hours;
        pool->candidates[i].last_assigned_us = load->last_us;
        pool->candidates[i].turn = load->turn;
        pool->candidates[i].previous_referent = pool->agents[i]->id == referent;
    }
}

static const struct directory_agent *decide(struct worlds *worlds, int world, const struct whatif_choice *choice,
                                            const struct directory_agent *held)
{
    struct arena *arena = worlds->whatif->request_arena;
    struct call call = *worlds->whatif->call;
    struct assign_pool pool;
    const char *policy = world == 0 ? choice->policy_before : choice->policy_after;
    if (!policy)
        return NULL;
    arena_reset(arena);
    call.arena = arena;
    call.now = choice->at;
    assign_pool_for(&pool, &call,
                    &(struct assign_question){
                        .workflow = world == 0 ? choice->workflow_before : choice->workflow_after,
                        .policy = policy,
                        .body = choice->body,
                        .service = choice->service,
                        .unit = choice->service->unit,
                        .holder_id = held ? held->id : 0,
                        .data = "{}",
                    });
    if (!pool.policy)
        return NULL;
    take_loads(worlds, world, choice, &pool);
    struct workflow_memory memory = {.size = WORKFLOW_DECISION_MEMORY(pool.count) + WORKFLOW_EXPRESSION_MEMORY / 16};
    memory.bytes = arena_take(arena, memory.size);
    const struct workflow_decision *decision =
        workflow_decide(pool.policy, &pool.subject, pool.candidates, pool.count, &memory);
    return decision && decision->n_fit > 0 ? pool.agents[decision->places[0].candidate] : NULL;
}

static void release(struct worlds *worlds, int world, uint32_t number)
{
    const struct whatif_choice *choice = &worlds->whatif->choices[number];
    const struct directory_agent **holder = &worlds->holders[2 * number + (unsigned)world];
    if (!*holder)
        return;
    struct whatif_load *load = load_of(worlds, world, *holder);
    load->open--;
    load->hours -= choice->hours;
    *holder = NULL;
}

/* Who has it from then on. What somebody passed on in fact is passed on where it was theirs. */
static const struct directory_agent *taken(struct worlds *worlds, int world, const struct whatif_choice *choice,
                                           const struct directory_agent *held)
{
    if (!choice->is_given)
        return decide(worlds, world, choice, held);
    return choice->giver && choice->giver != held ? held : choice->given;
}

static void choose(struct worlds *worlds, int world, uint32_t number)
{
    struct whatif_choice *choice = &worlds->whatif->choices[number];
    const struct directory_agent *held = NULL;
    if (number > 0 && worlds->whatif->choices[number - 1].request_id == choice->request_id) {
        held = worlds->holders[2 * (number - 1) + (unsigned)world];
        release(worlds, world, number - 1);
    }
    const struct directory_agent *agent = taken(worlds, world, choice, held);
    *(world == 0 ? &choice->before : &choice->after) = agent;
    worlds->holders[2 * number + (unsigned)world] = agent;
    if (!agent)
        return;
    struct whatif_load *load = load_of(worlds, world, agent);
    load->open++;
    load->chosen += !choice->is_given;
    load->hours += choice->hours;
    if (agent == held)
        return;
    load->last_us = choice->at;
    load->turn = ++worlds->turns;
}

static void live_through(struct worlds *worlds)
{
    const struct whatif *whatif = worlds->whatif;
    struct moment *moments = arena_alloc(whatif->call->arena, (2 * whatif->n_choices + 1) * sizeof *moments);
    size_t n = 0;
    for (uint32_t i = 0; i < whatif->n_choices; i++) {
        moments[n++] = (struct moment){whatif->choices[i].at, i, false};
        if (whatif->choices[i].ends)
            moments[n++] = (struct moment){whatif->choices[i].ends, i, true};
    }
    qsort(moments, n, sizeof *moments, moment_compare);
    for (size_t i = 0; i < n; i++)
        for (int world = 0; world < 2; world++) {
            const struct whatif_choice *choice = &whatif->choices[moments[i].choice];
            const struct directory_agent *holder = worlds->holders[2 * moments[i].choice + (unsigned)world];
            if (!moments[i].ends) {
                choose(worlds, world, moments[i].choice);
                continue;
            }
            if (holder)
                *referent_of(worlds, world, choice) = holder->id;
            release(worlds, world, moments[i].choice);
        }
}

/* ---- the report ---- */

static void choice_write(struct json_out *out, const struct whatif_choice *choice)
{
    json_out_object_begin(out);
    json_out_member_text(out, "ref", choice->ref);
    json_out_name(out, "at");
    json_out_time(out, choice->at);
    json_out_member_text(out, "recorded", choice->recorded);
    json_out_member_text(out, "before", choice->before ? choice->before->login : NULL);
    json_out_member_text(out, "after", choice->after ? choice->after->login : NULL);
    json_out_object_end(out);
}

static void agents_write(const struct worlds *worlds, struct json_out *out)
{
    const struct directory *dir = worlds->whatif->call->directory;
    json_out_name(out, "agents");
    json_out_array_begin(out);
    for (size_t i = 0; i < dir->n_agents; i++) {
        const struct whatif_load *before = &worlds->loads[0][i], *after = &worlds->loads[1][i];
        if (before->chosen == 0 && after->chosen == 0)
            continue;
        json_out_object_begin(out);
        json_out_member_text(out, "login", dir->agents[i].login);
        json_out_member_text(out, "name", dir->agents[i].name);
        json_out_member_number(out, "chosen_before", before->chosen);
        json_out_member_number(out, "chosen_after", after->chosen);
        json_out_member_number(out, "open_before", before->open);
        json_out_member_number(out, "open_after", after->open);
        json_out_member_number(out, "hours_before", before->hours);
        json_out_member_number(out, "hours_after", after->hours);
        json_out_member_number(out, "capacity", dir->agents[i].capacity);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static bool is_changed(const struct whatif_choice *choice)
{
    return !choice->is_given && choice->before != choice->after;
}

static void items_write(const struct whatif *whatif, size_t n_followed, struct json_out *out)
{
    int64_t chosen = 0, changed = 0;
    size_t told = 0;
    for (size_t i = 0; i < n_followed; i++) {
        chosen += !whatif->choices[i].is_given;
        changed += is_changed(&whatif->choices[i]);
    }
    json_out_member_number(out, "chosen", chosen);
    json_out_member_number(out, "changed", changed);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < n_followed && told < WHATIF_TOLD_MAX; i++)
        if (is_changed(&whatif->choices[i])) {
            choice_write(out, &whatif->choices[i]);
            told++;
        }
    json_out_array_end(out);
}

/* Both worlds begin with what was recorded. */
static bool worlds_begin(struct worlds *worlds)
{
    struct whatif *whatif = worlds->whatif;
    const struct directory *dir = whatif->call->directory;
    size_t n_loads = dir->n_agents + 1, n_referents = dir->n_bodies * dir->n_areas + 1;
    for (int world = 0; world < 2; world++) {
        worlds->loads[world] = arena_alloc(whatif->call->arena, n_loads * sizeof *worlds->loads[world]);
        worlds->referents[world] = arena_alloc(whatif->call->arena, n_referents * sizeof *worlds->referents[world]);
    }
    if (whatif->n_choices > 0 && !whatif_burdens_read(whatif, worlds->loads[0], worlds->referents[0], &worlds->turns))
        return false;
    memcpy(worlds->loads[1], worlds->loads[0], n_loads * sizeof *worlds->loads[1]);
    memcpy(worlds->referents[1], worlds->referents[0], n_referents * sizeof *worlds->referents[1]);
    worlds->holders = arena_alloc(whatif->call->arena, (2 * whatif->n_choices + 1) * sizeof(*worlds->holders));
    return true;
}

bool whatif_choices_write(struct whatif *whatif, struct json_out *out)
{
    struct worlds worlds = {.whatif = whatif};
    size_t n_followed = whatif->n_choices;
    if (!worlds_begin(&worlds))
        return false;
    live_through(&worlds);
    json_out_name(out, "assignments");
    json_out_object_begin(out);
    items_write(whatif, n_followed, out);
    agents_write(&worlds, out);
    json_out_object_end(out);
    return true;
}
