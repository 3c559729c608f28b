#include "service/request_past.h"

#include <string.h>

#include "service/request_world.h"
#include "store/array.h"
#include "workflow/procedure.h"

void request_past_note(const struct request_past **acts, const char *event, const char *principal, struct arena *arena)
{
    struct request_past *act = arena_alloc(arena, sizeof *act);
    *act = (struct request_past){arena_strdup(arena, event), request_world_actor(principal), *acts};
    *acts = act;
}

static const char *witnessed(const struct workflow *wf, unsigned witness)
{
    return workflow_event_key(wf, (unsigned)workflow_witness_event(wf, witness));
}

const int64_t *request_past_answer(const struct workflow_map *map, const struct workflow *to,
                                   const struct request_past *acts, struct arena *arena, uint16_t *ret_known)
{
    uint16_t recalls = workflow_map_recalls(map);
    *ret_known = 0;
    if (!recalls)
        return NULL;
    int64_t *answer = arena_alloc(arena, WORKFLOW_WITNESSES_MAX * sizeof *answer);
    for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++) {
        if (!(recalls >> i & 1))
            continue;
        const struct request_past *act = acts;
        while (act && strcmp(act->event, witnessed(to, i)) != 0)
            act = act->before;
        if (!act || act->actor == 0)
            continue;
        answer[i] = act->actor;
        *ret_known |= (uint16_t)(1u << i);
    }
    return answer;
}

bool request_past_read(struct tx *tx, const struct rows *requests, const struct workflow_map *map,
                       const struct workflow *to, struct arena *arena, struct request_past_page *ret)
{
    const char *events[WORKFLOW_WITNESSES_MAX];
    size_t n_events = 0, n = rows_count(requests);
    uint16_t recalls = workflow_map_recalls(map);
    *ret = (struct request_past_page){.rows = NULL};
    if (!recalls || n == 0)
        return true;
    for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++)
        if (recalls >> i & 1)
            events[n_events++] = witnessed(to, i);
    int64_t *ids = arena_alloc(arena, n * sizeof *ids);
    for (size_t row = 0; row < n; row++)
        ids[row] = rows_number(requests, row, 0);
    tx_run(tx, QUERY_MIGRATION_ACTS, &ret->rows, param_text(array_of_numbers(arena, ids, n)),
           param_text(array_of_texts(arena, events, n_events)));
    return tx_flush(tx);
}

const struct request_past *request_past_take(struct request_past_page *page, int64_t request_id, struct arena *arena)
{
    const struct request_past *acts = NULL;
    for (; page->rows && page->next < rows_count(page->rows); page->next++) {
        int64_t id = rows_number(page->rows, page->next, 0);
        if (id > request_id)
            break;
        if (id == request_id)
            request_past_note(&acts, rows_text(page->rows, page->next, 1), rows_text(page->rows, page->next, 2), arena);
    }
    return acts;
}
