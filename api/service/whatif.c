#include "service/whatif.h"

#include <string.h>

#include "base/clock.h"
#include "service/whatif_internal.h"
#include "store/array.h"
#include "workflow/definition.h"

#define PAGE   5000
#define DAY_US (INT64_C(86400) * 1000000)

static void release_workflow(void *workflow)
{
    workflow_free(workflow);
}

static void release_arena(void *arena)
{
    arena_free(arena);
}

/* ---- what is asked ---- */

static bool take_definition(struct whatif *whatif)
{
    const struct whatif_input *input = whatif->input;
    struct error *err = whatif->call->err;
    struct workflow_fault fault;
    size_t n_faults;
    if (!directory_workflow_latest(whatif->call->directory, input->workflow))
        return error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_WORKFLOW, input->workflow);
    if (!input->definition)
        return true;
    struct workflow *draft = workflow_parse(input->definition, input->definition_length, &fault, 1, &n_faults);
    if (!draft)
        return error_violate(err, arena_printf(err->arena, "/definition%s", n_faults ? fault.pointer : ""),
                             INVALID_DEFINITION, n_faults ? fault.message : "");
    arena_attach(whatif->call->arena, release_workflow, draft);
    if (strcmp(workflow_key(draft), input->workflow) != 0)
        return error_violate(err, "/definition/key", NOT_AN_OPTION, input->workflow);
    whatif->draft = draft;
    return true;
}

/* ---- reading ---- */

static const char *versions_of(const struct whatif *whatif)
{
    const struct directory *dir = whatif->call->directory;
    int64_t *ids = arena_alloc(whatif->call->arena, (dir->n_workflows + 1) * sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < dir->n_workflows; i++)
        if (strcmp(dir->workflows[i].key, whatif->input->workflow) == 0)
            ids[n++] = dir->workflows[i].id;
    return array_of_numbers(whatif->call->arena, ids, n);
}

/* One transaction a page: a long one would hold back the feed and vacuum. */
static bool read_page(struct whatif *whatif, const char *versions, struct arena *arena, size_t *ret_fetched)
{
    const struct call *call = whatif->call;
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, arena, call->err))
        return false;
    tx_run(&tx, QUERY_WHATIF_PAGE, &rows, param_number(whatif->id), param_number(whatif->seq),
           param_time(call->now - whatif->input->days * DAY_US), param_text(versions),
           param_text(whatif->id ? NULL : whatif->input->after), param_number(PAGE));
    if (!tx_flush(&tx))
        return false;
    *ret_fetched = rows_count(rows);
    for (size_t row = 0; row < *ret_fetched; row++)
        whatif_event(whatif, rows, row);
    return true;
}

/* Stops between pages when time is up: the request that is read halfway then is left to the next call. */
static bool read_all(struct whatif *whatif, const char **ret_next)
{
    struct arena *arena = arena_new(1024 * 1024);
    const char *versions = versions_of(whatif);
    size_t fetched = PAGE;
    bool read = true;
    do {
        read = read_page(whatif, versions, arena, &fetched);
        arena_reset(arena);
    } while (read && fetched == PAGE && clock_monotonic() < whatif->input->until_us);
    arena_free(arena);
    if (read && fetched < PAGE)
        whatif_request_end(whatif);
    *ret_next = fetched < PAGE ? NULL : arena_strdup(whatif->call->arena, whatif->previous);
    return read;
}

/* ---- the report ---- */

static void list_close(struct json_out *out, const char *name, struct json_out *list)
{
    size_t length;
    json_out_array_end(list);
    const char *text = json_out_finish(list, &length);
    json_out_name(out, name);
    json_out_raw(out, text, length);
}

static void deadlines_write(struct whatif *whatif, struct json_out *out)
{
    json_out_name(out, "deadlines");
    json_out_object_begin(out);
    json_out_member_number(out, "later", whatif->moved);
    json_out_member_number(out, "earlier", whatif->earlier);
    json_out_member_number(out, "newly_breached", whatif->breached);
    json_out_member_number(out, "no_longer_breached", whatif->saved);
    json_out_member_number(out, "seconds", whatif->shift_us / 1000000);
    list_close(out, "items", &whatif->deadlines);
    json_out_object_end(out);
}

static void acts_write(const struct whatif *whatif, struct json_out *out)
{
    json_out_name(out, "actions");
    json_out_array_begin(out);
    for (size_t i = 0; i < whatif->n_acts; i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "state", whatif->acts[i].state);
        json_out_member_text(out, "event", whatif->acts[i].event);
        json_out_member_number(out, "newly_possible", whatif->acts[i].gained);
        json_out_member_number(out, "no_longer_possible", whatif->acts[i].lost);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void report_write(struct whatif *whatif, const char *next, struct json_out *out)
{
    json_out_object_begin(out);
    json_out_member_text(out, "workflow", whatif->input->workflow);
    json_out_member_number(out, "days", whatif->input->days);
    json_out_member_bool(out, "complete", next == NULL);
    json_out_member_text(out, "next", next);
    json_out_member_number(out, "requests", whatif->requests);
    json_out_member_number(out, "events", whatif->events);
    json_out_member_number(out, "unreplayed", whatif->unreplayed);
    json_out_name(out, "divergent");
    json_out_object_begin(out);
    json_out_member_number(out, "requests", whatif->diverging);
    list_close(out, "items", &whatif->divergent);
    json_out_object_end(out);
    acts_write(whatif, out);
    deadlines_write(whatif, out);
    whatif_choices_write(whatif, out);
    json_out_object_end(out);
}

static struct json_out list_new(struct arena *arena)
{
    struct json_out list = json_out_new(arena, 1024);
    json_out_array_begin(&list);
    return list;
}

bool whatif_run(const struct call *call, const struct whatif_input *input, struct json_out *out)
{
    struct whatif *whatif = arena_alloc(call->arena, sizeof *whatif);
    const char *next;
    *whatif = (struct whatif){.call = call, .input = input, .request_arena = arena_new(256 * 1024)};
    arena_attach(call->arena, release_arena, whatif->request_arena);
    if (!take_definition(whatif))
        return false;
    whatif->changed = whatif_directory(call, input->holidays, input->n_holidays);
    whatif->before = arena_alloc(call->arena, sizeof *whatif->before);
    whatif->after = arena_alloc(call->arena, sizeof *whatif->after);
    whatif->acts = arena_alloc(call->arena, WHATIF_ACTS_MAX * sizeof *whatif->acts);
    whatif->choices = arena_alloc(call->arena, WHATIF_CHOICES_MAX * sizeof *whatif->choices);
    whatif->divergent = list_new(call->arena);
    whatif->deadlines = list_new(call->arena);
    if (!read_all(whatif, &next))
        return false;
    report_write(whatif, next, out);
    return true;
}
