/* One step in progress: what its parts (select, run, judge, effects, timers, votes, members) share. */
#ifndef OAM_WORKFLOW_RUN_H
#define OAM_WORKFLOW_RUN_H

#include "workflow/engine/states.h"
#include "workflow/facts.h"
#include "workflow/machine.h"

/* What few steps need stays out of the functions that every step goes through: each of them would save and restore
 * registers for it. Worth a fifth of a step. */
#define RUN_RARE __attribute__((noinline, cold))

enum { RUN_QUEUE_MAX = 32, RUN_PICKS_MAX = 32 };

/* An event that the step raised itself. */
struct run_raised {
    bool done; /* number is the state that was completed; otherwise an event */
    uint16_t number;
};

/*
 * What decides in place of data, for whoever walks through all that may happen (verify/): guards answer what is given
 * here, question by question, and false beyond it; nothing is computed, and nobody is asked whether they may.
 */
struct run_choices {
    const uint64_t *total; /* transitions, by number, that are the last of a group of which one always holds */
    uint64_t *taken;       /* transitions that were taken are marked here */
    int forbidden;         /* an event that is not heard; MACHINE_NONE */
    uint32_t given;        /* answers */
    uint8_t n_given, asked;
    bool refused; /* since its group was asked: none held before */
};

struct run {
    const struct workflow *wf;
    struct run_choices *choices; /* NULL: data decide */
    const struct workflow_world *world;
    struct workflow_out *out;
    struct workflow_instance *now; /* &out->next */
    int64_t body;                  /* the member of an `each` it is about; 0: the request */
    bool judged;                   /* whether the actor is asked for roles, fields and the like */
    uint16_t restarted, extended;  /* clocks started, and extended, in this step */
    uint8_t queued, taken;
    struct run_raised queue[RUN_QUEUE_MAX];
    bool bound;
    int16_t counted;                                       /* the event of the vote that was counted; MACHINE_NONE */
    struct workflow_value tally[2 * WORKFLOW_TALLY_FACTS]; /* what it came to: `event` of that event */
    struct workflow_value event;                           /* `event` now */
    struct workflow_value roots[4 + WORKFLOW_CLOCKS_MAX];
    struct workflow_bindings bindings;
};

/* Transitions chosen together, in the order in which they are taken. */
struct run_picks {
    unsigned n;
    uint16_t transitions[RUN_PICKS_MAX];
};

/* ---- expressions (facts.c) ---- */

/* Evaluates an expression of the definition over data, event, ticket, now and clocks, and notes it in the trace. */
struct workflow_value run_evaluate(struct run *run, int expression, unsigned transition, unsigned state,
                                   enum workflow_trace_kind kind);
/* Makes `event` stand for something else from now on. */
void run_tell_event(struct run *run, struct workflow_value event);
/* Notes what was evaluated. */
void run_trace(struct run *run, struct workflow_trace trace);
/* Stops the step: nothing of it is to be carried out. */
void run_fail(struct run *run, enum workflow_fault_kind fault);
/* Writes a field for whoever reads data from now on. */
void run_set(struct run *run, unsigned field, struct workflow_value value);

/* ---- walking without data (abstract.c) ---- */

/* Something that may happen: an event or a timer by its number, or a vote that is over. */
struct run_abstract_event {
    enum { RUN_ABSTRACT_EVENT, RUN_ABSTRACT_TIMER, RUN_ABSTRACT_VOTE } kind;
    unsigned number;
    int64_t body; /* a member's; 0: the request's */
};

/* Takes one step (from the beginning where instance is NULL) as the choices have it, with 1 to 3 bodies taking part.
 * False when nothing happens. */
bool run_abstract(const struct workflow *wf, const struct workflow_instance *instance,
                  const struct run_abstract_event *event, unsigned n_bodies, struct run_choices *choices,
                  struct workflow_out *ret);
/* Makes the next combination of answers out of those of the last step; false when all were tried. */
bool run_choices_next(struct run_choices *choices);
/* Answers the guard of a transition. */
bool run_choose(struct run *run, unsigned transition);
/* Answers either way. */
bool run_choose_freely(struct run *run);

/* The parts of a step that it shares with those that data decide (step.c). */
void run_begin(struct run *run, const struct workflow *wf, const struct workflow_world *world,
               struct workflow_out *out);
void run_continue(struct run *run, const struct workflow_instance *instance, int64_t body);
enum workflow_rc run_start(struct run *run);
enum workflow_rc run_timer(struct run *run, unsigned timer, const struct workflow_instance *before);
enum workflow_rc run_named(struct run *run, const struct workflow_event *event, const struct workflow_instance *before);
enum workflow_rc run_finish(struct run *run, const struct workflow_instance *before);

