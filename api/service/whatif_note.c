/* What is kept of a request that is followed, until everybody's choices are made again. */
#include "service/whatif_internal.h"

static const char *policy_of(const struct workflow_out *out)
{
    for (unsigned i = 0; out && i < out->n_effects; i++)
        if (out->effects[i].info->kind == WORKFLOW_EFFECT_ASSIGN)
            return out->effects[i].info->word;
    return NULL;
}

void whatif_note_choice(struct whatif *whatif, const struct workflow_out *before, const struct workflow_out *after,
                        const char *recorded)
{
    const char *policy = policy_of(before);
    struct whatif_choice *choice = &whatif->choices[whatif->n_choices];
    if (!policy || !whatif->service || whatif->n_choices == WHATIF_CHOICES_FOLLOWED)
        return;
    *choice = (struct whatif_choice){
        .request_id = whatif->id,
        .at = whatif->at,
        .body = whatif->body,
        .service = whatif->service,
        .hours = whatif->hours,
        .ref = arena_strdup(whatif->call->arena, whatif->ref),
        .recorded = recorded ? arena_strdup(whatif->call->arena, recorded) : NULL,
        .workflow_before = whatif->before->wf,
        .workflow_after = whatif->after->wf,
        .policy_before = policy,
        .policy_after = policy_of(after),
    };
    whatif->n_choices++;
}

/* Who was given it by somebody, not by a policy. What is no choice before it is nobody's concern here. */
void whatif_note_given(struct whatif *whatif, const char *given, const char *giver)
{
    const struct directory *dir = whatif->call->directory;
    struct whatif_choice *choice = &whatif->choices[whatif->n_choices];
    if (whatif->n_choices == 0 || whatif->n_choices == WHATIF_CHOICES_FOLLOWED || choice[-1].request_id != whatif->id)
        return;
    *choice = choice[-1];
    choice->at = whatif->at;
    choice->is_given = true;
    choice->given = given ? directory_agent_find(dir, given) : NULL;
    choice->giver = giver ? directory_agent_find(dir, giver) : NULL;
    whatif->n_choices++;
}

void whatif_forget_choices(struct whatif *whatif)
{
    while (whatif->n_choices > 0 && whatif->choices[whatif->n_choices - 1].request_id == whatif->id)
        whatif->n_choices--;
}
