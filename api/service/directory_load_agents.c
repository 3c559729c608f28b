/* Territorial agents: who they are, what they cover and know, when they are away and who acts for them. */
#include "service/directory_load.h"

#include <string.h>

/* The rows of one agent stand together, since both tables are ordered by agent: from load->row on, how many. */
static size_t run_length(const struct load *load, size_t n)
{
    int64_t agent_id = rows_number(load->rows, load->row, 0);
    size_t end = load->row;
    while (end < n && rows_number(load->rows, end, 0) == agent_id)
        end++;
    return end - load->row;
}

static struct directory_agent *agent_of_row(struct load *load)
{
    size_t place = id_index_find(&load->snapshot->index.agents, cell_number(load, 0));
    return place == ID_INDEX_NONE ? NULL : (struct directory_agent *)&load->dir->agents[place];
}

static bool portfolio_add(struct load *load, struct directory_agent *agent)
{
    const char *comarca_code = cell_peek(load, 1);
    int64_t body_id = cell_number(load, 2);
    if (comarca_code != NULL) {
        const struct directory_comarca *comarca = directory_comarca_find(load->dir, comarca_code);
        if (comarca == NULL)
            return load_inconsistent(load, "portfolio.comarca_code", comarca_code);
        agent->comarques[agent->n_comarques++] = comarca;
        return true;
    }
    const struct directory_body *body = directory_body_by_id(load->dir, body_id);
    if (body == NULL)
        return load_inconsistent(load, "portfolio.body_id", agent->login);
    agent->bodies[agent->n_bodies++] = body;
    return true;
}

static bool load_portfolios(struct load *load)
{
    size_t n;
    /* One allotment serves all agents: there are as many comarques and bodies together as rows. */
    const void **entries = table_begin(load, LOAD_PORTFOLIOS, 2 * sizeof *entries, &n);
    for (load->row = 0; load->row < n;) {
        size_t length = run_length(load, n);
        struct directory_agent *agent = agent_of_row(load);
        if (agent == NULL)
            return load_inconsistent(load, "portfolio.agent_id", NULL);
        agent->comarques = (const struct directory_comarca **)entries;
        agent->bodies = (const struct directory_body **)(entries + length);
        entries += 2 * length;
        for (size_t end = load->row + length; load->row < end; load->row++)
            if (!portfolio_add(load, agent))
                return false;
    }
    return true;
}

static bool load_absences(struct load *load)
{
    size_t n;
    int64_t *days = table_begin(load, LOAD_ABSENCES, 3 * sizeof *days, &n);
    for (load->row = 0; load->row < n;) {
        size_t length = run_length(load, n);
        struct directory_agent *agent = agent_of_row(load);
        if (agent == NULL)
            return load_inconsistent(load, "absence.agent_id", NULL);
        agent->n_absences = length;
        agent->absent_from = days;
        agent->absent_to = days + length;
        agent->absent_delegate = days + 2 * length;
        for (size_t i = 0; i < length; i++, load->row++)
            for (int column = 0; column < 3; column++)
                days[column * (int)length + (int)i] = cell_number(load, column + 1);
        days += 3 * length;
    }
    return true;
}

static bool load_delegations(struct load *load)
{
    size_t n;
    int64_t *days = table_begin(load, LOAD_DELEGATIONS, 3 * sizeof *days, &n);
    for (load->row = 0; load->row < n;) {
        size_t length = run_length(load, n);
        struct directory_agent *agent = agent_of_row(load);
        if (agent == NULL)
            return load_inconsistent(load, "delegation.agent_id", NULL);
        agent->n_delegates = length;
        agent->delegate_from = days;
        agent->delegate_to = days + length;
        agent->delegate = days + 2 * length;
        for (size_t i = 0; i < length; i++, load->row++)
            for (int column = 0; column < 3; column++)
                days[column * (int)length + (int)i] = cell_number(load, column + 1);
        days += 3 * length;
    }
    return true;
}

/* Two tables of the same form: an agent, and a text that expressions compare. */
static bool load_texts(struct load *load, enum load_table table)
{
    size_t n;
    struct workflow_value *texts = table_begin(load, table, sizeof *texts, &n);
    for (load->row = 0; load->row < n;) {
        size_t length = run_length(load, n);
        struct directory_agent *agent = agent_of_row(load);
        if (agent == NULL)
            return load_inconsistent(load, "agent_skill.agent_id", NULL);
        *(table == LOAD_SKILLS ? &agent->skills : &agent->conflicts) = texts;
        *(table == LOAD_SKILLS ? &agent->n_skills : &agent->n_conflicts) = length;
        for (size_t end = load->row + length; load->row < end; load->row++) {
            const char *text = cell_text(load, 1);
            *texts++ = workflow_value_string(text, strlen(text));
        }
    }
    return true;
}

bool load_agents(struct load *load)
{
    size_t n;
    struct directory_agent *rows = table_begin(load, LOAD_AGENTS, sizeof *rows, &n);
    load->snapshot->index.agents = id_index_new(load->arena, n);
    for (load->row = 0; load->row < n; load->row++) {
        struct directory_agent *row = &rows[load->row];
        *row = (struct directory_agent){
            .id = cell_number(load, 0),
            .user_id = cell_number(load, 1),
            .login = cell_text(load, 2),
            .name = cell_text(load, 3),
            .unit = directory_unit_by_id(load->dir, cell_number(load, 4)),
            .capacity = cell_number(load, 5),
            .active = cell_bool(load, 6),
        };
        if (row->unit == NULL)
            return load_inconsistent(load, "agent.unit_id", row->login);
        id_index_add(&load->snapshot->index.agents, row->id, load->row);
    }
    load->dir->agents = rows;
    load->dir->n_agents = n;
    return load_portfolios(load) && load_absences(load) && load_delegations(load) && load_texts(load, LOAD_SKILLS) &&
           load_texts(load, LOAD_CONFLICTS);
}
