#include "service/calendar.h"

#include <string.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/json_in.h"
#include "base/log.h"
#include "service/calendars.h"
#include "service/idempotency.h"
#include "store/array.h"

#define YEAR_DAYS 366
#define BACK      (4 * YEAR_DAYS) /* what is older has no running term */
#define AHEAD     (5 * YEAR_DAYS)

bool calendar_place_find(const struct directory *dir, const char *code, struct calendar_place *ret, struct error *err)
{
    const bool wide = strcmp(code, "catalunya") == 0 || strcmp(code, "aran") == 0;
    *ret =
        (struct calendar_place){.scope = wide ? code : "local", .body = wide ? NULL : directory_body_find(dir, code)};
    return wide || ret->body || error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_BODY, code);
}

/* ---- reading ---- */

/* The lists that hold there, widest first. */
static size_t lists_of(const struct directory *dir, const struct calendar_place *place,
                       const struct workflow_holidays *ret[3])
{
    size_t n = 0;
    ret[n++] = &dir->catalunya;
    if (place->body ? calendars_in_aran(place->body) : strcmp(place->scope, "aran") == 0)
        ret[n++] = &dir->aran;
    if (place->body)
        ret[n++] = &dir->local_holidays[place->body - dir->bodies];
    return n;
}

static void day_view(struct json_out *out, const struct workflow_holiday *holiday)
{
    static const char *const scopes[] = {
        [WORKFLOW_SCOPE_CATALUNYA] = "catalunya", [WORKFLOW_SCOPE_ARAN] = "aran", [WORKFLOW_SCOPE_LOCAL] = "local"};
    char day[TIME_TEXT_SIZE];
    json_out_object_begin(out);
    json_out_member_text(out, "day", day_format(holiday->day, day));
    json_out_member_text(out, "scope", scopes[holiday->scope]);
    json_out_member_bool(out, "rests", !holiday->lifted);
    json_out_member_text(out, "name_ca", holiday->name.in[WORKFLOW_CA]);
    json_out_member_text(out, "name_es", holiday->name.in[WORKFLOW_ES]);
    json_out_object_end(out);
}

/* The lists are by day each: the first of those that are left, the wider before the narrower. */
static void days_view(struct json_out *out, const struct workflow_holidays *const lists[], size_t n_lists, int year)
{
    size_t at[3] = {0};
    for (;;) {
        const struct workflow_holiday *next = NULL;
        size_t of = 0;
        for (size_t i = 0; i < n_lists; i++)
            if (at[i] < lists[i]->n && (!next || lists[i]->days[at[i]].day < next->day)) {
                next = &lists[i]->days[at[i]];
                of = i;
            }
        if (!next)
            return;
        at[of]++;
        if (workflow_day_date(next->day).year == year)
            day_view(out, next);
    }
}

void calendar_view(struct json_out *out, const struct directory *dir, const struct calendar_place *place, int year)
{
    const struct workflow_holidays *lists[3];
    size_t n = lists_of(dir, place, lists);
    json_out_object_begin(out);
    json_out_member_text(out, "calendar", place->body ? place->body->code : place->scope);
    json_out_member_text(out, "name", place->body ? place->body->name : NULL);
    json_out_member_number(out, "year", year);
    json_out_member_bool(out, "seat", place->body && place->body == dir->seat);
    json_out_member_number(out, "revision", dir->calendar);
    json_out_name(out, "days");
    json_out_array_begin(out);
    days_view(out, lists, n, year);
    json_out_array_end(out);
    json_out_object_end(out);
}

/* ---- correcting ---- */

static bool is_own(const struct directory *dir, const struct calendar_place *place, int64_t day)
{
    const struct workflow_holidays *lists[3];
    const struct workflow_holidays *own = lists[lists_of(dir, place, lists) - 1];
    for (size_t i = 0; i < own->n; i++)
        if (own->days[i].day == day)
            return true;
    return false;
}

static void check_day(const struct call *call, const struct calendar_day *day, const char *pointer)
{
    const int64_t today = directory_day(call->now);
    if (day->day < today - BACK)
        error_violate(call->err, pointer, IN_THE_PAST);
    else if (day->day > today + AHEAD)
        error_violate(call->err, pointer, TOO_FAR_AHEAD);
}

