/* The clocks of a course as they are kept, and what is told of them. */
#include "service/request_course_internal.h"

#define SKIPS_MAX 64
#define WHY_BYTES 600

static void clock_write(struct request_course *course, struct json_out *out, unsigned number)
{
    const struct workflow_clock_info *info = workflow_clock_info(course->wf, number);
    const struct workflow_clock *clock = &course->stand.clocks[number];
    struct calendar_bodies bodies;
    int64_t due = workflow_clock_due(clock, course_calendar(course, (int)info->calendar, &bodies), NULL);
    json_out_object_begin(out);
    json_out_member_text(out, "clock", info->key);
    if (due != WORKFLOW_NEVER) {
        json_out_name(out, "bodies");
        json_out_array_begin(out);
        for (size_t i = 0; i < bodies.n; i++)
            json_out_number(out, bodies.ids[i]);
        json_out_array_end(out);
        json_out_member_time(out, "since", clock->since_us);
        json_out_member_time(out, "due", due > clock->since_us ? due : clock->since_us);
        json_out_member_number(out, "calendar", course->directory->calendar);
    }
    json_out_object_end(out);
}

const char *course_clocks(struct request_course *course)
{
    struct json_out *out = &course->clocks_gone; /* what is gone goes first: another may have its name */
    if (!course->clocks && course->n_clocks_gone == 0)
        return NULL;
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++)
        if (course->clocks >> i & 1)
            clock_write(course, out, i);
    json_out_array_end(out);
    return json_out_finish(out, NULL);
}

/* Clocks that stand still: since when, and in which state. */
static size_t suspended_write(const struct request_course *course, struct json_out *out)
{
    size_t n = 0;
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++) {
        const struct workflow_clock *clock = &course->stand.clocks[i];
        unsigned state;
        if (clock->state != WORKFLOW_CLOCK_PAUSED ||
            !workflow_clock_held(course->wf, &course->stand.instance, i, &state))
            continue;
        if (n++ == 0) {
            json_out_name(out, "suspended");
            json_out_array_begin(out);
        }
        json_out_object_begin(out);
        json_out_member_text(out, "clock", workflow_clock_info(course->wf, i)->key);
        json_out_member_time(out, "since", clock->since_us);
        json_out_member_text(out, "state", workflow_state(course->wf, state)->key);
        json_out_object_end(out);
    }
    if (n > 0)
        json_out_array_end(out);
    return n;
}

/* By how much a term was extended, and how long it was before. */
static void extended_write(const struct workflow_clock *clock, struct json_out *out)
{
    if (clock->extended == 0)
        return;
    json_out_name(out, "extended");
    json_out_object_begin(out);
    json_out_member_number(out, "by", clock->extended);
    json_out_member_number(out, "beyond", clock->span.amount - clock->extended);
    json_out_member_text(out, "unit", workflow_span_key(clock->span.kind));
    json_out_object_end(out);
}

static void told_write(const struct request_course *course, struct json_out *out, unsigned number)
{
    static const char *const languages[] = {[WORKFLOW_CA] = "ca", [WORKFLOW_ES] = "es", [WORKFLOW_EN] = "en"};
    const struct workflow_clock_info *info = workflow_clock_info(course->wf, number);
    struct workflow_skip skips[SKIPS_MAX];
    struct workflow_why why = {.skips = skips, .capacity = SKIPS_MAX, .legal = info->legal};
    (void)workflow_clock_due(&course->stand.clocks[number], course_calendar(course, (int)info->calendar, NULL), &why);
    json_out_member_text(out, "clock", info->key);
    json_out_member_bool(out, "legal", info->legal);
    if (info->law)
        json_out_member_text(out, "law", info->law);
    extended_write(&course->stand.clocks[number], out);
    json_out_name(out, "why");
    json_out_object_begin(out);
    for (unsigned i = 0; i < WORKFLOW_LANGUAGES; i++) {
        char text[WHY_BYTES];
        (void)workflow_why_text(&why, (enum workflow_language)i, text, sizeof text);
        json_out_member_text(out, languages[i], text);
    }
    json_out_object_end(out);
}

/* The law's clocks before the house's, the first to end; -1 when none runs. */
static int clock_told(const struct request_course *course, int64_t *ret_due)
{
    int told = -1;
    for (unsigned i = 0; i < workflow_clock_count(course->wf); i++) {
        const struct workflow_clock_info *info = workflow_clock_info(course->wf, i);
        const struct workflow_calendar *calendar = course_calendar(course, (int)info->calendar, NULL);
        int64_t due = workflow_clock_due(&course->stand.clocks[i], calendar, NULL);
        bool legal = told >= 0 && workflow_clock_info(course->wf, (unsigned)told)->legal;
        if (due == WORKFLOW_NEVER || (told >= 0 && (info->legal == legal ? due >= *ret_due : legal)))
            continue;
        told = (int)i;
        *ret_due = due;
    }
    return told;
}

void course_tell_due(const struct request_course *course, struct request_follow *ret)
{
    struct json_out out = json_out_new(course->arena, 512);
    int told = clock_told(course, &ret->due_at);
    json_out_object_begin(&out);
    if (told >= 0)
        told_write(course, &out, (unsigned)told);
    size_t suspended = suspended_write(course, &out);
    json_out_object_end(&out);
    if (told >= 0 || suspended > 0)
        ret->due = json_out_finish(&out, NULL);
}
