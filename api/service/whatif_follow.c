/* One recorded request after the other: as it was on one track, as it would have been on the other, and where they
 * part. */
#include <inttypes.h>
#include <string.h>

#include "service/request_ballot.h"
#include "service/request_course.h"
#include "service/request_world.h"
#include "service/whatif_internal.h"

enum {
    PAGE_ID,
    PAGE_REF,
    PAGE_SEQ,
    PAGE_TYPE,
    PAGE_EVENT,
    PAGE_TO,
    PAGE_BODY,
    PAGE_SERVICE,
    PAGE_WORKFLOW,
    PAGE_AT,
    PAGE_ACTOR,
    PAGE_DATA,
    PAGE_TIMER,
    PAGE_STARTS_OVER,
    PAGE_AGENT,
    PAGE_CLOSED,
    PAGE_MEMBER,
    PAGE_VOTERS,
    PAGE_FOLLOWS,
    PAGE_MAP,
    PAGE_CHANGE,
    PAGE_GIVER,
    PAGE_HOURS,
    PAGE_RECALLED
};

/* ---- what was recorded ---- */

static void release_json(void *json)
{
    json_decref(json);
}

static const json_t *parsed(struct whatif *whatif, const char *text)
{
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    if (!json)
        return NULL;
    arena_attach(whatif->request_arena, release_json, json);
    return json;
}

static const json_t *sent(struct whatif *whatif, const struct rows *rows, size_t row)
{
    return parsed(whatif, rows_text(rows, row, PAGE_DATA));
}

/* The roles that the definition asked for, by which whoever did it may do it under the other. */
static uint32_t roles_of(const struct whatif *whatif)
{
    const struct workflow_out *out = &whatif->before->out;
    struct workflow_transition_info info;
    uint32_t roles = 0;
    if (out->n_taken == 0 || !workflow_transition_info(whatif->before->wf, out->taken[0], &info) || info.roles == 0)
        return UINT32_MAX;
    for (unsigned i = 0; i < workflow_role_count(whatif->before->wf); i++) {
        unsigned role;
        if ((info.roles >> i & 1) &&
            workflow_role_find(whatif->after->wf, workflow_role(whatif->before->wf, i)->key, &role))
            roles |= 1u << role;
    }
    return roles;
}

/* As in the product: a draft is filled in little by little; after that an act brings what it needs. */
static uint64_t fields_of(const struct whatif *whatif, const json_t *with)
{
    const struct whatif_track *track = whatif->after;
    uint64_t present = 0;
    for (unsigned i = 0; i < workflow_field_count(track->wf); i++) {
        const json_t *value = json_object_get(with, workflow_field(track->wf, i)->key);
        bool stored = !whatif->submitted && track->course.data[i].kind != WORKFLOW_KIND_UNSET;
        if (stored || (value && !json_is_null(value)))
            present |= UINT64_C(1) << i;
    }
    return present;
}

/* What somebody did, as it is recorded. */
struct deed {
    const char *key, *actor, *recorded;
    const json_t *with;
    const struct directory_body *member;
    const json_t *ballot; /* {choice, score}; NULL: it is none */
};

static struct workflow_event event_of(struct whatif *whatif, const struct deed *deed)
{
    const json_t *score = json_object_get(deed->ballot, "score");
    return (struct workflow_event){
        .kind = WORKFLOW_EVENT_NAMED,
        .body = deed->member ? deed->member->id : 0,
        .data = request_world_value(deed->with, whatif->request_arena),
        .choice = request_ballot_choice(json_string_value(json_object_get(deed->ballot, "choice"))),
        .scored = json_is_integer(score),
        .score = json_integer_value(score),
    };
}