static bool check(const struct call *call, const struct calendar_place *place, const struct calendar_input *input)
{
    for (size_t i = 0; i < input->n_add; i++)
        check_day(call, &input->add[i], json_pointer(call->arena, json_pointer_index(call->arena, "/add", i), "day"));
    for (size_t i = 0; i < input->n_remove; i++) {
        const char *pointer = json_pointer_index(call->arena, "/remove", i);
        check_day(call, &input->remove[i], pointer);
        if (!is_own(call->directory, place, input->remove[i].day))
            error_violate(call->err, pointer, NO_SUCH_HOLIDAY, input->remove[i].text);
    }
    return !error_is_set(call->err);
}

static const char *added_json(const struct call *call, const struct calendar_input *input)
{
    struct json_out out = json_out_new(call->arena, 512);
    json_out_array_begin(&out);
    for (size_t i = 0; i < input->n_add; i++) {
        json_out_object_begin(&out);
        json_out_member_text(&out, "day", input->add[i].text);
        json_out_member_text(&out, "name_ca", input->add[i].name_ca);
        json_out_member_text(&out, "name_es", input->add[i].name_es);
        json_out_object_end(&out);
    }
    json_out_array_end(&out);
    return json_out_finish(&out, NULL);
}

static const char *removed_array(const struct call *call, const struct calendar_input *input)
{
    const char *days[CALENDAR_DAYS_MAX];
    for (size_t i = 0; i < input->n_remove; i++)
        days[i] = input->remove[i].text;
    return array_of_texts(call->arena, days, input->n_remove);
}

static void corrected_reply(const struct call *call, const char *code, const struct rows *rows, struct reply *ret)
{
    struct json_out out = json_out_new(call->arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "calendar", code);
    json_out_name(&out, "revision");
    if (rows_null(rows, 0, 0))
        json_out_null(&out);
    else
        json_out_number(&out, rows_number(rows, 0, 0));
    json_out_member_number(&out, "requests", rows_number(rows, 0, 1));
    json_out_object_end(&out);
    *ret = (struct reply){.status = 201};
    ret->bytes = json_out_finish(&out, &ret->length);
}

bool calendar_correct(const struct call *call, const char *code, const struct calendar_input *input, struct reply *ret)
{
    struct calendar_place place;
    struct idempotency key;
    const struct rows *rows = NULL;
    tx_auto struct tx tx = {0};
    if (!calendar_place_find(call->directory, code, &place, call->err) ||
        !tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    idempotency_queue(&key, &tx, call);
    if (!tx_flush(&tx))
        return false;
    enum idempotency_outcome outcome = idempotency_check(&key, call, ret);
    if (outcome != IDEMPOTENCY_FRESH)
        return outcome == IDEMPOTENCY_REPLAY;
    if (!check(call, &place, input))
        return false;
    tx_run(&tx, QUERY_CALENDAR_CORRECT, &rows, param_text(place.scope),
           param_number_or_null(place.body ? place.body->id : 0), param_text(added_json(call, input)),
           param_text(removed_array(call, input)), param_text(call->actor->login), param_text(input->reason));
    if (!tx_flush(&tx))
        return false;
    corrected_reply(call, code, rows, ret);
    idempotency_keep(&key, &tx, call, ret);
    bool done = tx_commit(&tx);
    if (done)
        bell_ring(call->bell);
    return done;
}

/* ---- the seat ---- */

bool calendar_seat_take(struct store *store, const char *code, struct arena *arena, struct error *err)
{
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, store, TX_WRITE, &actor_system, arena, err))
        return false;
    tx_run(&tx, QUERY_CALENDAR_SEAT_TAKE, &rows, param_text(code), param_text("OAM_SEAT"));
    if (!tx_commit(&tx))
        return false;
    if (rows_null(rows, 0, 0))
        return error_set(err, ERROR_INVALID, TEXT_CALENDAR_NO_SEAT, code);
    if (rows_bool(rows, 0, 0))
        log_event(LOG_INFO, "seat_moved", LOG_S("body", code));
    return true;
}
