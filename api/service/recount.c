/*
 * What a corrected calendar does to terms that run. They are derived from what was used and since when, so that
 * counting anew is all there is to it: a holiday more makes a term end later, one less makes it end earlier (Llei
 * 39/2015 art. 30.2, 30.5), and what a pause has put down as used stays. A timer that has fired stays fired: its step
 * was lawful on the day on which it was taken, and what to make of it is for people. One that has not is moved with its
 * term, before or behind now.
 */
#include "service/recount.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "service/answer_cache.h"
#include "service/calendar_history.h"
#include "service/request_change.h"
#include "service/request_course_internal.h"
#include "service/request_row.h"
#include "store/array.h"

#define BATCH       50 /* requests in one transaction: their rows are held for so long */
#define CHANGES_MAX 16
#define WHY_BYTES   600
#define MS_US       1000 /* moments are kept in milliseconds */

enum { CLOCK_REQUEST, CLOCK_KEY, CLOCK_DUE, CLOCK_REVISION };
enum { TIMER_REQUEST, TIMER_KEY, TIMER_DUE, TIMER_SINCE };

/* What was claimed: rows of each by request. */
struct recount {
    const struct call *call;
    const struct rows *requests, *clocks, *timers, *reason;
    struct calendar_history *history;
    size_t clock_at, timer_at; /* rows up to here are of requests before */
};

/* One request of them. */
struct one {
    struct request_change change;
    struct request_course course;
    struct json_out clocks, timers; /* what has moved, for the event */
    size_t moved;
};

static bool is_same(int64_t one_us, int64_t other_us)
{
    return one_us / MS_US == other_us / MS_US;
}

/* ---- clocks ---- */

/* A clock under both calendars. */
struct both {
    unsigned number;
    int64_t revision; /* by which it was counted */
    const struct workflow_calendar *before, *after;
    struct workflow_touch touch;
};

/* From the day on which it ran to the later of its two ends: what lies there has moved it, but for what rested anyway,
   a Saturday or a day that another place has too. */
static size_t changes_of(const struct recount *recount, const struct one *one, const struct both *both,
                         struct workflow_day_change *ret)
{
    const struct workflow_zone *zone = calendars_zone();
    const int64_t since = one->course.stand.clocks[both->number].since_us;
    const struct workflow_touch *touch = &both->touch;
    const int64_t last = touch->due_before_us > touch->due_after_us ? touch->due_before_us : touch->due_after_us;
    struct calendar_bodies bodies;
    (void)course_calendar(&one->course, (int)workflow_clock_info(one->course.wf, both->number)->calendar, &bodies);
    size_t found = calendar_history_changes(recount->history, both->revision, &bodies, workflow_zone_day(zone, since),
                                            last == WORKFLOW_NEVER ? INT32_MAX : workflow_zone_day(zone, last - 1), ret,
                                            CHANGES_MAX),
           n = 0;
    for (size_t i = 0; i < found; i++)
        if (workflow_calendar_is_working(both->before, ret[i].holiday->day) !=
            workflow_calendar_is_working(both->after, ret[i].holiday->day))
            ret[n++] = ret[i];
    return n;
}

static void tell_why(struct json_out *out, const struct recount *recount, const struct one *one,
                     const struct both *both)
{
    static const char *const languages[] = {[WORKFLOW_CA] = "ca", [WORKFLOW_ES] = "es", [WORKFLOW_EN] = "en"};
    struct workflow_day_change changes[CHANGES_MAX];
    const struct workflow_correction correction = {
        .before_day = workflow_zone_day(calendars_zone(), both->touch.due_before_us - 1),
        .after_day = workflow_zone_day(calendars_zone(), both->touch.due_after_us - 1),
        .changes = changes,
        .n_changes = changes_of(recount, one, both, changes),
    };
    json_out_name(out, "why");
    json_out_object_begin(out);
    for (unsigned i = 0; i < WORKFLOW_LANGUAGES; i++) {
        char words[WHY_BYTES];
        (void)workflow_correction_text(&correction, (enum workflow_language)i, words, sizeof words);
        json_out_member_text(out, languages[i], words);
    }
    json_out_object_end(out);
}

