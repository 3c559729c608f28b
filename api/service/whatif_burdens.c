/* What agents carry besides what is followed, as it is recorded. */
#include <string.h>

#include "service/whatif_internal.h"
#include "store/array.h"

enum { LOAD_AGENT, LOAD_REQUESTS, LOAD_HOURS, LOAD_LAST_AT, LOAD_TURN };
enum { REFERENT_BODY, REFERENT_AREA, REFERENT_AGENT };
enum { GIVEN_REQUEST, GIVEN_AGENT, GIVEN_AT, GIVEN_CLOSED, GIVEN_HOURS, GIVEN_BODY, GIVEN_SERVICE };

int64_t *whatif_referent(const struct directory *dir, int64_t *referents, const struct directory_body *body,
                         const struct directory_area *area)
{
    return &referents[(size_t)(body - dir->bodies) * dir->n_areas + (size_t)(area - dir->areas)];
}

static void take_loads(const struct whatif *whatif, const struct rows *rows, struct whatif_load *loads,
                       int64_t *ret_turns)
{
    const struct directory *dir = whatif->call->directory;
    for (size_t row = 0; row < rows_count(rows); row++) {
        const struct directory_agent *agent = directory_agent_by_id(dir, rows_number(rows, row, LOAD_AGENT));
        if (!agent)
            continue;
        loads[agent - dir->agents] = (struct whatif_load){
            .open = rows_number(rows, row, LOAD_REQUESTS),
            .hours = rows_number(rows, row, LOAD_HOURS),
            .last_us = rows_time(rows, row, LOAD_LAST_AT),
            .turn = rows_number(rows, row, LOAD_TURN),
        };
    }
    *ret_turns = (int64_t)rows_count(rows);
}

static const struct directory_area *area_of(const struct directory *dir, const char *code)
{
    for (size_t i = 0; i < dir->n_areas; i++)
        if (strcmp(dir->areas[i].code, code) == 0)
            return &dir->areas[i];
    return NULL;
}

static void take_referents(const struct whatif *whatif, const struct rows *rows, int64_t *referents)
{
    const struct directory *dir = whatif->call->directory;
    for (size_t row = 0; row < rows_count(rows); row++) {
        const struct directory_body *body = directory_body_by_id(dir, rows_number(rows, row, REFERENT_BODY));
        const struct directory_area *area = area_of(dir, rows_text(rows, row, REFERENT_AREA));
        if (body && area)
            *whatif_referent(dir, referents, body, area) = rows_number(rows, row, REFERENT_AGENT);
    }
}

static void take_given(struct whatif *whatif, const struct rows *rows)
{
    const struct directory *dir = whatif->call->directory;
    for (size_t row = 0; row < rows_count(rows); row++) {
        const char *login = rows_text(rows, row, GIVEN_AGENT);
        struct whatif_choice *given = &whatif->choices[whatif->n_choices];
        *given = (struct whatif_choice){
            .request_id = rows_number(rows, row, GIVEN_REQUEST),
            .at = rows_time(rows, row, GIVEN_AT),
            .ends = rows_time(rows, row, GIVEN_CLOSED),
            .hours = rows_number(rows, row, GIVEN_HOURS),
            .body = directory_body_by_id(dir, rows_number(rows, row, GIVEN_BODY)),
            .service = directory_service_by_id(dir, rows_number(rows, row, GIVEN_SERVICE)),
            .is_given = true,
            .given = login ? directory_agent_find(dir, login) : NULL,
        };
        if (given->body && given->service)
            whatif->n_choices++;
    }
}

static int64_t first_choice(const struct whatif *whatif)
{
    int64_t first = whatif->choices[0].at;
    for (size_t i = 1; i < whatif->n_choices; i++)
        if (whatif->choices[i].at < first)
            first = whatif->choices[i].at;
    return first;
}

bool whatif_burdens_read(struct whatif *whatif, struct whatif_load *loads, int64_t *referents, int64_t *ret_turns)
{
    const struct call *call = whatif->call;
    const struct rows *loads_read = NULL, *referents_read = NULL, *given_read = NULL;
    const struct param since = param_time(first_choice(whatif));
    int64_t *requests = arena_take(call->arena, whatif->n_choices * sizeof *requests);
    int64_t *bodies = arena_take(call->arena, whatif->n_choices * sizeof *bodies);
    tx_auto struct tx tx = {0};
    for (size_t i = 0; i < whatif->n_choices; i++) {
        requests[i] = whatif->choices[i].request_id;
        bodies[i] = whatif->choices[i].body->id;
    }
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_WHATIF_LOADS, &loads_read, since);
    tx_run(&tx, QUERY_WHATIF_REFERENTS, &referents_read, since,
           param_text(array_of_numbers(call->arena, bodies, whatif->n_choices)));
    tx_run(&tx, QUERY_WHATIF_GIVEN, &given_read, since,
           param_text(array_of_numbers(call->arena, requests, whatif->n_choices)), param_number(WHATIF_GIVEN_MAX));
    if (!tx_flush(&tx))
        return false;
    take_loads(whatif, loads_read, loads, ret_turns);
    take_referents(whatif, referents_read, referents);
    take_given(whatif, given_read);
    return true;
}
