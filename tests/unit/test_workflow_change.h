/* Two versions of a chart, the map between them with its proof, and one request that goes from the one to the other. To
 * be included by one test program each. */
#ifndef OAM_TEST_WORKFLOW_CHANGE_H
#define OAM_TEST_WORKFLOW_CHANGE_H

#include "unit/test_workflow_scene.h"
#include "workflow/migration.h"

struct change {
    struct scene *from, *to;
    char *before, *after;
    struct workflow_map *map;
    struct workflow_fault fault;
    struct workflow_obstacle obstacle;
    struct workflow_gap gaps[8];
    struct workflow_proof proof;
};

static inline struct change *change_open(const char *from, const char *to, const char *said)
{
    struct change *change = calloc(1, sizeof(*change));
    char *text = said ? chart_text(said) : NULL;
    size_t n = 0;

    assert_non_null(change);
    change->from = scene_open(from);
    change->to = scene_open(to);
    change->before = chart_text(from);
    change->after = chart_text(to);
    change->map =
        workflow_map_read(change->from->wf, change->to->wf, text, text ? strlen(text) : 0, &change->fault, 1, &n);
    assert_int_equal(change->map == NULL, n > 0);
    if (change->map) {
        struct workflow_memory memory = {.bytes = malloc(WORKFLOW_PROOF_MEMORY), .size = WORKFLOW_PROOF_MEMORY};
        assert_non_null(memory.bytes);
        change->proof = workflow_map_prove(change->map, &memory, change->gaps, 8);
        free(memory.bytes);
    }
    free(text);
    return change;
}

static inline void change_close(struct change *change)
{
    workflow_map_free(change->map);
    scene_close(change->from);
    scene_close(change->to);
    free(change->before);
    free(change->after);
    free(change);
}

static inline void go(struct scene *scene, const char *event)
{
    struct workflow_event named = {.kind = WORKFLOW_EVENT_NAMED};

    if (!event) {
        assert_int_equal(workflow_start(scene->wf, &scene->world, &scene->out), WORKFLOW_OK);
    } else {
        assert_true(workflow_event_find(scene->wf, event, &named.number));
        assert_int_equal(workflow_step(scene->wf, &scene->now, &named, &scene->world, &scene->out), WORKFLOW_OK);
    }
    scene->now = scene->out.next;
}

static inline enum workflow_rc take_over(struct change *change)
{
    enum workflow_rc rc = workflow_migrate(change->map, &change->from->now, &change->from->world, &change->to->world,
                                           &change->obstacle, &change->to->out);

    if (rc == WORKFLOW_OK)
        change->to->now = change->to->out.next;
    return rc;
}

static inline void assert_bytes_read(const struct scene *scene)
{
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    struct workflow_instance read;
    size_t n = workflow_encode(scene->wf, &scene->now, bytes, sizeof(bytes));

    assert_true(workflow_decode(scene->wf, bytes, n, &read));
}

#endif