/* The town hears of a term of the law that ends on another day than it was told. */
static void notify(struct one *one, const struct workflow_clock_info *info, const struct recount *recount,
                   const struct both *both)
{
    const struct workflow *wf = one->course.wf;
    struct json_out *out = &one->course.outbox;
    const struct workflow_role_info *role = NULL;
    for (unsigned i = 0; !role && i < workflow_role_count(wf); i++)
        if (workflow_role(wf, i)->from == WORKFLOW_ROLE_FROM_APPLICANT_ENTITY && !workflow_role(wf, i)->team)
            role = workflow_role(wf, i);
    if (!info->legal || !role || one->change.before.submitted_at == 0)
        return;
    json_out_object_begin(out);
    json_out_member_number(out, "ordinal", (int64_t)one->course.n_effects++);
    json_out_member_text(out, "kind", workflow_effect_key(WORKFLOW_EFFECT_NOTIFY));
    json_out_name(out, "payload");
    json_out_object_begin(out);
    json_out_member_text(out, "to", role->key);
    json_out_member_bool(out, "internal", false);
    json_out_member_text(out, "about", "term_moved");
    json_out_member_text(out, "clock", info->key);
    json_out_member_time(out, "from", both->touch.due_before_us);
    json_out_member_time(out, "due", both->touch.due_after_us);
    json_out_member_bool(out, "electronic", true);
    tell_why(out, recount, one, both);
    json_out_object_end(out);
    json_out_object_end(out);
}

static void recount_clock(const struct recount *recount, struct one *one, size_t row)
{
    struct request_course *course = &one->course;
    struct both both = {.revision = rows_number(recount->clocks, row, CLOCK_REVISION)};
    if (!workflow_clock_find(course->wf, rows_text(recount->clocks, row, CLOCK_KEY), &both.number))
        return;
    const struct workflow_clock_info *info = workflow_clock_info(course->wf, both.number);
    const struct directory *then = calendar_history_at(recount->history, both.revision);
    both.before = calendars_use(course->wf, (int)info->calendar, then, course->body, course->arena, NULL);
    both.after = course_calendar(course, (int)info->calendar, NULL);
    if (!workflow_clock_touched(&course->stand.clocks[both.number], both.before, both.after, &both.touch) ||
        both.touch.due_before_us == WORKFLOW_NEVER || both.touch.due_after_us == WORKFLOW_NEVER ||
        is_same(both.touch.due_before_us, both.touch.due_after_us))
        return;
    course->clocks |= (uint16_t)(1u << both.number);
    one->moved++;
    json_out_object_begin(&one->clocks);
    json_out_member_text(&one->clocks, "clock", info->key);
    json_out_member_time(&one->clocks, "from", both.touch.due_before_us);
    json_out_member_time(&one->clocks, "to", both.touch.due_after_us);
    tell_why(&one->clocks, recount, one, &both);
    json_out_object_end(&one->clocks);
    notify(one, info, recount, &both);
}

/* ---- timers ---- */

/* Those of clocks, of spans, and in office hours of any: an unmoved clock may have a reminder on a day that rests now.
 */
static void recount_timer(const struct recount *recount, struct one *one, size_t row)
{
    struct request_course *course = &one->course;
    const char *name = rows_text(recount->timers, row, TIMER_KEY);
    const int64_t was = rows_time(recount->timers, row, TIMER_DUE);
    struct course_moment moment = {.since = rows_time(recount->timers, row, TIMER_SINCE)};
    unsigned timer;
    int64_t member;
    if (!request_course_timer(course->wf, name, &timer, &member) ||
        (moment.since == 0 && workflow_timer_info(course->wf, timer)->of != WORKFLOW_TIMER_OF_CLOCK))
        return;
    const struct directory_body *lead = course_count_for(course, timer, member);
    moment.due = course_timer_due(course, timer, moment.since);
    course->body = lead;
    if (moment.due == WORKFLOW_NEVER || is_same(moment.due, was))
        return;
    course_row_write(course, name, moment);
    one->moved++;
    json_out_object_begin(&one->timers);
    json_out_member_text(&one->timers, "timer", name);
    json_out_member_time(&one->timers, "from", was);
    json_out_member_time(&one->timers, "to", moment.due);
    json_out_object_end(&one->timers);
}

/* ---- a request ---- */

