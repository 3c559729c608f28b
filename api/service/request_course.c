#include "service/request_course.h"

#include <stdlib.h>
#include <string.h>

#include "service/joint.h"
#include "service/request_course_internal.h"
#include "store/array.h"
#include "workflow/course.h"

void request_course_begin(struct request_course *ret, const struct workflow *wf, const struct directory *directory,
                          const struct directory_body *body, const struct request_stand *stand, int64_t now,
                          struct arena *arena)
{
    memset(ret, 0, sizeof *ret);
    ret->wf = wf;
    ret->directory = directory;
    ret->body = body;
    ret->arena = arena;
    ret->now = now;
    if (stand)
        ret->stand = *stand;
    ret->rows = json_out_new(arena, 256);
    ret->outbox = json_out_new(arena, 256);
    ret->clocks_gone = json_out_new(arena, 64);
    json_out_array_begin(&ret->rows);
    json_out_array_begin(&ret->clocks_gone);
    json_out_array_begin(&ret->outbox);
    ret->acts = json_out_new(arena, 256);
    json_out_array_begin(&ret->acts);
}

const struct workflow_calendar *course_calendar(const struct request_course *course, int calendar,
                                                struct calendar_bodies *ret_bodies)
{
    return calendars_use(course->wf, calendar, course->directory, course->body, course->arena, ret_bodies);
}

/* ---- timers ---- */

const char *request_course_row(const struct workflow *wf, unsigned timer, int64_t member, struct arena *arena)
{
    const char *key = workflow_timer_info(wf, timer)->key;
    return member ? arena_printf(arena, "%s:%lld", key, (long long)member) : key;
}

bool request_course_timer(const struct workflow *wf, const char *row, unsigned *ret_timer, int64_t *ret_member)
{
    char key[WORKFLOW_KEY_MAX + 1];
    const char *member = strchr(row, ':');
    size_t length = member ? (size_t)(member - row) : strlen(row);
    if (length > WORKFLOW_KEY_MAX)
        return false;
    memcpy(key, row, length);
    key[length] = '\0';
    *ret_member = member ? strtoll(member + 1, NULL, 10) : 0;
    return workflow_timer_find(wf, key, ret_timer);
}

void course_row_write(struct request_course *course, const char *name, struct course_moment moment)
{
    json_out_object_begin(&course->rows);
    json_out_member_text(&course->rows, "timer", name);
    if (moment.due != WORKFLOW_NEVER) {
        json_out_member_time(&course->rows, "due", moment.due);
        if (moment.since != 0)
            json_out_member_time(&course->rows, "since", moment.since);
        json_out_member_number(&course->rows, "calendar", course->directory->calendar);
    } else if (course->n_gone < WORKFLOW_TIMERS_MAX) {
        course->gone[course->n_gone++] = name;
    }
    json_out_object_end(&course->rows);
    course->n_rows++;
}

static void row_remove(struct request_course *course, const char *name)
{
    course_row_write(course, name, (struct course_moment){.due = WORKFLOW_NEVER});
}

void request_course_fired(struct request_course *course, unsigned timer, int64_t member)
{
    if (member)
        row_remove(course, request_course_row(course->wf, timer, member, course->arena));
    else
        course->timers |= UINT64_C(1) << timer;
}

void request_course_gone(struct request_course *course, const char *row)
{
    row_remove(course, row);
}

void request_course_clock_gone(struct request_course *course, const char *key)
{
    json_out_object_begin(&course->clocks_gone);
    json_out_member_text(&course->clocks_gone, "clock", key);
    json_out_object_end(&course->clocks_gone);
    course->n_clocks_gone++;
}

int64_t course_timer_due(const struct request_course *course, unsigned timer, int64_t since)
{
    const struct workflow_timer_info *info = workflow_timer_info(course->wf, timer);
    bool by_clock = info->of == WORKFLOW_TIMER_OF_CLOCK;
    int number = by_clock ? (int)workflow_clock_info(course->wf, info->clock)->calendar : info->calendar;
    const struct workflow_calendar *calendar = course_calendar(course, number, NULL);
    int64_t due = by_clock
                      ? workflow_clock_reaches(&course->stand.clocks[info->clock], calendar, (int32_t)info->percent)
                  : info->of == WORKFLOW_TIMER_OF_SPAN ? workflow_due(calendar, info->in, since, NULL)
                                                       : since;
    if (due == WORKFLOW_NEVER || !info->office)
        return due;
    return workflow_calendar_next_open(course_calendar(course, workflow_office(course->wf, number), NULL), due);
}

