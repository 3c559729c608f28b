/* status, watch: where requests stand, now and as it changes. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "table.h"

#define QUERY_MAX 1000
#define WAIT_S    25

static const struct column status_record[] = {{"ref", T_COL_REF, 0},
                                              {"state.label", T_COL_STATE, FLEXIBLE},
                                              {"phase", T_COL_PHASE, AS_PHASE | SPARE},
                                              {"progress", T_COL_PROGRESS, SPARE_LATE},
                                              {"holder.unit", T_COL_UNIT, SPARE},
                                              {"holder.agent", T_COL_AGENT, FLEXIBLE | SPARE},
                                              {"awaiting.label", T_COL_AWAITING, FLEXIBLE | SPARE_LATE},
                                              {"due.at", T_COL_DUE, AS_AGE},
                                              {"updated_at", T_COL_UPDATED, AS_AGE}};

const struct columns status_columns = {status_record, sizeof status_record / sizeof *status_record};

static enum oam_result fail_here(struct cli *cli, enum oam_result result, enum text text)
{
    cli->err = (struct oam_error){.result = result, .retry_after_s = -1};
    snprintf(cli->err.detail, sizeof cli->err.detail, "%s", sentence(text));
    return result;
}

/* The question for some of the refs; NULL when one of them is no text. The caller's to free. */
static char *question(const struct cli *cli, size_t first, size_t count)
{
    json_t *refs = json_array();
    bool fits = refs != NULL;
    for (size_t i = 0; fits && i < count; i++)
        fits = json_array_append_new(refs, json_string(cli->arguments[first + i])) == 0;
    json_t *json = json_pack("{s:o}", "refs", refs);
    char *body = fits ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return body;
}

/* One answer of status:query. Its JSON is the caller's to release. */
static enum oam_result query(struct cli *cli, size_t first, size_t count, json_t **ret_json)
{
    struct oam_response *response = NULL;
    char *body = question(cli, first, count);
    *ret_json = NULL;
    if (!body)
        return fail_here(cli, OAM_E_ARGUMENT, T_BAD_REFERENCE);
    char *path = selection_path(cli, oam_path_new("/api/v1/status:query", (char *)NULL));
    const enum oam_result result =
        oam_send(cli->client, "POST", path, body, &(struct oam_call){.safe = true}, &response, &cli->err);
    oam_string_free(path);
    free(body);
    *ret_json = result == OAM_OK ? json_loadb(response->body, response->body_length, 0, NULL) : NULL;
    oam_response_free(response);
    return result == OAM_OK && !*ret_json ? fail_here(cli, OAM_E_PROTOCOL, T_NOT_JSON) : result;
}

/* All refs, a thousand at a time: items and missing, the caller's to release. A failure is in cli->err, unreported. */
static enum oam_result query_all(struct cli *cli, json_t **ret_items, json_t **ret_missing)
{
    json_t *items = json_array(), *missing = json_array();
    enum oam_result result = OAM_OK;
    for (size_t first = 0; result == OAM_OK && first < cli->n_arguments; first += QUERY_MAX) {
        size_t left = cli->n_arguments - first;
        json_t *json = NULL;
        result = query(cli, first, left < QUERY_MAX ? left : QUERY_MAX, &json);
        json_array_extend(items, json_object_get(json, "items"));
        json_array_extend(missing, json_object_get(json, "missing"));
        json_decref(json);
    }
    *ret_items = items;
    *ret_missing = missing;
    return result;
}

/* Of one alone more can be had than of many. */
static enum exit_code read_one(struct cli *cli, json_t **ret_items)
{
    json_t *status = NULL;
    const enum exit_code code = fetch_json(
        cli, selection_path(cli, oam_path_new("/api/v1/requests/{}/status", cli->arguments[0], (char *)NULL)), &status);
    *ret_items = keep_json(json_array());
    json_array_append(*ret_items, status);
    return code;
}

static enum exit_code read_all(struct cli *cli, json_t **ret_items, json_t **ret_missing)
{
    const enum oam_result result = query_all(cli, ret_items, ret_missing);
    keep_json(*ret_items);
    keep_json(*ret_missing);
    return result == OAM_OK ? CLI_OK : fail_call(cli);
}

static void output_statuses(const struct cli *cli, const json_t *items)
{
    const struct columns columns = selection_columns(cli, &status_columns);
    output_items(cli, items, columns.first, columns.n);
}

enum exit_code command_status(struct cli *cli)
{
    json_t *items = NULL, *missing = NULL;
    size_t index;
    json_t *ref;
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    code = cli->n_arguments == 1 && selection_asked(cli) ? read_one(cli, &items) : read_all(cli, &items, &missing);
    if (code != CLI_OK)
        return code;
    json_t *only = cli->n_arguments == 1 ? json_array_get(items, 0) : NULL;
    if (only)
        around_read(cli, cli->arguments[0], only);
    if (json_array_size(items) > 0)
        output_statuses(cli, items);
    if (only)
        around_output(cli, only);
    json_array_foreach(missing, index, ref)
    {
        code = fail_plain(CLI_NOT_FOUND, T_NO_SUCH_REQUEST, json_string_value(ref));
    }
    return code;
}

/* --- watch ------------------------------------------------------------------------------------------------------ */

struct watch {
    struct cli *cli;
    json_t *versions; /* ref -> version printed last */
    size_t n_ended;
    bool has_titles;
    struct patience patience;
};