static const char *event_of(struct one *one, const struct recount *recount)
{
    struct json_out out = json_out_new(recount->call->arena, 1024);
    json_out_array_end(&one->clocks);
    json_out_array_end(&one->timers);
    json_out_object_begin(&out);
    json_out_member_number(&out, "calendar", recount->call->directory->calendar);
    json_out_member_text(&out, "reason", rows_count(recount->reason) > 0 ? rows_text(recount->reason, 0, 0) : NULL);
    json_out_member_raw(&out, "clocks", json_out_finish(&one->clocks, NULL));
    json_out_member_raw(&out, "timers", json_out_finish(&one->timers, NULL));
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

static struct request_follow follow_of(struct one *one)
{
    struct request_course *course = &one->course;
    struct request_follow follow = {.clocks = course_clocks(course)};
    json_out_array_end(&course->rows);
    json_out_array_end(&course->outbox);
    if (course->n_rows > 0)
        follow.timers = json_out_finish(&course->rows, NULL);
    if (course->n_effects > 0)
        follow.outbox = json_out_finish(&course->outbox, NULL);
    course_tell_due(course, &follow);
    follow.engine = request_stand_text(course->wf, &course->stand, course->arena);
    return follow;
}

/* Whether the rows that are next are of that request. */
static bool is_of(const struct rows *rows, size_t row, int64_t request_id)
{
    return row < rows_count(rows) && rows_number(rows, row, 0) == request_id;
}

/* False: its definition was published a moment ago, and it waits. */
static bool recount_one(struct recount *recount, size_t row, struct one *one, struct tx *tx)
{
    const struct call *call = recount->call;
    struct request_change *change = &one->change;
    *one = (struct one){.clocks = json_out_new(call->arena, 256), .timers = json_out_new(call->arena, 256)};
    change->before = request_from_row(recount->requests, row);
    change->type = "request.clock_recomputed";
    const bool known = directory_workflow_by_id(call->directory, change->before.workflow_id) != NULL;
    const bool stands = known && request_change_prepare(change, call);
    json_out_array_begin(&one->clocks);
    json_out_array_begin(&one->timers);
    if (stands)
        request_course_begin(&one->course, change->definition->workflow, call->directory, change->body, &change->stand,
                             call->now, call->arena);
    for (; is_of(recount->clocks, recount->clock_at, change->before.id); recount->clock_at++)
        if (stands)
            recount_clock(recount, one, recount->clock_at);
    for (; is_of(recount->timers, recount->timer_at, change->before.id); recount->timer_at++)
        if (stands)
            recount_timer(recount, one, recount->timer_at);
    if (known && !stands) {
        call->err->kind =
            ERROR_NONE; /* its state is none of its definition: there is nothing to count, and others wait */
        log_event(LOG_WARN, "recount_unreadable", LOG_N("request", change->before.id));
    }
    if (one->moved == 0)
        return known;
    change->event = event_of(one, recount);
    change->follow = follow_of(one);
    request_change_queue(change, tx, call);
    return true;
}

/* The oldest calendar that one of the clocks was counted by. */
static int64_t oldest(const struct rows *clocks, int64_t now)
{
    int64_t revision = now > 0 ? now - 1 : 0;
    for (size_t row = 0; row < rows_count(clocks); row++)
        if (rows_number(clocks, row, CLOCK_REVISION) < revision)
            revision = rows_number(clocks, row, CLOCK_REVISION);
    return revision;
}

static bool read_claimed(struct recount *recount, struct tx *tx)
{
    const struct directory *dir = recount->call->directory;
    tx_query(tx, QUERY_RECOUNT_REQUESTS, NULL, 0, &recount->requests);
    tx_query(tx, QUERY_RECOUNT_CLOCKS, NULL, 0, &recount->clocks);
    tx_query(tx, QUERY_RECOUNT_TIMERS, NULL, 0, &recount->timers);
    tx_run(tx, QUERY_RECOUNT_REASON, &recount->reason, param_number(dir->calendar));
    if (!tx_flush(tx))
        return false;
    recount->history = calendar_history_queue(tx, dir, oldest(recount->clocks, dir->calendar), recount->call->arena);
    if (!tx_flush(tx))
        return false;
    calendar_history_take(recount->history);
    return true;
}

bool recount_apply(const struct call *call, size_t *ret_count)
{
    tx_auto struct tx tx = {0};
    struct recount recount = {.call = call};
    const struct rows *claim = NULL;
    *ret_count = 0;
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_query(&tx, QUERY_WORKER_YIELDS, NULL, 0, NULL);
    tx_run(&tx, QUERY_RECOUNT_CLAIM, &claim, param_number(call->directory->calendar), param_number(BATCH));
    if (!tx_flush(&tx))
        return false;
    if (rows_number(claim, 0, 0) == 0)
        return true;
    if (!read_claimed(&recount, &tx))
        return false;
    size_t n = rows_count(recount.requests), n_done = 0;
    struct one *one = arena_alloc(call->arena, sizeof *one);
    int64_t *done = arena_alloc(call->arena, (n + 1) * sizeof *done);
    for (size_t row = 0; row < n; row++)
        if (recount_one(&recount, row, one, &tx))
            done[n_done++] = one->change.before.id;
    tx_run(&tx, QUERY_RECOUNT_DONE, NULL, param_text(array_of_numbers(call->arena, done, n_done)),
           param_number(call->directory->calendar));
    if (!tx_commit(&tx))
        return false;
    for (size_t row = 0; row < n; row++)
        answer_cache_forget(call->cache, rows_text(recount.requests, row, 1));
    *ret_count = n_done;
    return true;
}
