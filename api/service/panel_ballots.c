/* Ballots, as the provider's people see them: who votes, who has voted what, who keeps out. */
#include <inttypes.h>
#include <string.h>

#include "service/panel.h"
#include "service/request_step.h"
#include "service/request_verdict.h"

enum { CAST_ACTOR, CAST_LOGIN, CAST_AT, CAST_COMMENT };

/* What the pages of one vote are made of. */
struct session {
    const struct call *call;
    const struct request_change *change;
    unsigned number;
    struct workflow_vote_info vote;
    bool open;
    const json_t *voters;
    const struct rows *casts;
};

static const char *choice_key(enum workflow_choice choice)
{
    static const char *const keys[] = {NULL, "yes", "no", "abstain", "close"};
    return keys[choice];
}

static const struct workflow_ballot *ballot_of(const struct session *session, int64_t voter)
{
    const struct workflow_instance *instance = &session->change->stand.instance;
    for (unsigned i = 0; i < instance->n_ballots; i++)
        if (instance->ballots[i].vote == session->number && instance->ballots[i].voter == voter)
            return &instance->ballots[i];
    return NULL;
}

/* The row that tells of a person's last ballot; rows_count() without one. */
static size_t cast_of(const struct session *session, int64_t voter)
{
    const char *principal = arena_printf(session->call->arena, "user:%" PRId64, voter);
    size_t found = rows_count(session->casts);
    for (size_t row = 0; row < rows_count(session->casts); row++)
        if (strcmp(rows_text(session->casts, row, CAST_ACTOR), principal) == 0)
            found = row;
    return found;
}

static bool is_recused(const struct session *session, int64_t voter)
{
    const struct workflow *wf = session->change->definition->workflow;
    struct workflow_world world = request_step_world(session->change, session->call, UINT32_MAX, UINT64_MAX);
    const struct request_deed deed = {.event = workflow_event_key(wf, session->vote.event), .choice = WORKFLOW_YES};
    world.actor = voter;
    return (request_verdict_deed(wf, &session->change->stand, &deed, &world, session->call->arena).reasons.why &
            WORKFLOW_REASON_RECUSED) != 0;
}

static void ballot_member(struct json_out *out, const struct session *session, const struct workflow_ballot *ballot)
{
    json_out_name(out, "ballot");
    if (!ballot) {
        json_out_null(out);
        return;
    }
    const size_t row = cast_of(session, ballot->voter);
    const bool told = row < rows_count(session->casts);
    json_out_object_begin(out);
    json_out_member_text(out, "choice", choice_key((enum workflow_choice)ballot->choice));
    json_out_name(out, "score");
    if (ballot->scored)
        json_out_number(out, ballot->score);
    else
        json_out_null(out);
    json_out_member_text(out, "comment", told ? rows_text(session->casts, row, CAST_COMMENT) : NULL);
    json_out_member_time(out, "at", told ? rows_time(session->casts, row, CAST_AT) : 0);
    json_out_object_end(out);
}

static void voter_view(struct json_out *out, const struct session *session, int64_t id, const char *login, bool chair,
                       bool substitute)
{
    const struct workflow_ballot *ballot = ballot_of(session, id);
    json_out_object_begin(out);
    json_out_member_text(out, "login", login);
    json_out_member_bool(out, "chair", chair);
    json_out_member_bool(out, "substitute", substitute);
    json_out_member_bool(out, "recused", session->open && !ballot && is_recused(session, id));
    ballot_member(out, session, ballot);
    json_out_object_end(out);
}

static bool votes_now(const struct session *session, int64_t id)
{
    for (size_t i = 0; i < json_array_size(session->voters); i++)
        if (json_integer_value(json_object_get(json_array_get(session->voters, i), "id")) == id)
            return true;
    return false;
}

/* Those who may vote while it goes on; then those who have. */
static void voters_member(struct json_out *out, const struct session *session)
{
    const struct workflow_instance *instance = &session->change->stand.instance;
    json_out_name(out, "voters");
    json_out_array_begin(out);
    for (size_t i = 0; session->open && i < json_array_size(session->voters); i++) {
        const json_t *voter = json_array_get(session->voters, i);
        voter_view(out, session, json_integer_value(json_object_get(voter, "id")),
                   json_string_value(json_object_get(voter, "login")), json_is_true(json_object_get(voter, "chair")),
                   json_is_true(json_object_get(voter, "substitute")));
    }
    for (unsigned i = 0; i < instance->n_ballots; i++) {
        const struct workflow_ballot *ballot = &instance->ballots[i];
        const size_t row = cast_of(session, ballot->voter);
        if (ballot->vote == session->number && !(session->open && votes_now(session, ballot->voter)))
            voter_view(out, session, ballot->voter,
                       row < rows_count(session->casts) ? rows_text(session->casts, row, CAST_LOGIN) : NULL,
                       ballot->chair, false);
    }
    json_out_array_end(out);
}