/* The statuses whose version was not printed yet; counts the requests at their end. The caller's to release. */
static json_t *pick_news(struct watch *watch, const json_t *items)
{
    json_t *news = json_array();
    size_t index;
    json_t *item;
    watch->n_ended = 0;
    json_array_foreach(items, index, item)
    {
        const char *ref = json_string_value(json_object_get(item, "ref"));
        json_t *version = json_object_get(item, "version");
        const char *phase = json_string_value(json_object_get(item, "phase"));
        watch->n_ended += phase && strcmp(phase, "end") == 0;
        if (ref && !json_equal(version, json_object_get(watch->versions, ref))) {
            json_array_append(news, item);
            json_object_set(watch->versions, ref, version);
        }
    }
    return news;
}

static const struct column watch_columns[] = {
    {"updated_at", T_COL_TIME, AS_TIME},   {"ref", T_COL_REF, 0},
    {"state.label", T_COL_STATE, 0},       {"phase", T_COL_PHASE, AS_PHASE},
    {"progress", T_COL_PROGRESS, PERCENT}, {"awaiting.label", T_COL_AWAITING, 0}};

#define N_WATCH_COLUMNS (sizeof watch_columns / sizeof *watch_columns)

/* What changed: JSON as a list for each time, otherwise a line for each request, as it comes. */
static void output_news(struct watch *watch, const json_t *news)
{
    static const size_t widths[N_WATCH_COLUMNS] = {12, 15, 20, 9, 4, 0};
    struct cli *cli = watch->cli;
    size_t index;
    json_t *item;
    cli->now_s = epoch_now();
    if (cli->format == FORMAT_JSON)
        output_json(cli, news);
    else if (cli->format == FORMAT_CSV && !watch->has_titles)
        csv_titles(stdout, status_columns.first, status_columns.n);
    watch->has_titles = true;
    json_array_foreach(news, index, item)
    {
        if (cli->format == FORMAT_CSV)
            csv_row(stdout, item, status_columns.first, status_columns.n);
        else if (cli->format == FORMAT_TABLE)
            table_line(cli, stdout, item, watch_columns, widths, N_WATCH_COLUMNS);
    }
    fflush(stdout);
}

/* Prints each status whose version is new. What passes is waited for, once watching has begun. */
static enum exit_code print_news(struct watch *watch, bool patient)
{
    struct cli *cli = watch->cli;
    json_t *items = NULL, *missing = NULL;
    enum oam_result result;
    while ((result = query_all(cli, &items, &missing)) != OAM_OK) {
        json_decref(items);
        json_decref(missing);
        if (!patient || !patience_endure(cli, &watch->patience))
            return patience_fail(cli, &watch->patience);
    }
    patience_reward(cli, &watch->patience);
    enum exit_code code = CLI_OK;
    if (json_array_size(missing) > 0)
        code = fail_plain(CLI_NOT_FOUND, T_NO_SUCH_REQUEST, json_string_value(json_array_get(missing, 0)));
    json_t *news = pick_news(watch, items);
    if (json_array_size(news) > 0)
        output_news(watch, news);
    json_decref(news);
    json_decref(items);
    json_decref(missing);
    return code;
}

/* Where the feed ends now: what the coming status query does not show yet comes behind it. */
static enum oam_result go_to_end(struct oam_events *events, struct oam_error *err)
{
    struct oam_event event;
    enum oam_result result;
    oam_events_set_wait(events, 0);
    do {
        result = oam_events_next(events, &event, err);
    } while (result == OAM_OK);
    return result == OAM_DONE ? OAM_OK : result;
}

static bool is_watched(const struct cli *cli, const char *ref)
{
    for (size_t i = 0; i < cli->n_arguments; i++)
        if (strcmp(cli->arguments[i], ref) == 0)
            return true;
    return false;
}

/* Waits on the feed until an event of a watched request comes (ret_seen), or the end of the wait. After a cut it looks
 * itself: what came meanwhile may have no event left to tell. */
static enum exit_code wait_for_event(struct watch *watch, struct oam_events *events, bool *ret_seen)
{
    struct cli *cli = watch->cli;
    struct oam_event event;
    enum oam_result result;
    *ret_seen = false;
    oam_events_set_wait(events, patience_wait_s(&watch->patience, WAIT_S));
    while ((result = oam_events_next(events, &event, &cli->err)) == OAM_OK) {
        *ret_seen = *ret_seen || is_watched(cli, event.subject);
        if (*ret_seen && !oam_events_pending(events))
            return CLI_OK;
    }
    if (result == OAM_DONE)
        return CLI_OK;
    *ret_seen = patience_endure(cli, &watch->patience);
    return *ret_seen ? CLI_OK : patience_fail(cli, &watch->patience);
}

static enum exit_code follow(struct watch *watch, struct oam_events *events)
{
    struct cli *cli = watch->cli;
    enum exit_code code = print_news(watch, false);
    while (code == CLI_OK && watch->n_ended < cli->n_arguments) {
        bool seen = false;
        if (patience_is_over(&watch->patience))
            return fail_plain(CLI_TIMEOUT, T_WATCH_TIMEOUT);
        code = wait_for_event(watch, events, &seen);
        if (code == CLI_OK && seen)
            code = print_news(watch, true);
    }
    return code;
}

enum exit_code command_watch(struct cli *cli)
{
    bool ok;
    long timeout_s = option_number(cli, OPT_TIMEOUT, 0, 1, 1000000, &ok);
    struct oam_events *events = NULL;
    struct watch watch = {.cli = cli, .versions = keep_json(json_object())};
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code != CLI_OK)
        return code;
    struct oam_events_options options = {.after = "latest", .limit = 200};
    if (cli->n_arguments == 1)
        options.subject = cli->arguments[0];
    if (oam_events_new(cli->client, &options, &events, &cli->err) != OAM_OK)
        return fail_call(cli);
    patience_begin(&watch.patience, timeout_s);
    bool found_end = go_to_end(events, &cli->err) == OAM_OK;
    code = found_end ? follow(&watch, events) : fail_call(cli);
    oam_events_free(events);
    return code;
}
