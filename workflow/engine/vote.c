/* Votes: ballots until everybody has voted, the chair closes or the time is over; then what the panel's rule says. */
#include <string.h>

#include "workflow/engine/run.h"

/* The place of the environment of `recuse` (definition/expressions.c): member, then ticket. */
enum { RECUSE_MEMBER, RECUSE_TICKET, RECUSE_ROOTS };

void vote_enter(struct run *run, unsigned state, bool resumed)
{
    struct workflow_instance *now = run->now;
    unsigned kept = 0;

    for (unsigned i = 0; i < now->n_ballots; i++)
        if (now->ballots[i].vote != run->wf->states[state].vote || resumed)
            now->ballots[kept++] = now->ballots[i];
    now->n_ballots = (uint8_t)kept;
}

int vote_of(const struct workflow *wf, const struct workflow_states *configuration, unsigned event)
{
    int vote = wf->events[event].vote;

    return vote >= 0 && states_has(configuration, wf->votes[vote].state) ? vote : MACHINE_NONE;
}

static const struct workflow_voter *voter_find(const struct run *run, int64_t actor)
{
    for (size_t i = 0; i < run->world->n_voters; i++)
        if (run->world->voters[i].actor == actor)
            return &run->world->voters[i];
    return NULL;
}

static const struct workflow_ballot *ballot_of(const struct run *run, unsigned vote, int64_t actor)
{
    for (unsigned i = 0; i < run->now->n_ballots; i++)
        if (run->now->ballots[i].vote == vote && run->now->ballots[i].voter == actor)
            return &run->now->ballots[i];
    return NULL;
}

/* Whoever cannot be shown to be free of conflict stays out. */
static bool is_recused(struct run *run, unsigned vote, const struct workflow_voter *voter)
{
    const struct machine_panel *panel = &run->wf->panels[run->wf->votes[vote].panel];
    struct workflow_value roots[RECUSE_ROOTS], value;
    struct workflow_bindings bindings = {.roots = roots, .n_roots = RECUSE_ROOTS, .scratch = run->world->scratch};

    if (panel->recuse < 0)
        return false;
    roots[RECUSE_MEMBER] = voter->facts;
    roots[RECUSE_TICKET] = run->world->ticket;
    value = workflow_expression_evaluate(run->wf->expressions[panel->recuse], &bindings);
    run_trace(run, (struct workflow_trace){.state = (uint8_t)run->wf->votes[vote].state,
                                           .kind = WORKFLOW_TRACE_RECUSE,
                                           .expression = panel->recuse,
                                           .value = value});
    return value.kind != WORKFLOW_KIND_BOOL || value.boolean;
}

static unsigned ballots_in(const struct run *run, unsigned vote)
{
    unsigned n = 0;

    for (unsigned i = 0; i < run->now->n_ballots; i++)
        n += run->now->ballots[i].vote == vote;
    return n;
}

void vote_judge(struct run *run, unsigned vote, const struct workflow_event *event, struct workflow_reasons *reasons)
{
    const struct workflow_panel_info *panel = &run->wf->panels[run->wf->votes[vote].panel].info;
    const struct workflow_voter *voter = voter_find(run, run->world->actor);

    reasons->roles_wanted |= 1u << panel->members;
    if (!(run->world->roles_held >> panel->members & 1))
        reasons->why |= WORKFLOW_REASON_ROLE;
    if (!voter) {
        reasons->why |= WORKFLOW_REASON_MEMBER;
        return;
    }
    if (is_recused(run, vote, voter))
        reasons->why |= WORKFLOW_REASON_RECUSED;
    if (event->choice == WORKFLOW_CLOSE) {
        if (!voter->chair || ballots_in(run, vote) < panel->quorum)
            reasons->why |= WORKFLOW_REASON_BALLOT;
        return;
    }
    if (event->choice < WORKFLOW_YES || event->choice > WORKFLOW_ABSTAIN)
        reasons->why |= WORKFLOW_REASON_BALLOT;
    if (ballot_of(run, vote, voter->actor))
        reasons->why |= WORKFLOW_REASON_VOTED;
}

static bool everybody_voted(struct run *run, unsigned vote)
{
    for (size_t i = 0; i < run->world->n_voters; i++) {
        const struct workflow_voter *voter = &run->world->voters[i];
        if (!ballot_of(run, vote, voter->actor) && !is_recused(run, vote, voter))
            return false;
    }
    return true;
}

void vote_cast(struct run *run, unsigned vote, const struct workflow_event *event)
{
    struct workflow_instance *now = run->now;
    const struct workflow_voter *voter = voter_find(run, run->world->actor);

    if (event->choice == WORKFLOW_CLOSE) {
        vote_close(run, vote);
        return;
    }
    if (now->n_ballots == WORKFLOW_BALLOTS_MAX) {
        run_fail(run, WORKFLOW_FAULT_TOO_MUCH);
        return;
    }
    now->ballots[now->n_ballots++] = (struct workflow_ballot){.voter = run->world->actor,
                                                              .vote = (uint8_t)vote,
                                                              .choice = (uint8_t)event->choice,
                                                              .chair = voter && voter->chair,
                                                              .scored = event->scored,
                                                              .score = event->scored ? event->score : 0};
    if (everybody_voted(run, vote))
        vote_close(run, vote);
}

struct count {
    unsigned cast, yes, no, abstained, scored;
    int64_t scores;
    uint8_t chair; /* what the chair chose */
};

static struct count count_ballots(const struct run *run, unsigned vote)
{
    struct count count = {0};

    for (unsigned i = 0; i < run->now->n_ballots; i++) {
        const struct workflow_ballot *ballot = &run->now->ballots[i];
        if (ballot->vote != vote)
            continue;
        count.cast++;
        count.yes += ballot->choice == WORKFLOW_YES;
        count.no += ballot->choice == WORKFLOW_NO;
        count.abstained += ballot->choice == WORKFLOW_ABSTAIN;
        count.scored += ballot->scored;
        count.scores += ballot->score;
        if (ballot->chair)
            count.chair = ballot->choice;
    }
    return count;
}

static bool is_passed(const struct workflow_panel_info *panel, const struct count *count)
{
    if (count->cast < panel->quorum || count->yes == 0)
        return false;
    switch (panel->approve) {
    case WORKFLOW_UNANIMOUS:
        return count->yes == count->cast;
    case WORKFLOW_TWO_THIRDS:
        return 3 * count->yes >= 2 * (count->yes + count->no);
    case WORKFLOW_MAJORITY:
        break;
    }
    if (count->yes == count->no)
        return panel->chair_breaks_tie && count->chair == WORKFLOW_YES;
    return count->yes > count->no;
}

static void tell(struct run *run, unsigned i, int64_t number)
{
    const char *name = workflow_tally_members[i].name;

    run->tally[2 * i] = workflow_value_string(name, strlen(name));
    run->tally[2 * i + 1] = workflow_value_int(number);
}

void vote_close(struct run *run, unsigned number)
{
    const struct machine_vote *vote = &run->wf->votes[number];
    struct count count = count_ballots(run, number);
    bool passed = is_passed(&run->wf->panels[vote->panel].info, &count);

    tell(run, 0, count.yes);
    tell(run, 1, count.no);
    tell(run, 2, count.abstained);
    tell(run, 3, count.scored ? count.scores / (int64_t)count.scored : 0);
    run->counted = passed ? vote->passed : vote->failed;
    run->out->decided = run->counted;
    if (run->counted >= 0)
        run_raise(run, false, (unsigned)run->counted);
}
