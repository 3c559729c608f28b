/* What a state of each kind has to say, and must not; what it has from the one around it. */
#include "workflow/definition/reader.h"

#include "workflow/engine/states.h"

static void misplaced(struct reader *reader, unsigned number, const char *name, const char *why)
{
    const struct draft_state *said = &reader->draft->said[number];
    struct place here = {&said->place, name, 0};

    if (json_object_get(said->document, name))
        report_fault(reader->report, &here, "misplaced_member", "\"%s\": %s", name, why);
}

static void wanted(struct reader *reader, unsigned number, const char *name)
{
    const struct draft_state *said = &reader->draft->said[number];

    if (!json_object_get(said->document, name))
        report_fault(reader->report, &said->place, "missing_member", "\"%s\" is missing", name);
}

static void refuse(struct reader *reader, unsigned number, const char *const names[], size_t n, const char *why)
{
    for (size_t i = 0; i < n; i++)
        misplaced(reader, number, names[i], why);
}

static void check_final(struct reader *reader, unsigned number)
{
    static const char *const ways[] = {"on", "always", "on_done", "after", "states", "vote", "exit", "open_ended"};
    const struct machine_state *state = &reader->draft->states[number];
    const struct draft_state *said = &reader->draft->said[number];
    struct place phase = {&said->place, "phase", 0};

    refuse(reader, number, ways, COUNT_OF(ways), "a final state has no way out");
    misplaced(reader, number, "awaits", "nobody is waited for at the end");
    misplaced(reader, number, "assign", "nobody is assigned at the end");
    if (!state->info.is_final) {
        if (!said->in_each) /* how a member ended says whether its body takes part from then on */
            misplaced(reader, number, "outcome", "only where the whole ends there is one");
        return;
    }
    if (!json_object_get(said->document, "outcome"))
        report_fault(reader->report, &said->place, "missing_member", "A final state says its \"outcome\"");
    if (said->has_phase && state->info.phase != WORKFLOW_PHASE_END)
        report_fault(reader->report, &phase, "wrong_phase", "A final state is in phase \"end\"");
}

static void check_history(struct reader *reader, unsigned number)
{
    static const char *const nothing[] = {"phase", "outcome", "progress",   "awaits",  "assign", "initial",
                                          "pause", "entry",   "open_ended", "over",    "join",   "vote",
                                          "exit",  "always",  "on",         "on_done", "after",  "states"};
    const struct draft_state *said = &reader->draft->said[number];
    int parent = reader->draft->states[number].info.parent;
    unsigned place;

    refuse(reader, number, nothing, COUNT_OF(nothing), "nothing is ever in a history");
    wanted(reader, number, "default");
    if (parent < 0 || said->in_each)
        report_fault(reader->report, &said->place, "misplaced_state",
                     parent < 0 ? "A history is of the state that it is inside of"
                                : "A member of an \"each\" has no history");
    else if (list_take(reader, &said->place, &reader->wf->n_histories, WORKFLOW_HISTORIES_MAX, &place)) {
        reader->draft->histories[place] = (int16_t)number;
        reader->draft->states[number].history = (int16_t)place;
    }
}

static void check_regions(struct reader *reader, unsigned number)
{
    const struct draft *draft = reader->draft;

    misplaced(reader, number, "initial", "all regions are entered");
    for (unsigned i = number + 1; i < draft->states[number].end; i++) {
        enum workflow_state_kind kind = draft->states[i].info.kind;
        if (draft->states[i].info.parent != (int)number)
            continue;
        if (kind == WORKFLOW_STATE_PARALLEL)
            report_fault(reader->report, &draft->said[i].place, "nested_parallel",
                         "A region is not parallel itself: put its regions beside the others");
        if (kind == WORKFLOW_STATE_FINAL)
            report_fault(reader->report, &draft->said[i].place, "misplaced_state",
                         "A region that is over from the start is none");
    }
}

static void check_template(struct reader *reader, unsigned number)
{
    const struct draft *draft = reader->draft;
    enum workflow_state_kind kind = draft->states[number].info.kind;

    if (kind != WORKFLOW_STATE_ATOMIC && kind != WORKFLOW_STATE_FINAL)
        report_fault(reader->report, &draft->said[number].place, "misplaced_state",
                     "The states of each member are atomic or final");
    misplaced(reader, number, "always", "a member moves by events and timers");
    misplaced(reader, number, "vote", "a member does not vote");
    misplaced(reader, number, "assign", "the request is assigned, not a member");
    misplaced(reader, number, "pause", "clocks are the request's");
}