/* ---- choice (select.c) ---- */

/* Chooses, of the transitions of one state for one thing, the first whose guard holds; -1 when none does. */
int select_first(struct run *run, struct machine_span transitions);
/* Choose what is taken: for an event, for a state that was completed, for nothing at all (`always`). */
void select_event(struct run *run, unsigned event, struct run_picks *ret);
void select_always(struct run *run, struct run_picks *ret);

/* ---- what an actor may (judge.c) ---- */

/* As workflow_step(); without `judged` nobody is asked whether they may (step.c). */
enum workflow_rc run_step(const struct workflow *wf, const struct workflow_instance *instance,
                          const struct workflow_event *event, const struct workflow_world *world,
                          struct workflow_out *ret, bool judged);

/* Adds to the reasons why a transition that was chosen may not be done by this actor with this data. */
void judge(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons);

/* ---- consequences ---- */

/* Does some effects (effects.c); `resumed` ones come back by a history. */
void effects_do(struct run *run, struct machine_span effects, unsigned state, bool resumed);
/* Asks for somebody to be assigned (the `assign` of a state). */
void effects_assign(struct run *run, unsigned effect, unsigned state);
/* Takes back, last first, what would otherwise stay done though the request came to nothing. */
void effects_undo(struct run *run, unsigned state);
void effects_set(struct run *run, unsigned transition);

/* Puts an event of our own behind those that wait. */
void run_raise(struct run *run, bool done, unsigned number);

/* Clocks that stand still in a configuration (clocks.c); what happens to one; and which of them stand still or go on
 * after a whole step. */
uint16_t clocks_paused(const struct workflow *wf, const struct workflow_states *configuration);
void clocks_change(struct run *run, unsigned clock, enum workflow_clock_kind kind);
/* Gives a clock more, unless it does not run. */
void clocks_extend(struct run *run, const struct workflow_effect_info *info, unsigned state);
/* Adds to the reasons why the clocks of a transition are not extended. */
void clocks_judge(struct run *run, const struct machine_transition *transition, struct workflow_reasons *reasons);
void clocks_settle(struct run *run, const struct workflow_instance *before);

/* Timers of a state that is entered or left (timers.c). */
void timers_arm(struct run *run, unsigned state, bool resumed);
void timers_cancel(struct run *run, unsigned state);
/* One of them, of run->body where it is a member's. */
void timer_arm(struct run *run, unsigned timer);
void timer_cancel(struct run *run, unsigned timer);

/* Exits, does and enters what the transitions say (microstep.c); then whatever follows by itself. */
void microstep(struct run *run, const struct run_picks *picks);
void run_to_rest(struct run *run);
/* Enters states, of which `resumed` come back by a history. */
void run_enter(struct run *run, struct workflow_states entered, struct workflow_states resumed);
/* Notes that a transition is taken. */
void run_mark_taken(const struct run *run, unsigned transition);

/* Tells that a state is complete: what is inside of it has come to its end. */
void run_complete(struct run *run, unsigned state);

/* Members of an `each` (each.c). */
void each_enter(struct run *run, unsigned state, bool resumed);
void each_leave(struct run *run, unsigned state);
/* Lets those in who take part by now, wherever an `each` is active. */
void each_admit(struct run *run);
bool each_is_joined(const struct run *run, unsigned state);
/* Finds the member of run->body whose state is in a template that knows the event; false when no active `each` does.
 * *ret_member is MACHINE_NONE when the body does not take part. */
bool each_find(const struct run *run, unsigned event, int *ret_member, struct machine_span *ret_transitions);
/* Takes a transition of a member. */
void each_follow(struct run *run, unsigned member, unsigned transition);
/* Finds the member of a body that has a timer armed, MACHINE_NONE when there is none; and fires that timer. */
int each_timer_find(const struct run *run, unsigned timer);
void each_fire(struct run *run, unsigned member, unsigned timer);

/* Votes (vote.c). */
void vote_enter(struct run *run, unsigned state, bool resumed);
/* Returns the vote that takes an event as a ballot now, MACHINE_NONE when there is none. */
int vote_of(const struct workflow *wf, const struct workflow_states *configuration, unsigned event);
void vote_judge(struct run *run, unsigned vote, const struct workflow_event *event, struct workflow_reasons *reasons);
void vote_cast(struct run *run, unsigned vote, const struct workflow_event *event);
/* Counts and raises what came of it. */
void vote_close(struct run *run, unsigned vote);

#endif
