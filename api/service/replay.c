#include "service/replay.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "service/joint.h"
#include "service/request_ballot.h"
#include "service/request_course.h"
#include "service/request_move.h"
#include "service/request_rules.h"
#include "service/request_world.h"

#define FAULTS_TOLD 100

enum {
    REPLAY_ID,
    REPLAY_REF,
    REPLAY_STATE,
    REPLAY_WORKFLOW,
    REPLAY_SEQ,
    REPLAY_TYPE,
    REPLAY_EVENT,
    REPLAY_TO,
    REPLAY_BODY,
    REPLAY_SERVICE,
    REPLAY_ENGINE,
    REPLAY_PINNED,
    REPLAY_AT,
    REPLAY_ACTOR,
    REPLAY_DATA,
    REPLAY_TIMER,
    REPLAY_STARTS_OVER,
    REPLAY_CALENDAR,
    REPLAY_CLOCKS,
    REPLAY_MEMBER,
    REPLAY_JOINT,
    REPLAY_ADHERED,
    REPLAY_MAP,
    REPLAY_CHANGE,
    REPLAY_VOTERS,
    REPLAY_FOLLOWS,
    REPLAY_RECALLED
};

static void fault(struct replay *replay, const char *what, const char *detail)
{
    replay->broken = true;
    if (replay->faults++ < FAULTS_TOLD)
        fprintf(replay->report, "%s, event %" PRId64 ": %s %s\n", replay->ref, replay->seq, what, detail ? detail : "");
}

static const char *state_of(const struct replay *replay)
{
    return workflow_state(replay->workflow, workflow_principal(replay->workflow, &replay->stand.instance.configuration))
        ->key;
}

static const char *adhered_of(struct replay *replay)
{
    const char *adhered = joint_adhered(replay->workflow, &replay->stand.instance, replay->body->id, replay->arena);
    return adhered ? adhered : "{}";
}

static bool is_joint(const struct replay *replay)
{
    return replay->stand.instance.n_members > 0 || joint_is_named(replay->workflow, replay->data);
}

/* The request whose events ended must be where they led, to the last byte that the engine keeps. */
void replay_end(struct replay *replay)
{
    if (replay->id == 0 || replay->broken)
        return;
    if (strcmp(state_of(replay), replay->stored_state) != 0)
        fault(replay, "is stored in another state than its events lead to:", state_of(replay));
    else if (replay->stored_engine &&
             strcmp(request_stand_text(replay->workflow, &replay->stand, replay->arena), replay->stored_engine) != 0)
        fault(replay, "is remembered otherwise than its events say:", replay->stored_engine);
    else if (strcmp(adhered_of(replay), replay->stored_adhered) != 0)
        fault(replay, "is seen by others than its events let in:", replay->stored_adhered);
    else if (is_joint(replay) != replay->stored_joint)
        fault(replay, "is joint where its events are not, or the other way round", NULL);
}