const struct directory_body *course_count_for(struct request_course *course, unsigned timer, int64_t member)
{
    const struct directory_body *lead = course->body;
    const struct directory_body *body = member ? directory_body_by_id(course->directory, member) : NULL;
    if (body && workflow_timer_info(course->wf, timer)->of != WORKFLOW_TIMER_OF_CLOCK)
        course->body = body;
    return lead;
}

/* When a timer comes due that was set now, and from when that counts. */
static struct course_moment moment_set(const struct request_course *course, unsigned timer,
                                       const struct workflow_value *date)
{
    const struct workflow_timer_info *info = workflow_timer_info(course->wf, timer);
    int64_t since = info->of == WORKFLOW_TIMER_OF_CLOCK  ? 0
                    : info->of == WORKFLOW_TIMER_OF_SPAN ? course->now
                                                         : workflow_date_begins(date, calendars_zone());
    if (since == WORKFLOW_NEVER)
        return (struct course_moment){.due = WORKFLOW_NEVER};
    return (struct course_moment){.due = course_timer_due(course, timer, since), .since = since};
}

static bool is_of_clock(const struct request_course *course, unsigned timer)
{
    return workflow_timer_info(course->wf, timer)->of == WORKFLOW_TIMER_OF_CLOCK;
}

static struct course_moment moment_of_change(struct request_course *course, const struct workflow_timer_change *change)
{
    const struct directory_body *lead = course_count_for(course, change->timer, change->body);
    const struct course_moment moment = moment_set(course, change->timer, &change->date);
    course->body = lead;
    return moment;
}

static void take_timers(struct request_course *course, const struct workflow_out *out)
{
    for (unsigned i = 0; i < out->n_timers; i++) {
        const struct workflow_timer_change *change = &out->timers[i];
        struct course_moment moment = {.due = WORKFLOW_NEVER};
        if (change->kind == WORKFLOW_TIMER_ARM)
            moment = moment_of_change(course, change);
        if (change->body) {
            const char *row = request_course_row(course->wf, change->timer, change->body, course->arena);
            course_row_write(course, row, moment);
            continue;
        }
        course->timers |= UINT64_C(1) << change->timer;
        course->moments[change->timer] = moment;
    }
}

/* Those of clocks are as good as the clock: whatever moved it moves them. */
static void end_timers(struct request_course *course)
{
    uint64_t armed = course->stand.instance.timers;
    for (unsigned i = 0; i < workflow_timer_count(course->wf); i++) {
        bool of_clock = is_of_clock(course, i);
        bool moved = of_clock && (course->clocks >> workflow_timer_info(course->wf, i)->clock & 1) && (armed >> i & 1);
        if (!moved && !(course->timers >> i & 1))
            continue;
        struct course_moment moment = course->moments[i];
        if (of_clock)
            moment = moment_set(course, i, NULL);
        if (!(armed >> i & 1))
            moment.due = WORKFLOW_NEVER;
        course_row_write(course, workflow_timer_info(course->wf, i)->key, moment);
    }
}

/* ---- clocks ---- */

static void take_clocks(struct request_course *course, const struct workflow_out *out)
{
    for (unsigned i = 0; i < out->n_clocks; i++) {
        unsigned number = out->clocks[i].clock;
        const struct workflow_clock_info *info = workflow_clock_info(course->wf, number);
        const struct workflow_calendar *calendar = course_calendar(course, (int)info->calendar, NULL);
        course->clocks |= (uint16_t)(1u << number);
        workflow_clock_follow(course->wf, out->clocks[i], calendar, course->now, &course->stand.clocks[number]);
    }
}

/* ---- effects ---- */

/* What happens in the transaction of the step itself leaves no row. */
static bool is_inside(const struct workflow_effect_info *info)
{
    switch (info->kind) {
    case WORKFLOW_EFFECT_REGISTER:
    case WORKFLOW_EFFECT_ASSIGN:
    case WORKFLOW_EFFECT_SET:
    case WORKFLOW_EFFECT_CLOCK_START:
    case WORKFLOW_EFFECT_CLOCK_STOP:
    case WORKFLOW_EFFECT_CLOCK_EXTEND:
        return true;
    default:
        return false;
    }
}

static const char *word_name(enum workflow_effect_kind kind)
{
    switch (kind) {
    case WORKFLOW_EFFECT_TASK:
        return "form";
    case WORKFLOW_EFFECT_NOTIFY:
    case WORKFLOW_EFFECT_DOCUMENT:
        return "template";
    case WORKFLOW_EFFECT_CALL:
        return "operation";
    case WORKFLOW_EFFECT_EMIT:
        return "event";
    default:
        return "what";
    }
}

