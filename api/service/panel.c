/* Who votes. */
#include "service/panel.h"

#include <string.h>

#include "service/request_world.h"
#include "workflow/procedure.h"

const struct directory_panel *panel_of_role(const struct directory *dir, const struct workflow_role_info *role,
                                            int64_t unit_id)
{
    return directory_panel_of(dir, role->team, role->scope == WORKFLOW_ROLE_SCOPE_SERVICE ? unit_id : 0);
}

/* Somebody in a seat, as they are today. */
struct sitter {
    int64_t id;
    const char *login;
    bool for_another;
};

static bool is_there(const struct directory *dir, const char *login, int64_t at_us)
{
    const struct directory_agent *agent = directory_agent_find(dir, login);
    return !agent || !directory_agent_absent(agent, at_us);
}

/* Who is away is so by their seat or, of an agent, by an absence. */
static bool sits(const struct directory *dir, const struct directory_seat *seat, int64_t at_us, struct sitter *ret)
{
    const int64_t day = directory_day(at_us);
    const bool is_away = seat->is_away && day >= seat->away_from && day <= seat->away_to;
    *ret = (struct sitter){seat->user_id, seat->login, false};
    if (seat->active && !is_away && is_there(dir, seat->login, at_us))
        return true;
    *ret = (struct sitter){seat->substitute_id, seat->substitute, true};
    return seat->substitute && seat->substitute_active && is_there(dir, seat->substitute, at_us);
}

/* Whoever has a seat of their own, or sits for another already, does not vote twice. */
static bool sits_before(const struct directory *dir, const struct directory_panel *panel, size_t place, int64_t user_id,
                        int64_t at_us)
{
    struct sitter other;
    for (size_t i = 0; i < panel->n_seats; i++)
        if (i != place && sits(dir, &panel->seats[i], at_us, &other) && other.id == user_id &&
            (!other.for_another || i < place))
            return true;
    return false;
}

static bool votes(const struct directory *dir, const struct directory_panel *panel, size_t place, int64_t at_us,
                  struct sitter *ret)
{
    return sits(dir, &panel->seats[place], at_us, ret) &&
           !(ret->for_another && sits_before(dir, panel, place, ret->id, at_us));
}

bool panel_has_voter(const struct directory *dir, const struct directory_panel *panel, int64_t user_id, int64_t at_us)
{
    struct sitter sitter;
    for (size_t i = 0; panel && user_id && i < panel->n_seats; i++)
        if (votes(dir, panel, i, at_us, &sitter) && sitter.id == user_id)
            return true;
    return false;
}

static void release_json(void *json)
{
    json_decref(json);
}

/* Bodies that the person has an interest in: by the seat that is theirs, and, of an agent, by what is known of them. */
static json_t *conflicts_of(const struct directory *dir, const struct directory_seat *seat, const struct sitter *sitter)
{
    json_t *codes = json_array();
    const struct directory_agent *agent = directory_agent_find(dir, sitter->login);
    for (size_t i = 0; !sitter->for_another && i < seat->n_conflicts; i++)
        json_array_append_new(codes, json_string(seat->conflicts[i]->code));
    for (size_t i = 0; agent && i < agent->n_conflicts; i++)
        json_array_append_new(codes, json_stringn(agent->conflicts[i].text, agent->conflicts[i].n));
    return codes;
}

const json_t *panel_voters(const struct request_change *change, unsigned vote, const struct call *call)
{
    const struct workflow *wf = change->definition->workflow;
    struct workflow_vote_info info;
    json_t *voters = json_array();
    arena_attach(call->arena, release_json, voters);
    if (!workflow_vote_info(wf, vote, &info))
        return voters;
    const struct workflow_role_info *role = workflow_role(wf, workflow_panel_info(wf, info.panel)->members);
    const struct directory_panel *panel = panel_of_role(call->directory, role, change->before.unit_id);
    for (size_t i = 0; panel && i < panel->n_seats; i++) {
        const struct directory_seat *seat = &panel->seats[i];
        struct sitter sitter;
        if (!votes(call->directory, panel, i, call->now, &sitter))
            continue;
        json_t *voter = json_object();
        json_object_set_new(voter, "id", json_integer(sitter.id));
        json_object_set_new(voter, "login", json_string(sitter.login));
        json_object_set_new(voter, "chair", json_boolean(seat->chair));
        json_object_set_new(voter, "substitute", json_boolean(sitter.for_another));
        json_object_set_new(voter, "conflicts", conflicts_of(call->directory, seat, &sitter));
        json_array_append_new(voters, voter);
    }
    return voters;
}

const struct workflow_voter *panel_voters_of(const json_t *voters, struct arena *arena, size_t *ret_count)
{
    *ret_count = json_array_size(voters);
    struct workflow_voter *list = arena_alloc(arena, (*ret_count + 1) * sizeof *list);
    for (size_t i = 0; i < *ret_count; i++) {
        const json_t *voter = json_array_get(voters, i);
        list[i] = (struct workflow_voter){.actor = json_integer_value(json_object_get(voter, "id")),
                                          .chair = json_is_true(json_object_get(voter, "chair")),
                                          .facts = request_world_value(voter, arena)};
    }
    return list;
}