static void check_holder(struct reader *reader, unsigned number)
{
    const struct machine_state *state = &reader->draft->states[number];

    wanted(reader, number, "states");
    misplaced(reader, number, "default", "only a history has one");
    misplaced(reader, number, "deep", "only a history is deep or not");
    misplaced(reader, number, "vote", "ballots are cast in a state without others inside");
    if (state->info.kind == WORKFLOW_STATE_PARALLEL)
        check_regions(reader, number);
    else
        wanted(reader, number, "initial");
    if (state->info.kind != WORKFLOW_STATE_EACH) {
        misplaced(reader, number, "over", "only \"each\" is over something");
        misplaced(reader, number, "join", "only \"each\" has members to join");
        return;
    }
    wanted(reader, number, "over");
    wanted(reader, number, "join");
    misplaced(reader, number, "always", "an \"each\" is left by its members, events and timers");
    if (reader->draft->said[number].in_each)
        report_fault(reader->report, &reader->draft->said[number].place, "misplaced_state",
                     "An \"each\" inside an \"each\" is none");
}

static void check_atomic(struct reader *reader, unsigned number)
{
    static const char *const inner[] = {"states", "initial", "default", "deep", "over", "join", "on_done"};

    refuse(reader, number, inner, COUNT_OF(inner), "there is nothing inside this state");
}

void state_check(struct reader *reader, unsigned number)
{
    const struct machine_state *state = &reader->draft->states[number];
    const struct draft_state *said = &reader->draft->said[number];
    struct place phase = {&said->place, "phase", 0};
    unsigned always = state->always.n;

    if (state->info.kind == WORKFLOW_STATE_FINAL)
        check_final(reader, number);
    else
        misplaced(reader, number, "outcome", "only a final state has one");
    if (state->info.kind == WORKFLOW_STATE_HISTORY)
        check_history(reader, number);
    else if (state->info.kind == WORKFLOW_STATE_ATOMIC)
        check_atomic(reader, number);
    else if (state->info.kind != WORKFLOW_STATE_FINAL)
        check_holder(reader, number);
    if (said->in_each)
        check_template(reader, number);
    if (!state->info.is_final && said->has_phase && state->info.phase == WORKFLOW_PHASE_END)
        report_fault(reader->report, &phase, "wrong_phase", "Only a final state is in phase \"end\"");
    if (state->info.parent < 0 && !said->has_label)
        wanted(reader, number, "label");
    if (always && reader->draft->transitions[state->always.first + always - 1].guard < 0) {
        misplaced(reader, number, "on", "\"always\" leaves before anybody can act");
        misplaced(reader, number, "awaits", "\"always\" leaves before anybody can act");
    }
}

/* ---- what is inherited ---- */

/* Where a state begins, and what phase that is. */
static bool phase_inside(const struct draft *draft, int at, enum workflow_phase *ret)
{
    while (draft->states[at].end > at + 1) {
        at = draft->states[at].initial >= 0 ? draft->states[at].initial : at + 1;
        if (!draft->said[at].has_phase)
            continue;
        *ret = draft->states[at].info.phase;
        return true;
    }
    return false;
}

/* The phase of a state that says none is that of what it is inside of, or else of where it begins; what completes a
 * state is in the phase of that state. */
static bool find_phase(struct reader *reader, unsigned number, enum workflow_phase *ret)
{
    const struct draft *draft = reader->draft;
    bool completes = draft->states[number].info.kind == WORKFLOW_STATE_FINAL && !draft->states[number].info.is_final;

    for (int at = (int)number; at >= 0; at = draft->states[at].info.parent) {
        if (!draft->said[at].has_phase)
            continue;
        *ret = draft->states[at].info.phase;
        return true;
    }
    return phase_inside(draft, completes ? draft->states[number].info.parent : (int)number, ret);
}

static unsigned default_progress(enum workflow_phase phase)
{
    static const unsigned progress[] = {
        [WORKFLOW_PHASE_DRAFT] = 0,          [WORKFLOW_PHASE_INTAKE] = 10,  [WORKFLOW_PHASE_STUDY] = 35,
        [WORKFLOW_PHASE_DECISION] = 60,      [WORKFLOW_PHASE_WAITING] = 35, [WORKFLOW_PHASE_EXECUTION] = 75,
        [WORKFLOW_PHASE_JUSTIFICATION] = 90, [WORKFLOW_PHASE_END] = 100,
    };
    return progress[phase];
}

void states_complete(struct reader *reader)
{
    struct draft *draft = reader->draft;

    for (unsigned i = 0; i < reader->wf->n_states; i++) {
        struct workflow_state_info *info = &draft->states[i].info;
        struct draft_state *said = &draft->said[i];
        enum workflow_phase phase = info->phase;
        if (!said->has_label && info->parent >= 0)
            info->label = draft->states[info->parent].info.label;
        else if (!said->has_label)
            info->label = text_of(info->path);
        if (info->awaits_role < 0 && info->parent >= 0)
            info->awaits_role = draft->states[info->parent].info.awaits_role;
        if (find_phase(reader, i, &phase))
            info->phase = phase;
        else if (info->kind != WORKFLOW_STATE_HISTORY)
            report_fault(reader->report, &said->place, "missing_member", "\"phase\" is missing");
        if (!said->has_progress)
            info->progress = default_progress(info->phase);
    }
}
