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

/* ---- how many at once ---- */

bool whatif_enter(atomic_int *running, struct error *err)
{
    if (atomic_fetch_add(running, 1) < WHATIF_AT_ONCE)
        return true;
    whatif_leave(running);
    err->retry_after_s = WHATIF_RETRY_S;
    return error_set(err, ERROR_OVERLOADED, TEXT_WHATIF_BUSY, arena_printf(err->arena, "%d", WHATIF_RETRY_S));
}

void whatif_leave(atomic_int *running)
{
    (void)atomic_fetch_sub(running, 1);
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

/* Another request fits: in time, and in what one run may take. */
static bool goes_on(const struct whatif *whatif)
{
    return clock_monotonic() < whatif->input->until_us && whatif->events < WHATIF_EVENTS_MAX &&
           whatif->n_choices < WHATIF_CHOICES_MAX;
}

/* Stops between requests: one that was begun is followed to its end, so that nothing of it is told twice. */
static bool follow_row(struct whatif *whatif, const struct rows *rows, size_t row)
{
    if (whatif->id && whatif_request_of(rows, row) != whatif->id && !goes_on(whatif))
        return false;
    whatif_event(whatif, rows, row);
    return true;
}

enum page { PAGE_FAILED, PAGE_FULL, PAGE_LAST, PAGE_STOPPED };

/* One transaction a page: a long one would hold back the feed and vacuum. */
static enum page read_page(struct whatif *whatif, const char *versions, struct arena *arena)
{
    const struct call *call = whatif->call;
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, arena, call->err))
        return PAGE_FAILED;
    tx_run(&tx, QUERY_WHATIF_PAGE, &rows, param_number(whatif->id), param_number(whatif->seq),
           param_time(call->now - whatif->input->days * DAY_US), param_text(versions),
           param_text(whatif->id ? NULL : whatif->input->after), param_number(PAGE));
    if (!tx_flush(&tx))
        return PAGE_FAILED;
    for (size_t row = 0; row < rows_count(rows); row++)
        if (!follow_row(whatif, rows, row))
            return PAGE_STOPPED;
    return rows_count(rows) == PAGE ? PAGE_FULL : PAGE_LAST;
}

static bool read_all(struct whatif *whatif, const char **ret_next)
{
    struct arena *arena = arena_new(1024 * 1024);
    const char *versions = versions_of(whatif);
    enum page page;
    do {
        page = read_page(whatif, versions, arena);
        arena_reset(arena);
    } while (page == PAGE_FULL);
    arena_free(arena);
    if (page == PAGE_FAILED)
        return false;
    whatif_request_end(whatif);
    *ret_next = page == PAGE_LAST ? NULL : whatif->previous;
    return true;
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

static bool report_write(struct whatif *whatif, const char *next, struct json_out *out)
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
    bool decided = whatif_choices_write(whatif, out);
    json_out_object_end(out);
    return decided;
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
    whatif->choices = arena_take(call->arena, WHATIF_CHOICES_ROOM * sizeof *whatif->choices);
    whatif->divergent = list_new(call->arena);
    whatif->deadlines = list_new(call->arena);
    return read_all(whatif, &next) && report_write(whatif, next, out);
}