static void payload_write(struct request_course *course, const struct workflow_effect *effect)
{
    const struct workflow_effect_info *info = effect->info;
    struct json_out *out = &course->outbox;
    json_out_object_begin(out);
    if (info->role >= 0) {
        const struct workflow_role_info *role = workflow_role(course->wf, (unsigned)info->role);
        json_out_member_text(out, "to", role->key);
        json_out_member_bool(out, "internal", role->from != WORKFLOW_ROLE_FROM_APPLICANT_ENTITY);
        if (role->from == WORKFLOW_ROLE_FROM_APPLICANT_ENTITY && role->team)
            json_out_member_text(out, "team", role->team);
    }
    if (info->word)
        json_out_member_text(out, word_name(info->kind), info->word);
    if (info->electronic)
        json_out_member_bool(out, "electronic", true);
    if (info->survey)
        json_out_member_bool(out, "survey", true);
    if (info->amount >= 0)
        json_out_member_number(out, "cents", effect->amount);
    if (effect->body)
        json_out_member_number(out, "body", effect->body);
    if (effect->resumed)
        json_out_member_bool(out, "resumed", true);
    json_out_object_end(out);
}

static bool is_kind_of_action(const char *word)
{
    static const char *const kinds[] = {"deliverable", "grant", "material_loan", "material_delivery"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], word) == 0)
            return true;
    return false;
}

/* On the procedure's own action; false when the effect is not. */
static bool take_act(struct request_course *course, const struct workflow_effect *effect)
{
    const struct workflow_effect_info *info = effect->info;
    struct json_out *out = &course->acts;
    if (info->kind != WORKFLOW_EFFECT_ACTION && info->kind != WORKFLOW_EFFECT_RECORD)
        return false;
    course->n_acts++;
    json_out_object_begin(out);
    if (info->kind == WORKFLOW_EFFECT_RECORD) {
        json_out_member_text(out, "record", info->word);
        json_out_member_number(out, "cents", effect->amount);
    } else {
        json_out_member_text(out, is_kind_of_action(info->word) ? "open" : "state", info->word);
    }
    json_out_object_end(out);
    return true;
}

static void take_effects(struct request_course *course, const struct workflow_out *out)
{
    for (unsigned i = 0; i < out->n_effects; i++) {
        const struct workflow_effect *effect = &out->effects[i];
        const struct workflow_effect_info *info = effect->info;
        /* The database knows which of them were done, which are on their way, and which were given up. */
        course->undo = course->undo || effect->undoing;
        if (effect->undoing || is_inside(info) || take_act(course, effect))
            continue;
        json_out_object_begin(&course->outbox);
        json_out_member_number(&course->outbox, "ordinal", (int64_t)course->n_effects++);
        json_out_member_text(&course->outbox, "kind", workflow_effect_key(info->kind));
        json_out_name(&course->outbox, "payload");
        payload_write(course, effect);
        if (info->undo >= 0)
            json_out_member_text(&course->outbox, "undo", workflow_effect_key((enum workflow_effect_kind)info->undo));
        json_out_object_end(&course->outbox);
    }
}

/* ---- who takes part ---- */

void request_join_queue(struct tx *tx, const char *ref, bool was_joint, bool is_joint, const char *adhered)
{
    if (was_joint != is_joint || adhered)
        tx_run(tx, QUERY_REQUEST_JOIN, NULL, param_text(ref), param_bool(is_joint), param_text(adhered));
}

/* ---- the whole ---- */

void request_course_take(struct request_course *course, const struct workflow_out *out)
{
    course->stand.known = course->stand.placed = true;
    take_clocks(course, out);
    course->stand.instance = out->next;
    take_timers(course, out);
    take_effects(course, out);
}

struct request_follow request_course_end(struct request_course *course)
{
    struct request_follow follow = {.undo = course->undo, .clocks = course_clocks(course)};
    end_timers(course);
    json_out_array_end(&course->rows);
    json_out_array_end(&course->outbox);
    json_out_array_end(&course->acts);
    if (course->n_rows > 0)
        follow.timers = json_out_finish(&course->rows, NULL);
    if (course->n_rows > 0 && course->n_rows == course->n_gone)
        follow.gone = array_of_texts(course->arena, course->gone, course->n_gone);
    if (course->n_effects > 0)
        follow.outbox = json_out_finish(&course->outbox, NULL);
    if (course->n_acts > 0)
        follow.acts = json_out_finish(&course->acts, NULL);
    course_tell_due(course, &follow);
    follow.engine = request_stand_text(course->wf, &course->stand, course->arena);
    follow.adhered = joint_adhered(course->wf, &course->stand.instance, course->body->id, course->arena);
    return follow;
}