static const char *hexadecimal(struct replay *replay, const struct rows *rows, size_t row)
{
    size_t length;
    const unsigned char *bytes = rows_bytes(rows, row, REPLAY_ENGINE, &length);
    if (!bytes)
        return NULL;
    char *text = arena_alloc(replay->arena, 2 * length + 3);
    memcpy(text, "\\x", 3);
    for (size_t i = 0; i < length; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

static void begin(struct replay *replay, const struct rows *rows, size_t row)
{
    arena_reset(replay->arena);
    replay->id = rows_number(rows, row, REPLAY_ID);
    snprintf(replay->ref, sizeof replay->ref, "%s", rows_text(rows, row, REPLAY_REF));
    replay->stored_state = arena_strdup(replay->arena, rows_text(rows, row, REPLAY_STATE));
    replay->stored_engine = hexadecimal(replay, rows, row);
    const char *adhered = rows_text(rows, row, REPLAY_ADHERED);
    replay->stored_adhered = adhered ? arena_strdup(replay->arena, adhered) : "{}";
    replay->stored_joint = rows_bool(rows, row, REPLAY_JOINT);
    replay->body = directory_body_by_id(replay->dir, rows_number(rows, row, REPLAY_BODY));
    replay->service = directory_service_by_id(replay->dir, rows_number(rows, row, REPLAY_SERVICE));
    replay->workflow_id = 0;
    replay->workflow = NULL;
    replay->stand = (struct request_stand){.known = false};
    replay->data = "{}";
    replay->past = NULL;
    replay->broken = false;
    replay->requests++;
}

/* The definition that the event names. */
static bool pinned(struct replay *replay, int64_t workflow_id)
{
    if (replay->workflow_id == workflow_id)
        return replay->workflow != NULL;
    const struct directory_workflow *definition = directory_workflow_by_id(replay->dir, workflow_id);
    replay->workflow_id = workflow_id;
    replay->workflow = definition ? definition->workflow : NULL;
    if (!replay->workflow || !replay->body)
        fault(replay, "names a definition that does not load", NULL);
    return !replay->broken;
}

/* ---- the engine again ---- */

/* Roles and fields were judged when it happened; what must hold for ever is where it led. */
static struct request_world known_of(const struct replay *replay, const struct rows *rows, size_t row)
{
    return (struct request_world){
        .now_us = rows_time(rows, row, REPLAY_AT),
        .actor = request_world_actor(rows_text(rows, row, REPLAY_ACTOR)),
        .roles_held = UINT32_MAX,
        .fields_present = UINT64_MAX,
        .data = replay->data,
        .directory = replay->dir,
        .body = replay->body,
        .service = replay->service,
        .voters = replay->voters,
    };
}

static struct workflow_world world_of(struct replay *replay, const struct rows *rows, size_t row)
{
    const struct request_world known = known_of(replay, rows, row);
    return request_world_make(replay->workflow, &replay->stand, &known, replay->arena);
}

static void release_json(void *json)
{
    json_decref(json);
}

/* What came with the event, now part of the data; lives as long as the request's replay. */
static const json_t *sent(struct replay *replay, const struct rows *rows, size_t row)
{
    const char *text = rows_text(rows, row, REPLAY_DATA);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    uint64_t present;
    if (!json)
        return NULL;
    arena_attach(replay->arena, release_json, json);
    replay->data = request_data_merge(replay->workflow, replay->data, json, replay->arena, &present);
    return json;
}

static void take(struct replay *replay, const struct request_verdict *verdict, const char *timer, int64_t now)
{
    struct request_course course;
    unsigned number;
    int64_t member;
    request_course_begin(&course, replay->workflow, replay->dir, replay->body, &replay->stand, now, replay->arena);
    if (timer && request_course_timer(replay->workflow, timer, &number, &member))
        request_course_fired(&course, number, member);
    else if (timer)
        request_course_gone(&course, timer);
    request_course_take(&course, verdict->out);
    (void)request_course_end(&course);
    replay->stand = course.stand;
    replay->data = request_world_set(replay->workflow, replay->data, verdict->out, replay->arena);
}

static void start(struct replay *replay, const struct rows *rows, size_t row)
{
    replay->stand = (struct request_stand){.known = false};
    replay->past = NULL;
    const struct workflow_world world = world_of(replay, rows, row);
    struct request_verdict verdict = request_verdict_start(replay->workflow, &world, replay->arena);
    if (verdict.allowed)
        take(replay, &verdict, NULL, rows_time(rows, row, REPLAY_AT));
    else
        fault(replay, "cannot be born under its definition", NULL);
}

static struct request_verdict decide(struct replay *replay, const struct rows *rows, size_t row, const json_t *data)
{
    const struct workflow_world world = world_of(replay, rows, row);
    const char *timer = rows_text(rows, row, REPLAY_TIMER), *event = rows_text(rows, row, REPLAY_EVENT);
    struct workflow_event due = {.kind = WORKFLOW_EVENT_TIMER};
    if (timer && request_course_timer(replay->workflow, timer, &due.number, &due.body))
        return request_verdict_step(replay->workflow, &replay->stand, &due, &world, replay->arena);
    const char *member = rows_text(rows, row, REPLAY_MEMBER);
    const struct directory_body *body = member ? directory_body_find(replay->dir, member) : NULL;
    const struct request_deed deed = {
        .event = event ? event : "", .data = request_world_value(data, replay->arena), .body = body ? body->id : 0};
    return request_verdict_deed(replay->workflow, &replay->stand, &deed, &world, replay->arena);
}

static void step(struct replay *replay, const struct rows *rows, size_t row)
{
    const char *event = rows_text(rows, row, REPLAY_EVENT), *to = rows_text(rows, row, REPLAY_TO);
    struct request_verdict verdict = decide(replay, rows, row, sent(replay, rows, row));
    if (!verdict.allowed) {
        fault(replay, "is not possible in its state:", event);
        return;
    }
    take(replay, &verdict, rows_text(rows, row, REPLAY_TIMER), rows_time(rows, row, REPLAY_AT));
    if (event && !rows_text(rows, row, REPLAY_TIMER))
        request_past_note(&replay->past, event, rows_text(rows, row, REPLAY_ACTOR), replay->arena);
    if (!to || strcmp(state_of(replay), to) != 0)
        fault(replay, "led elsewhere than it says:", to);
}

static const json_t *parsed(struct replay *replay, const char *text)
{
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    if (json)
        arena_attach(replay->arena, release_json, json);
    return json;
}

/* A ballot, among those who could vote then. What it led to is told by the event behind it as well. */
static void ballot(struct replay *replay, const struct rows *rows, size_t row)
{
    const char *event = rows_text(rows, row, REPLAY_EVENT), *to = rows_text(rows, row, REPLAY_TO);
    const json_t *said = parsed(replay, rows_text(rows, row, REPLAY_DATA));
    const json_t *score = json_object_get(said, "score");
    replay->voters = parsed(replay, rows_text(rows, row, REPLAY_VOTERS));
    const struct workflow_world world = world_of(replay, rows, row);
    const struct request_deed deed = {.event = event ? event : "",
                                      .choice =
                                          request_ballot_choice(json_string_value(json_object_get(said, "choice"))),
                                      .scored = json_is_integer(score),
                                      .score = json_integer_value(score)};
    struct request_verdict verdict =
        request_verdict_deed(replay->workflow, &replay->stand, &deed, &world, replay->arena);
    replay->voters = NULL;
    if (!verdict.allowed) {
        fault(replay, "is a ballot that could not be cast:", event);
        return;
    }
    take(replay, &verdict, NULL, rows_time(rows, row, REPLAY_AT));
    if (!to || strcmp(state_of(replay), to) != 0)
        fault(replay, "led elsewhere than it says:", to);
}

/* What a ballot led to has happened with it. */
static void follow(struct replay *replay, const char *to)
{
    if (!to || strcmp(state_of(replay), to) != 0)
        fault(replay, "followed from a ballot that led elsewhere:", to);
}

/* One more was named, and asked at once. */
static void invite(struct replay *replay, const struct rows *rows, size_t row)
{
    (void)sent(replay, rows, row);
    const struct workflow_world world = world_of(replay, rows, row);
    struct request_verdict verdict = request_verdict_admission(replay->workflow, &replay->stand, &world, replay->arena);
    if (verdict.allowed)
        take(replay, &verdict, NULL, rows_time(rows, row, REPLAY_AT));
    else
        fault(replay, "invites where nobody is asked:", rows_text(rows, row, REPLAY_MEMBER));
}

/* From the version before it to the one that it names. */
static void move(struct replay *replay, const struct workflow *from, const struct rows *rows, size_t row)
{
    const char *map = rows_text(rows, row, REPLAY_MAP), *change = rows_text(rows, row, REPLAY_CHANGE);
    const char *to = rows_text(rows, row, REPLAY_TO);
    const struct workflow_map *read =
        map && change && from
            ? request_move_map(from, replay->workflow, map, strcmp(change, "structure") != 0, replay->arena)
            : NULL;
    if (!read) {
        fault(replay, "names a map that does not fit its versions", NULL);
        return;
    }
    struct request_world known = known_of(replay, rows, row);
    if (rows_bool(rows, row, REPLAY_RECALLED)) /* before there was such a thing, who did what was forgotten */
        known.past = replay->past;
    struct request_move *moved = arena_alloc(replay->arena, sizeof *moved);
    request_move_make(moved, read, from, replay->workflow, &known, &replay->stand, replay->arena);
    if (!moved->moved) {
        fault(replay, "could not be taken over:", workflow_obstacle_key(moved->obstacle.kind));
        return;
    }
    replay->stand = moved->course.stand;
    replay->data = moved->data;
    if (!to || strcmp(state_of(replay), to) != 0)
        fault(replay, "led elsewhere than it says:", to);
}

static void import(struct replay *replay, const char *to)
{
    const struct request imported = {.state = to ? to : ""};
    if (!request_stand_read(&imported, replay->workflow, &replay->stand) || !replay->stand.placed)
        fault(replay, "was imported into no state of its definition:", to);
}

static void edit(struct replay *replay, const struct rows *rows, size_t row)
{
    (void)sent(replay, rows, row);
    if (rows_bool(rows, row, REPLAY_STARTS_OVER))
        start(replay, rows, row);
}

/* What was told of a clock after a correction: it ends then by the calendars that the event names. */
static void recounted(struct replay *replay, const json_t *told)
{
    const char *to = json_string_value(json_object_get(told, "to"));
    const char *key = json_string_value(json_object_get(told, "clock"));
    char due[TIME_TEXT_SIZE];
    unsigned clock;
    if (!key || !to || !workflow_clock_find(replay->workflow, key, &clock)) {
        fault(replay, "counted a clock anew that is none:", key);
        return;
    }
    const struct workflow_calendar *calendar =
        calendars_use(replay->workflow, (int)workflow_clock_info(replay->workflow, clock)->calendar, replay->dir,
                      replay->body, replay->arena, NULL);
    (void)time_format(workflow_clock_due(&replay->stand.clocks[clock], calendar, NULL), due);
    if (strcmp(due, to) != 0)
        fault(replay, "told another end of a clock than its calendar has:", to);
}

static void recount(struct replay *replay, const struct rows *rows, size_t row)
{
    json_t *clocks = json_loads(rows_text(rows, row, REPLAY_CLOCKS), 0, NULL);
    size_t i;
    const json_t *told;
    json_array_foreach(clocks, i, told) recounted(replay, told);
    json_decref(clocks);
}

void replay_event(struct replay *replay, const struct rows *rows, size_t row)
{
    if (rows_number(rows, row, REPLAY_ID) != replay->id) {
        replay_end(replay);
        begin(replay, rows, row);
    }
    replay->seq = rows_number(rows, row, REPLAY_SEQ);
    replay->events++;
    const char *type = rows_text(rows, row, REPLAY_TYPE);
    replay->dir = calendar_history_at(replay->history, rows_number(rows, row, REPLAY_CALENDAR));
    const struct workflow *before = replay->workflow;
    if (replay->broken || !pinned(replay, rows_number(rows, row, REPLAY_PINNED)))
        return;
    if (strcmp(type, "request.created") == 0) {
        (void)sent(replay, rows, row);
        start(replay, rows, row);
    } else if (rows_bool(rows, row, REPLAY_FOLLOWS)) {
        follow(replay, rows_text(rows, row, REPLAY_TO));
    } else if (strcmp(type, "request.submitted") == 0 || strcmp(type, "request.transitioned") == 0) {
        step(replay, rows, row);
    } else if (strcmp(type, "request.voted") == 0) {
        ballot(replay, rows, row);
    } else if (strcmp(type, "request.invited") == 0) {
        invite(replay, rows, row);
    } else if (strcmp(type, "request.migrated") == 0) {
        move(replay, before, rows, row);
    } else if (strcmp(type, "request.imported") == 0) {
        import(replay, rows_text(rows, row, REPLAY_TO));
    } else if (strcmp(type, "request.edited") == 0) {
        edit(replay, rows, row);
    } else if (strcmp(type, "request.clock_recomputed") == 0) {
        recount(replay, rows, row);
    }
}
