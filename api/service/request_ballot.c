#include "service/request_ballot.h"

#include <stdlib.h>
#include <string.h>

#include "service/panel.h"

enum workflow_choice request_ballot_choice(const char *word)
{
    static const char *const words[] = {"", "yes", "no", "abstain", "close"};
    enum { WORDS = sizeof words / sizeof *words };
    for (int i = 1; word && i < WORDS; i++)
        if (strcmp(words[i], word) == 0)
            return (enum workflow_choice)i;
    return WORKFLOW_CHOICE_NONE;
}

/* Who could vote is told with every ballot: nothing else says it years later, and by that the vote was over or not. */
static const char *voted_event(const struct request_change *change, const struct request_step *step,
                               const struct transition_input *input, const struct call *call)
{
    struct json_out out = json_out_new(call->arena, 1024);
    char *voters = json_dumps(change->voters, JSON_COMPACT);
    json_out_object_begin(&out);
    json_out_member_text(&out, "event", input->event);
    json_out_member_text(&out, "from", change->before.state);
    json_out_member_text(&out, "to", workflow_state(change->definition->workflow, step->verdict.to)->key);
    if (input->comment)
        json_out_member_text(&out, "comment", input->comment);
    json_out_name(&out, "data");
    json_out_object_begin(&out);
    json_out_member_text(&out, "choice", input->choice);
    if (input->scored)
        json_out_member_number(&out, "score", input->score);
    json_out_object_end(&out);
    json_out_member_raw(&out, "voters", voters ? arena_strdup(call->arena, voters) : "[]");
    json_out_object_end(&out);
    free(voters);
    return json_out_finish(&out, NULL);
}

/* Nothing followed that anybody but the panel could see. */
static bool is_silent(const struct workflow_out *out)
{
    return out->decided < 0 && out->n_path + out->n_effects + out->n_clocks + out->n_timers == 0 && out->set == 0;
}

static bool keep_silent(struct request_change *change, struct tx *tx, const struct call *call,
                        const struct idempotency *key, struct reply *ret)
{
    request_reply(call, &change->before, 200, ret);
    idempotency_keep(key, tx, call, ret);
    return tx_commit(tx);
}

bool request_ballot_commit(struct request_change *change, struct request_step *step,
                           const struct transition_input *input, int64_t seq, struct tx *tx, const struct call *call,
                           const struct idempotency *key, struct reply *ret)
{
    const struct workflow *wf = change->definition->workflow;
    const struct workflow_out *out = step->verdict.out;
    const bool silent = is_silent(out);
    const char *event = voted_event(change, step, input, call);
    request_step_apply(change, step, call);
    tx_run(tx, QUERY_REQUEST_VOTE, NULL, param_number(change->before.id), param_number(seq),
           param_text(silent ? change->follow.engine : NULL), param_text(call->actor->principal),
           param_text(call->actor->login), param_time(call->now), param_text(event));
    if (silent)
        return keep_silent(change, tx, call, key, ret);
    step->event = out->decided >= 0 ? workflow_event_key(wf, (unsigned)out->decided) : input->event;
    step->comment = NULL;
    step->follows = true;
    change->is_nobodys = true;
    if (!request_step_effects(change, step, tx, call))
        return false;
    request_step_event(change, step, call);
    return request_change_commit(change, tx, call, key, ret);
}