static void follow_act(struct whatif *whatif, const struct deed *deed)
{
    struct whatif_track *before = whatif->before, *after = whatif->after;
    const char *key = deed->key;
    const json_t *with = deed->with;
    struct workflow_event event = event_of(whatif, deed);
    int64_t who = request_world_actor(deed->actor);
    whatif_track_send(whatif, before, with);
    struct workflow_world world = whatif_track_world(whatif, before, whatif->at, who);
    if (!workflow_event_find(before->wf, key, &event.number) ||
        whatif_track_step(whatif, before, &event, &world) != WORKFLOW_OK) {
        whatif->skipped = true;
        return;
    }
    if (!deed->ballot)
        request_past_note(&whatif->past, key, deed->actor, whatif->request_arena);
    if (whatif->diverged)
        return;
    whatif_track_send(whatif, after, with);
    world = whatif_track_world(whatif, after, whatif->at, who);
    if (!deed->ballot)
        world.roles_held = roles_of(whatif);
    world.fields_present = fields_of(whatif, with);
    if (!workflow_event_find(after->wf, key, &event.number))
        whatif_diverge(whatif, "refused", key, WORKFLOW_REASON_UNKNOWN_EVENT);
    else if (whatif_track_step(whatif, after, &event, &world) != WORKFLOW_OK)
        whatif_diverge(whatif, after->out.fault == WORKFLOW_SOUND ? "refused" : "fault", key, after->out.reasons.why);
    else
        whatif_compare_places(whatif, key);
    whatif_note_choice(whatif, &before->out, whatif->diverged ? NULL : &after->out, deed->recorded);
}

static void follow_timer(struct whatif *whatif, const char *row, const char *recorded)
{
    struct whatif_track *before = whatif->before, *after = whatif->after;
    struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER};
    unsigned number;
    int64_t member;
    if (!request_course_timer(before->wf, row, &event.number, &event.body)) {
        whatif->skipped = true;
        return;
    }
    const struct workflow_pending *pending = workflow_course_find(&before->course, event.number, event.body);
    const struct workflow_pending *other = !whatif->diverged && request_course_timer(after->wf, row, &number, &member)
                                               ? workflow_course_find(&after->course, number, member)
                                               : NULL;
    bool both = pending && other && pending->due_us == other->due_us;
    struct workflow_world world = whatif_track_world(whatif, before, whatif->at, 0);
    if (whatif_track_step(whatif, before, &event, &world) != WORKFLOW_OK) {
        whatif->skipped = true;
        return;
    }
    if (whatif->diverged)
        return;
    if (both) {
        event.number = number;
        world = whatif_track_world(whatif, after, whatif->at, 0);
        if (whatif_track_step(whatif, after, &event, &world) != WORKFLOW_OK)
            whatif_diverge(whatif, "refused", row, after->out.reasons.why);
    }
    whatif_compare_places(whatif, row);
    whatif_note_choice(whatif, &before->out, both && !whatif->diverged ? &after->out : NULL, recorded);
}

static bool admit(struct whatif *whatif, struct whatif_track *track, const json_t *with)
{
    const struct workflow_event admission = {.kind = WORKFLOW_EVENT_ADMISSION};
    whatif_track_send(whatif, track, with);
    const struct workflow_world world = whatif_track_world(whatif, track, whatif->at, 0);
    return whatif_track_step(whatif, track, &admission, &world) == WORKFLOW_OK;
}

/* ---- requests ---- */

static void begin(struct whatif *whatif, const struct rows *rows, size_t row)
{
    arena_reset(whatif->request_arena);
    whatif->id = rows_number(rows, row, PAGE_ID);
    snprintf(whatif->ref, sizeof whatif->ref, "%s", rows_text(rows, row, PAGE_REF));
    whatif->body = directory_body_by_id(whatif->call->directory, rows_number(rows, row, PAGE_BODY));
    whatif->service = directory_service_by_id(whatif->call->directory, rows_number(rows, row, PAGE_SERVICE));
    whatif->closed = rows_time(rows, row, PAGE_CLOSED);
    whatif->hours = rows_number(rows, row, PAGE_HOURS);
    whatif->submitted = 0;
    whatif->past = NULL;
    whatif->diverged = false;
    const struct directory_workflow *pinned =
        directory_workflow_by_id(whatif->call->directory, rows_number(rows, row, PAGE_WORKFLOW));
    whatif->skipped = !pinned || !whatif->body;
    if (whatif->skipped)
        return;
    whatif->ticket = request_world_ticket(whatif->body, whatif->service, whatif->request_arena);
    whatif_track_begin(whatif, whatif->before, pinned->workflow, whatif->call->directory);
    whatif_track_begin(whatif, whatif->after, whatif->draft ? whatif->draft : pinned->workflow, whatif->changed);
}

