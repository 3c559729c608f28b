#include "service/attendance.h"

#include <string.h>

#include "service/request_rules.h"
#include "workflow/procedure.h"

enum { STAFF_ROLE, STAFF_UNIT, STAFF_COUNT };

struct look {
    const struct call *call;
    const struct rows *staff;
    struct attendance_gap *gaps;
    size_t n;
};

/* Roles that some transition names: the others stand in nobody's way. */
static uint32_t roles_needed(const struct workflow *wf)
{
    struct workflow_transition_info transition;
    uint32_t roles = 0;
    for (unsigned i = 0; workflow_transition_info(wf, i, &transition); i++)
        roles |= transition.roles;
    return roles;
}

static bool covers_comarca(const struct directory_agent *agent, const struct directory_comarca *comarca)
{
    for (size_t i = 0; i < agent->n_comarques; i++)
        if (agent->comarques[i] == comarca)
            return true;
    for (size_t i = 0; i < agent->n_bodies; i++)
        if (agent->bodies[i]->comarca == comarca)
            return true;
    return false;
}

static bool is_attended(const struct call *call, const struct directory_comarca *comarca)
{
    for (size_t i = 0; i < call->directory->n_agents; i++) {
        const struct directory_agent *agent = &call->directory->agents[i];
        if (agent->active && covers_comarca(agent, comarca) &&
            (!directory_agent_absent(agent, call->now) ||
             directory_agent_delegate(call->directory, agent, call->now, call->arena)))
            return true;
    }
    return false;
}

static bool has_staff(const struct look *look, const char *role, int64_t unit_id)
{
    for (size_t i = 0; i < rows_count(look->staff); i++)
        if (strcmp(rows_text(look->staff, i, STAFF_ROLE), role) == 0 &&
            (unit_id == 0 || rows_number(look->staff, i, STAFF_UNIT) == unit_id))
            return true;
    return false;
}

static void add(struct look *look, struct attendance_gap gap)
{
    for (size_t i = 0; i < look->n; i++)
        if (look->gaps[i].role == gap.role && look->gaps[i].comarca == gap.comarca && look->gaps[i].unit == gap.unit)
            return;
    look->gaps[look->n++] = gap;
}

static void look_at_comarques(struct look *look, const struct workflow_role_info *role)
{
    const struct directory *dir = look->call->directory;
    for (size_t i = 0; i < dir->n_comarques; i++)
        if (dir->comarques[i].municipalities > 0 && !is_attended(look->call, &dir->comarques[i]))
            add(look, (struct attendance_gap){.role = role, .comarca = &dir->comarques[i]});
}

/* Each unit whose services run by the procedure. */
static void look_at_units(struct look *look, const struct workflow_role_info *role, const char *key, const char *word)
{
    const struct directory *dir = look->call->directory;
    for (size_t i = 0; i < dir->n_services; i++) {
        const struct directory_service *service = &dir->services[i];
        if (service->active && strcmp(service->workflow->key, key) == 0 && !has_staff(look, word, service->unit->id))
            add(look, (struct attendance_gap){.role = role, .unit = service->unit});
    }
}

static void look_at_role(struct look *look, const struct workflow_role_info *role, const char *key)
{
    const char *word = role_name(request_team_role(role->team));
    if (role->from != WORKFLOW_ROLE_FROM_TEAM || request_team_role(role->team) == ROLE_NONE)
        return;
    if (role->scope == WORKFLOW_ROLE_SCOPE_COMARCA)
        look_at_comarques(look, role);
    else if (role->scope == WORKFLOW_ROLE_SCOPE_SERVICE)
        look_at_units(look, role, key, word);
    else if (!has_staff(look, word, 0))
        add(look, (struct attendance_gap){.role = role});
}

bool attendance_find(const struct call *call, struct tx *tx, const char *key, const struct workflow *wf,
                     const struct attendance_gap **ret_gaps, size_t *ret_n)
{
    const struct directory *dir = call->directory;
    size_t most = workflow_role_count(wf) * (dir->n_comarques + dir->n_units + 1);
    struct look look = {.call = call, .gaps = arena_alloc(call->arena, (most + 1) * sizeof *look.gaps)};
    uint32_t needed = roles_needed(wf);
    tx_run(tx, QUERY_WORKFLOW_STAFF, &look.staff, param_time(call->now));
    if (!tx_flush(tx))
        return false;
    for (unsigned i = 0; i < workflow_role_count(wf); i++)
        if (needed >> i & 1)
            look_at_role(&look, workflow_role(wf, i), key);
    *ret_gaps = look.gaps;
    *ret_n = look.n;
    return true;
}

const char *attendance_tell(const struct call *call, const struct attendance_gap *gap)
{
    char *ret = arena_alloc(call->arena, 400);
    const char *where = gap->comarca ? gap->comarca->name
                        : gap->unit  ? gap->unit->name.in[call->language]
                                     : text(call->language, TEXT_UNATTENDED_ANYWHERE);
    return text_format(ret, 400, call->language, TEXT_UNATTENDED,
                       (const char *const[]){gap->role->label.in[call->language], where, NULL});
}