static void tally_member(struct json_out *out, const struct session *session)
{
    const struct workflow_instance *instance = &session->change->stand.instance;
    int64_t counts[WORKFLOW_CLOSE] = {0}, scored = 0, scores = 0;
    for (unsigned i = 0; i < instance->n_ballots; i++) {
        const struct workflow_ballot *ballot = &instance->ballots[i];
        if (ballot->vote != session->number)
            continue;
        counts[ballot->choice]++;
        scored += ballot->scored;
        scores += ballot->score;
    }
    json_out_name(out, "tally");
    json_out_object_begin(out);
    json_out_member_number(out, "yes", counts[WORKFLOW_YES]);
    json_out_member_number(out, "no", counts[WORKFLOW_NO]);
    json_out_member_number(out, "abstained", counts[WORKFLOW_ABSTAIN]);
    json_out_name(out, "score");
    if (scored)
        json_out_number(out, scores / scored);
    else
        json_out_null(out);
    json_out_object_end(out);
}

static void session_view(struct json_out *out, const struct session *session)
{
    static const char *const rules[] = {"majority", "two_thirds", "unanimous"};
    const struct call *call = session->call;
    const struct workflow *wf = session->change->definition->workflow;
    const struct workflow_panel_info *rule = workflow_panel_info(wf, session->vote.panel);
    const struct workflow_state_info *state = workflow_state(wf, session->vote.state);
    const struct directory_panel *panel =
        panel_of_role(call->directory, workflow_role(wf, rule->members), session->change->before.unit_id);
    json_out_object_begin(out);
    json_out_member_text(out, "event", workflow_event_key(wf, session->vote.event));
    json_out_member_text(out, "label", session->vote.label.in[call->language]);
    json_out_member_text(out, "state", state->key);
    json_out_member_text(out, "state_label", state->label.in[call->language]);
    json_out_member_text(out, "panel", panel ? panel->code : NULL);
    json_out_member_text(out, "panel_name", panel ? panel->name.in[call->language] : NULL);
    json_out_member_number(out, "quorum", rule->quorum);
    json_out_member_text(out, "approve", rules[rule->approve]);
    json_out_member_bool(out, "chair_breaks_tie", rule->chair_breaks_tie);
    json_out_member_bool(out, "open", session->open);
    voters_member(out, session);
    tally_member(out, session);
    json_out_object_end(out);
}

static bool has_ballots(const struct workflow_instance *instance, unsigned vote)
{
    for (unsigned i = 0; i < instance->n_ballots; i++)
        if (instance->ballots[i].vote == vote)
            return true;
    return false;
}

static bool read_casts(const struct call *call, const struct request *request, const struct rows **ret_rows)
{
    tx_auto struct tx tx = {0};
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_BALLOT_EVENTS, ret_rows, param_number(request->id));
    return tx_flush(&tx);
}

bool panel_ballots(const struct call *call, const char *ref, struct json_out *out)
{
    struct request_change change = {0};
    struct session session = {.call = call, .change = &change};
    if (!request_find(call, ref, &change.before) || !request_change_prepare(&change, call) ||
        !read_casts(call, &change.before, &session.casts))
        return false;
    const struct workflow *wf = change.definition->workflow;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", change.before.ref);
    json_out_member_number(out, "version", change.before.version);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (unsigned i = 0; change.stand.placed && i < workflow_vote_count(wf); i++) {
        session.number = i;
        (void)workflow_vote_info(wf, i, &session.vote);
        session.open = workflow_vote_of(wf, &change.stand.instance, session.vote.event) == (int)i;
        change.voters = session.voters = panel_voters(&change, i, call);
        if (session.open || has_ballots(&change.stand.instance, i))
            session_view(out, &session);
    }
    json_out_array_end(out);
    json_out_object_end(out);
    return true;
}