void whatif_request_end(struct whatif *whatif)
{
    if (whatif->id == 0)
        return;
    snprintf(whatif->previous, sizeof whatif->previous, "%s", whatif->ref);
    whatif->requests++;
    if (whatif->skipped || !whatif->before->stands) {
        whatif->unreplayed++;
        whatif_forget_choices(whatif);
        return;
    }
    if (!whatif->diverged && whatif->after->stands) {
        whatif_track_fire_due(whatif, whatif->call->now);
        whatif_compare_places(whatif, NULL);
    }
    workflow_course_end(&whatif->before->course, whatif->call->now);
    workflow_course_end(&whatif->after->course, whatif->call->now);
    whatif_compare_clocks(whatif);
    for (size_t i = whatif->n_choices; i > 0 && whatif->choices[i - 1].request_id == whatif->id; i--)
        whatif->choices[i - 1].ends = whatif->closed;
}

static void born(struct whatif *whatif, const struct rows *rows, size_t row)
{
    const json_t *with = sent(whatif, rows, row);
    whatif->past = NULL;
    whatif_track_send(whatif, whatif->before, with);
    whatif_track_send(whatif, whatif->after, with);
    if (whatif_track_start(whatif, whatif->before, whatif->at) != WORKFLOW_OK)
        whatif->skipped = true;
    else if (whatif_track_start(whatif, whatif->after, whatif->at) != WORKFLOW_OK)
        whatif_diverge(whatif, "fault", NULL, 0);
    else
        whatif_compare_places(whatif, NULL);
}

static bool place(struct whatif_track *track, const char *state)
{
    unsigned number;
    track->stands = state && workflow_state_find(track->wf, state, &number) &&
                    workflow_place(track->wf, number, &track->course.instance);
    return track->stands;
}

static void import(struct whatif *whatif, const char *to)
{
    if (!place(whatif->before, to))
        whatif->skipped = true;
    else if (!place(whatif->after, to))
        whatif_diverge(whatif, "elsewhere", NULL, 0);
    whatif->submitted = whatif->at;
}

static void move(struct whatif *whatif, const struct rows *rows, size_t row)
{
    const struct directory_workflow *pinned =
        directory_workflow_by_id(whatif->call->directory, rows_number(rows, row, PAGE_WORKFLOW));
    const char *to = rows_text(rows, row, PAGE_TO);
    if (!whatif->diverged)
        whatif_track_fire_due(whatif, whatif->at);
    enum whatif_moved moved =
        whatif_move(whatif, pinned ? pinned->workflow : NULL, rows_text(rows, row, PAGE_MAP),
                    rows_text(rows, row, PAGE_CHANGE), rows_bool(rows, row, PAGE_RECALLED) ? whatif->past : NULL);
    whatif->skipped = moved == WHATIF_MOVED_NOT || !to || strcmp(whatif_track_state(whatif->before), to) != 0;
    if (whatif->skipped)
        return;
    if (!whatif->diverged)
        whatif_compare_places(whatif, NULL);
    if (moved == WHATIF_MOVED_BOTH)
        whatif_note_choice(whatif, &whatif->before->out, &whatif->after->out, rows_text(rows, row, PAGE_AGENT));
}

/* The track of what was must be where the record says it came to. */
static void check_reached(struct whatif *whatif, const struct rows *rows, size_t row)
{
    const char *to = rows_text(rows, row, PAGE_TO);
    if (!to || strcmp(whatif_track_state(whatif->before), to) != 0)
        whatif->skipped = true;
}

