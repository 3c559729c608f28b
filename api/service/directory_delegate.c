/* Who acts for whom today. */
#include <string.h>

#include "service/directory.h"
#include "workflow/assignment.h"

struct moment {
    const struct directory *dir;
    int64_t at_us;
};

static bool is_there(const void *context, int64_t agent_id)
{
    const struct moment *moment = context;
    const struct directory_agent *agent = directory_agent_by_id(moment->dir, agent_id);
    return agent != NULL && agent->active && !directory_agent_absent(agent, moment->at_us);
}

/* That of the absence, if it names one. */
static int64_t delegate_on(const struct directory_agent *agent, int64_t day)
{
    for (size_t i = 0; i < agent->n_absences; i++)
        if (day >= agent->absent_from[i] && day <= agent->absent_to[i] && agent->absent_delegate[i] != 0)
            return agent->absent_delegate[i];
    for (size_t i = 0; i < agent->n_delegates; i++)
        if (day >= agent->delegate_from[i] && day <= agent->delegate_to[i])
            return agent->delegate[i];
    return 0;
}

const struct directory_agent *directory_agent_delegate(const struct directory *dir, const struct directory_agent *agent,
                                                       int64_t at_us, struct arena *arena)
{
    struct workflow_delegation *list = arena_alloc(arena, (dir->n_agents + 1) * sizeof *list);
    const struct moment moment = {dir, at_us};
    const int64_t day = directory_day(at_us);
    int64_t found;
    size_t n = 0;
    for (size_t i = 0; i < dir->n_agents; i++) {
        int64_t delegate = delegate_on(&dir->agents[i], day);
        if (delegate != 0)
            list[n++] = (struct workflow_delegation){dir->agents[i].id, delegate};
    }
    return workflow_delegate_find(list, n, agent->id, is_there, &moment, &found) ? directory_agent_by_id(dir, found)
                                                                                 : NULL;
}

bool directory_agent_conflicts(const struct directory_agent *agent, const struct directory_body *body)
{
    for (size_t i = 0; i < agent->n_conflicts; i++)
        if (strcmp(agent->conflicts[i].text, body->code) == 0)
            return true;
    return false;
}
