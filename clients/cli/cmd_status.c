/* status, watch: where requests stand, now and as it changes. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define QUERY_MAX 1000
#define WAIT_S    25

static const struct column status_columns[] = {{"ref", T_COL_REF, 0},
                                               {"state.label", T_COL_STATE, FLEXIBLE},
                                               {"phase", T_COL_PHASE, AS_PHASE},
                                               {"progress", T_COL_PROGRESS, 0},
                                               {"holder.unit", T_COL_UNIT, 0},
                                               {"holder.agent", T_COL_AGENT, FLEXIBLE},
                                               {"awaiting.label", T_COL_AWAITING, FLEXIBLE},
                                               {"due.at", T_COL_DUE, AS_AGE},
                                               {"updated_at", T_COL_UPDATED, AS_AGE}};

#define N_STATUS_COLUMNS (sizeof status_columns / sizeof *status_columns)

/* One answer of status:query. Its JSON is the caller's to release. */
static enum exit_code query(struct cli *cli, size_t first, size_t count, json_t **ret_json)
{
    struct oam_response *response = NULL;
    enum oam_result result = oam_status_query(cli->client, cli->arguments + first, count, NULL, &response, &cli->err);
    json_t *json = result == OAM_OK ? json_loadb(response->body, response->body_length, 0, NULL) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    if (!json)
        return fail_plain(CLI_FAILED, T_NOT_JSON);
    *ret_json = json;
    return CLI_OK;
}

/* All refs, a thousand at a time: {items, missing}, the caller's to release. */
static enum exit_code query_all(struct cli *cli, json_t **ret_items, json_t **ret_missing)
{
    json_t *items = json_array(), *missing = json_array();
    enum exit_code code = CLI_OK;
    for (size_t first = 0; code == CLI_OK && first < cli->n_arguments; first += QUERY_MAX) {
        size_t left = cli->n_arguments - first;
        json_t *json = NULL;
        code = query(cli, first, left < QUERY_MAX ? left : QUERY_MAX, &json);
        json_array_extend(items, json_object_get(json, "items"));
        json_array_extend(missing, json_object_get(json, "missing"));
        json_decref(json);
    }
    *ret_items = items;
    *ret_missing = missing;
    return code;
}

enum exit_code command_status(struct cli *cli)
{
    json_t *items = NULL, *missing = NULL;
    size_t index;
    json_t *ref;
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    code = query_all(cli, &items, &missing);
    keep_json(items);
    keep_json(missing);
    if (code != CLI_OK)
        return code;
    if (json_array_size(items) > 0)
        output_items(cli, items, status_columns, N_STATUS_COLUMNS);
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
};

/* Prints each status whose version is new, and counts those at their end. */
static enum exit_code print_news(struct watch *watch)
{
    json_t *items = NULL, *missing = NULL;
    enum exit_code code = query_all(watch->cli, &items, &missing);
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
    if (code == CLI_OK && json_array_size(missing) > 0)
        code = fail_plain(CLI_NOT_FOUND, T_NO_SUCH_REQUEST, json_string_value(json_array_get(missing, 0)));
    if (json_array_size(news) > 0) {
        watch->cli->now_s = epoch_now();
        output_items(watch->cli, news, status_columns, N_STATUS_COLUMNS);
        fflush(stdout);
    }
    json_decref(news);
    json_decref(items);
    json_decref(missing);
    return code;
}

/* Reads one request's events to their end and gives the position there. */
static enum exit_code drain(struct cli *cli, const char *ref, char **ret_position)
{
    struct oam_events_options options = {.subject = ref, .limit = 200};
    struct oam_events *events = NULL;
    struct oam_event event;
    enum oam_result result = oam_events_new(cli->client, &options, &events, &cli->err);
    while (result == OAM_OK)
        result = oam_events_next(events, &event, &cli->err);
    if (!events)
        return fail_call(cli);
    enum exit_code code = result == OAM_DONE ? CLI_OK : fail_call(cli);
    *ret_position = keep_text(oam_events_position(events));
    oam_events_free(events);
    return code;
}

/* A position that no event of these requests, as the coming status query shows them, is behind. */
static enum exit_code start_position(struct cli *cli, const char **ret_position)
{
    unsigned long long furthest = 0;
    for (size_t i = 0; i < cli->n_arguments; i++) {
        char *position = NULL;
        enum exit_code code = drain(cli, cli->arguments[i], &position);
        if (code != CLI_OK)
            return code;
        unsigned long long number = strtoull(position ? position : "0", NULL, 10);
        if (number >= furthest) {
            furthest = number;
            *ret_position = position;
        }
    }
    return CLI_OK;
}

static bool is_watched(const struct cli *cli, const char *ref)
{
    for (size_t i = 0; i < cli->n_arguments; i++)
        if (strcmp(cli->arguments[i], ref) == 0)
            return true;
    return false;
}

/* Waits on the feed until an event of a watched request comes (ret_seen), or the end of the wait. */
static enum exit_code wait_for_event(struct cli *cli, struct oam_events *events, bool *ret_seen)
{
    struct oam_event event;
    enum oam_result result;
    *ret_seen = false;
    while ((result = oam_events_next(events, &event, &cli->err)) == OAM_OK) {
        *ret_seen = *ret_seen || is_watched(cli, event.subject);
        if (*ret_seen && !oam_events_pending(events))
            return CLI_OK;
    }
    return result == OAM_DONE ? CLI_OK : fail_call(cli);
}

static enum exit_code follow(struct watch *watch, struct oam_events *events, long timeout_s)
{
    struct cli *cli = watch->cli;
    int64_t began = monotonic_ms() / 1000;
    enum exit_code code = print_news(watch);
    while (code == CLI_OK && watch->n_ended < cli->n_arguments) {
        bool seen = false;
        if (timeout_s > 0 && monotonic_ms() / 1000 - began >= timeout_s)
            return fail_plain(CLI_TIMEOUT, T_WATCH_TIMEOUT);
        code = wait_for_event(cli, events, &seen);
        if (code == CLI_OK && seen)
            code = print_news(watch);
    }
    return code;
}

enum exit_code command_watch(struct cli *cli)
{
    bool ok;
    long timeout_s = option_number(cli, OPT_TIMEOUT, 0, 1, 1000000, &ok);
    const char *position = NULL;
    struct oam_events *events = NULL;
    struct watch watch = {.cli = cli, .versions = keep_json(json_object())};
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK)
        code = start_position(cli, &position);
    if (code != CLI_OK)
        return code;
    unsigned wait_s = timeout_s > 0 && timeout_s < WAIT_S ? (unsigned)timeout_s : WAIT_S;
    struct oam_events_options options = {.after = position, .limit = 200, .wait_s = wait_s};
    if (cli->n_arguments == 1)
        options.subject = cli->arguments[0];
    if (oam_events_new(cli->client, &options, &events, &cli->err) != OAM_OK)
        return fail_call(cli);
    code = follow(&watch, events, timeout_s);
    oam_events_free(events);
    return code;
}