/* One more body was named and asked at once: its own time runs from then on, where anybody is asked at all. */
static void invite(struct whatif *whatif, const struct rows *rows, size_t row)
{
    struct whatif_track *before = whatif->before, *after = whatif->after;
    const json_t *with = sent(whatif, rows, row);
    if (before->stands && !whatif->diverged)
        whatif_track_fire_due(whatif, whatif->at);
    if (!before->stands || !admit(whatif, before, with)) {
        whatif->skipped = true;
        return;
    }
    if (!whatif->diverged) {
        if (admit(whatif, after, with))
            whatif_compare_places(whatif, "invite");
        else
            whatif_diverge(whatif, after->out.fault == WORKFLOW_SOUND ? "refused" : "fault", "invite",
                           after->out.reasons.why);
    }
    check_reached(whatif, rows, row);
}

static void step(struct whatif *whatif, const struct rows *rows, size_t row, bool votes)
{
    const char *timer = rows_text(rows, row, PAGE_TIMER), *event = rows_text(rows, row, PAGE_EVENT);
    const char *agent = rows_text(rows, row, PAGE_AGENT);
    const char *member = rows_text(rows, row, PAGE_MEMBER);
    if (!whatif->before->stands) {
        whatif->skipped = true;
        return;
    }
    if (!whatif->diverged) {
        whatif_track_fire_due(whatif, whatif->at);
        if (whatif->draft && !timer && !votes)
            whatif_compare_options(whatif);
    }
    whatif->voters = votes ? parsed(whatif, rows_text(rows, row, PAGE_VOTERS)) : NULL;
    if (timer)
        follow_timer(whatif, timer, agent);
    else
        follow_act(whatif,
                   &(struct deed){.key = event ? event : "",
                                  .actor = rows_text(rows, row, PAGE_ACTOR),
                                  .recorded = agent,
                                  .with = votes ? NULL : sent(whatif, rows, row),
                                  .ballot = votes ? sent(whatif, rows, row) : NULL,
                                  .member = member ? directory_body_find(whatif->call->directory, member) : NULL});
    whatif->voters = NULL;
    if (!whatif->skipped)
        check_reached(whatif, rows, row);
    if (!whatif->submitted)
        whatif->submitted = whatif->at;
}

int64_t whatif_request_of(const struct rows *rows, size_t row)
{
    return rows_number(rows, row, PAGE_ID);
}

void whatif_event(struct whatif *whatif, const struct rows *rows, size_t row)
{
    if (whatif_request_of(rows, row) != whatif->id) {
        whatif_request_end(whatif);
        begin(whatif, rows, row);
    }
    const char *type = rows_text(rows, row, PAGE_TYPE);
    whatif->seq = rows_number(rows, row, PAGE_SEQ);
    whatif->at = rows_time(rows, row, PAGE_AT);
    whatif->events++;
    if (whatif->skipped)
        return;
    if (strcmp(type, "request.created") == 0 ||
        (strcmp(type, "request.edited") == 0 && rows_bool(rows, row, PAGE_STARTS_OVER))) {
        born(whatif, rows, row);
    } else if (rows_bool(rows, row, PAGE_FOLLOWS)) {
        return; /* of a ballot: it has happened with it */
    } else if (strcmp(type, "request.submitted") == 0 || strcmp(type, "request.transitioned") == 0) {
        step(whatif, rows, row, false);
    } else if (strcmp(type, "request.voted") == 0) {
        step(whatif, rows, row, true);
    } else if (strcmp(type, "request.migrated") == 0) {
        move(whatif, rows, row);
    } else if (strcmp(type, "request.assigned") == 0) {
        whatif_note_given(whatif, rows_text(rows, row, PAGE_AGENT), rows_text(rows, row, PAGE_GIVER));
    } else if (strcmp(type, "request.imported") == 0) {
        import(whatif, rows_text(rows, row, PAGE_TO));
    } else if (strcmp(type, "request.invited") == 0) {
        invite(whatif, rows, row);
    } else if (strcmp(type, "request.edited") == 0) {
        const json_t *with = sent(whatif, rows, row);
        whatif_track_send(whatif, whatif->before, with);
        whatif_track_send(whatif, whatif->after, with);
    }
}
