/*
 * A chart, somebody who may do everything, and what came of each step as one line of text. To be included by one test
 * program each. Charts are written as in support/chart_text.h; the rest of the document is given.
 */
#ifndef OAM_TEST_WORKFLOW_SCENE_H
#define OAM_TEST_WORKFLOW_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chart_text.h"
#include "workflow/definition.h"
#include "workflow/step.h"

struct scene {
    struct workflow *wf;
    struct workflow_world world;
    struct workflow_instance now;
    struct workflow_out out;
    struct workflow_value data[WORKFLOW_FIELDS_MAX];
    struct workflow_memory scratch;
    char said[1024]; /* of the last step, by the functions below */
    char room[4096] __attribute__((aligned(16)));
};

#define SCENE_HEAD                                                                                                     \
    "{`format`: `oam-wf/1`, `key`: `scene`, `version`: 1, `title`: {`ca`: `e`, `en`: `e`},"                            \
    "`roles`: {`all`: {`label`: {`ca`: `t`, `en`: `t`}, `from`: `team`},"                                              \
    " `other`: {`label`: {`ca`: `a`, `en`: `a`}, `from`: `team`},"                                                     \
    " `board`: {`label`: {`ca`: `j`, `en`: `j`}, `from`: `panel`}},"                                                   \
    "`calendars`: {`legal`: {`union`: [`seat`]}},"
#define SCENE_L "`label`: {`ca`: `x`, `en`: `x`}, `phase`: `study`"
#define SCENE_END                                                                                                      \
    "`end`: {`label`: {`ca`: `f`, `en`: `f`}, `type`: `final`, `phase`: `end`, `outcome`: `completed`},"               \
    "`gone`: {`label`: {`ca`: `f`, `en`: `f`}, `type`: `final`, `phase`: `end`, `outcome`: `withdrawn`}"

/* Parses and is born; the parser's faults are shown. */
static inline struct scene *scene_open(const char *text)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct scene *scene = calloc(1, sizeof(*scene));
    char *document = chart_text(text);
    size_t n = 0;

    assert_non_null(scene);
    assert_non_null(document);
    scene->wf = workflow_parse(document, strlen(document), faults, WORKFLOW_FAULTS_MAX, &n);
    for (size_t i = 0; i < n; i++)
        print_error("%u:%u %s %s: %s\n", faults[i].line, faults[i].column, faults[i].pointer, faults[i].code,
                    faults[i].message);
    assert_non_null(scene->wf);
    free(document);
    scene->scratch = (struct workflow_memory){.bytes = scene->room, .size = sizeof(scene->room)};
    scene->world = (struct workflow_world){
        .actor = 1, .roles_held = 1, .fields_present = UINT64_MAX, .data = scene->data, .scratch = &scene->scratch};
    return scene;
}

static inline void scene_close(struct scene *scene)
{
    workflow_free(scene->wf);
    free(scene);
}

/* What an answer does not tell is of no meaning, and nobody may count on it. */
static inline void scene_forget(struct scene *scene)
{
    memset(&scene->out, 0xa5, sizeof(scene->out));
}

/* Carries out what a step came to: where it stands, and the fields that were written. */
static inline enum workflow_rc scene_keep(struct scene *scene, enum workflow_rc rc)
{
    if (rc != WORKFLOW_OK)
        return rc;
    scene->now = scene->out.next;
    for (unsigned i = 0; i < workflow_field_count(scene->wf); i++)
        if (scene->out.set >> i & 1)
            scene->data[i] = scene->out.data[i];
    return rc;
}

static inline enum workflow_rc scene_start(struct scene *scene)
{
    scene_forget(scene);
    return scene_keep(scene, workflow_start(scene->wf, &scene->world, &scene->out));
}

static inline struct workflow_event scene_event(const struct scene *scene, const char *key)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED, .number = 9999};

    workflow_event_find(scene->wf, key, &event.number);
    return event;
}

static inline enum workflow_rc scene_step(struct scene *scene, struct workflow_event event)
{
    scene_forget(scene);
    return scene_keep(scene, workflow_step(scene->wf, &scene->now, &event, &scene->world, &scene->out));
}

static inline enum workflow_rc scene_do(struct scene *scene, const char *event)
{
    return scene_step(scene, scene_event(scene, event));
}

static inline enum workflow_rc scene_fire(struct scene *scene, const char *timer)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_TIMER};

    assert_true(workflow_timer_find(scene->wf, timer, &event.number));
    return scene_step(scene, event);
}

static inline void scene_say(struct scene *scene, const char *format, ...)
{
    size_t used = strlen(scene->said);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(scene->said + used, sizeof(scene->said) - used, format, arguments);
    va_end(arguments);
}

/* Says the active leaves, by their paths. */
static inline const char *scene_leaves(struct scene *scene)
{
    scene->said[0] = '\0';
    for (unsigned i = 0; i < workflow_state_count(scene->wf); i++) {
        const struct workflow_state_info *state = workflow_state(scene->wf, i);
        if ((scene->now.configuration.word[i / 64] >> i % 64 & 1) && state->kind != WORKFLOW_STATE_COMPOUND &&
            state->kind != WORKFLOW_STATE_PARALLEL)
            scene_say(scene, "%s%s", scene->said[0] ? " " : "", state->path);
    }
    return scene->said;
}

/* Says the effects of the last step, in order. */
static inline const char *scene_effects(struct scene *scene)
{
    scene->said[0] = '\0';
    for (unsigned i = 0; i < scene->out.n_effects; i++) {
        const struct workflow_effect *effect = &scene->out.effects[i];
        assert_int_equal(effect->ordinal, i);
        scene_say(scene, "%s%s%s", scene->said[0] ? " " : "", effect->undoing ? "undo " : "",
                  workflow_effect_key(effect->info->kind));
        if (effect->info->word)
            scene_say(scene, ":%s", effect->info->word);
        if (effect->resumed)
            scene_say(scene, "(resumed)");
        if (effect->body)
            scene_say(scene, "@%d", (int)effect->body);
    }
    return scene->said;
}

static inline const char *scene_clocks(struct scene *scene)
{
    static const char *const words[] = {"start", "stop", "pause", "resume", "extend"};

    scene->said[0] = '\0';
    for (unsigned i = 0; i < scene->out.n_clocks; i++)
        scene_say(scene, "%s%s %s", i ? ", " : "", words[scene->out.clocks[i].kind],
                  workflow_clock_info(scene->wf, scene->out.clocks[i].clock)->key);
    return scene->said;
}

static inline const char *scene_timers(struct scene *scene)
{
    scene->said[0] = '\0';
    for (unsigned i = 0; i < scene->out.n_timers; i++) {
        const struct workflow_timer_change *change = &scene->out.timers[i];
        scene_say(scene, "%s%s %s", i ? ", " : "", change->kind == WORKFLOW_TIMER_ARM ? "arm" : "cancel",
                  workflow_timer_info(scene->wf, change->timer)->key);
        if (change->body)
            scene_say(scene, "@%d", (int)change->body);
    }
    return scene->said;
}

#endif
