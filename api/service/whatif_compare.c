/* Where the two tracks of a request part: places, deadlines, and what could have been done. */
#include <string.h>

#include "service/whatif_internal.h"

/* ---- where the tracks part ---- */

static void reasons_write(struct json_out *out, uint32_t why)
{
    json_out_name(out, "reasons");
    json_out_array_begin(out);
    for (unsigned i = 0; i < WORKFLOW_REASONS; i++)
        if (why >> i & 1)
            json_out_text(out, workflow_reason_key((enum workflow_reason)(1u << i)));
    json_out_array_end(out);
}

/* The first place counts: what follows there, follows from it. */
void whatif_diverge(struct whatif *whatif, const char *kind, const char *event, uint32_t why)
{
    struct json_out *out = &whatif->divergent;
    if (whatif->diverged)
        return;
    whatif->diverged = true;
    whatif->diverging++;
    if (whatif->n_divergent++ >= WHATIF_TOLD_MAX)
        return;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", whatif->ref);
    json_out_member_number(out, "seq", whatif->seq);
    json_out_name(out, "at");
    json_out_time(out, whatif->at);
    json_out_member_text(out, "kind", kind);
    json_out_member_text(out, "event", event);
    json_out_member_text(out, "before", whatif_track_state(whatif->before));
    json_out_member_text(out, "after", whatif->after->stands ? whatif_track_state(whatif->after) : NULL);
    reasons_write(out, why);
    json_out_object_end(out);
}

void whatif_compare_places(struct whatif *whatif, const char *event)
{
    if (strcmp(whatif_track_state(whatif->before), whatif_track_state(whatif->after)) != 0)
        whatif_diverge(whatif, "elsewhere", event, 0);
}

/* ---- deadlines ---- */

static void deadline_write(struct whatif *whatif, const char *clock, int64_t before, int64_t after, bool late_before,
                           bool late_after)
{
    struct json_out *out = &whatif->deadlines;
    if (whatif->n_deadlines++ >= WHATIF_TOLD_MAX)
        return;
    json_out_object_begin(out);
    json_out_member_text(out, "ref", whatif->ref);
    json_out_member_text(out, "clock", clock);
    json_out_name(out, "before");
    json_out_time(out, before);
    json_out_name(out, "after");
    json_out_time(out, after);
    json_out_member_number(out, "seconds", (after - before) / 1000000);
    json_out_member_bool(out, "breached_before", late_before);
    json_out_member_bool(out, "breached_after", late_after);
    json_out_object_end(out);
}

static void compare_clock(struct whatif *whatif, unsigned number)
{
    const struct workflow_course *before = &whatif->before->course, *after = &whatif->after->course;
    const char *key = workflow_clock_info(before->wf, number)->key;
    unsigned other;
    if (!(before->ran >> number & 1) || !workflow_clock_find(after->wf, key, &other) || !(after->ran >> other & 1))
        return;
    bool late_before = before->late >> number & 1, late_after = after->late >> other & 1;
    int64_t shift = after->ends_us[other] - before->ends_us[number];
    if (shift == 0 && late_before == late_after)
        return;
    whatif->moved += shift > 0;
    whatif->earlier += shift < 0;
    whatif->shift_us += shift;
    whatif->breached += late_after && !late_before;
    whatif->saved += late_before && !late_after;
    deadline_write(whatif, key, before->ends_us[number], after->ends_us[other], late_before, late_after);
}

void whatif_compare_clocks(struct whatif *whatif)
{
    for (unsigned i = 0; i < workflow_clock_count(whatif->before->wf); i++)
        compare_clock(whatif, i);
}

/* ---- what could have been done ---- */

static struct whatif_act *act_of(struct whatif *whatif, const char *state, const char *event)
{
    for (size_t i = 0; i < whatif->n_acts; i++)
        if (strcmp(whatif->acts[i].state, state) == 0 && strcmp(whatif->acts[i].event, event) == 0)
            return &whatif->acts[i];
    if (whatif->n_acts == WHATIF_ACTS_MAX)
        return NULL;
    whatif->acts[whatif->n_acts] = (struct whatif_act){.state = arena_strdup(whatif->call->arena, state),
                                                       .event = arena_strdup(whatif->call->arena, event)};
    return &whatif->acts[whatif->n_acts++];
}

/* What somebody could do there who has every role and fills in every field. */
static size_t possible(struct whatif *whatif, struct whatif_track *track, struct workflow_option *options)
{
    struct workflow_world world = whatif_track_world(whatif, track, whatif->at, 0);
    size_t n = workflow_options(track->wf, &track->course.instance, &world, 0, false, &track->out, options,
                                WORKFLOW_EVENTS_MAX);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (options[i].possible)
            options[kept++] = options[i];
    return kept;
}

static bool has(const struct whatif_track *track, const struct workflow_option *options, size_t n, const char *event)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(workflow_event_key(track->wf, options[i].event), event) == 0)
            return true;
    return false;
}

void whatif_compare_options(struct whatif *whatif)
{
    struct workflow_option *before = arena_take(whatif->request_arena, WORKFLOW_EVENTS_MAX * sizeof *before);
    struct workflow_option *after = arena_take(whatif->request_arena, WORKFLOW_EVENTS_MAX * sizeof *after);
    size_t n_before = possible(whatif, whatif->before, before), n_after = possible(whatif, whatif->after, after);
    const char *state = whatif_track_state(whatif->before);
    for (size_t i = 0; i < n_before; i++) {
        const char *event = workflow_event_key(whatif->before->wf, before[i].event);
        struct whatif_act *act = has(whatif->after, after, n_after, event) ? NULL : act_of(whatif, state, event);
        if (act)
            act->lost++;
    }
    for (size_t i = 0; i < n_after; i++) {
        const char *event = workflow_event_key(whatif->after->wf, after[i].event);
        struct whatif_act *act = has(whatif->before, before, n_before, event) ? NULL : act_of(whatif, state, event);
        if (act)
            act->gained++;
    }
}
