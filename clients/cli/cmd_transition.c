/* transitions, take, do: what the workflow offers, and doing it. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* One line for each offer, with why not and which fields. */
static json_t *offers_as_rows(const json_t *items)
{
    json_t *rows = keep_json(json_array());
    size_t index, inner;
    json_t *item, *part;
    json_array_foreach(items, index, item)
    {
        char *why = keep_text(""), *fields = keep_text("");
        json_array_foreach(json_object_get(item, "reasons"), inner, part)
        {
            const char *detail = json_string_value(json_object_get(part, "detail"));
            why = keep_join(why, *why ? "; " : "", detail ? detail : "");
        }
        json_array_foreach(json_object_get(item, "fields"), inner, part)
        {
            const char *name = json_string_value(json_object_get(part, "name"));
            bool required = json_is_true(json_object_get(part, "required"));
            fields = keep_join(fields, *fields ? ", " : "", keep_join(name ? name : "", required ? "*" : "", ""));
        }
        json_t *row = json_copy(item);
        json_object_set_new(row, "why_not", json_string(why));
        json_object_set_new(row, "takes", json_string(fields));
        json_array_append_new(rows, row);
    }
    return rows;
}

static enum exit_code fetch_offers(struct cli *cli, const char *ref, json_t **ret_offer)
{
    return fetch_json(cli, oam_path_new("/api/v1/requests/{}/transitions", ref, (char *)NULL), ret_offer);
}

enum exit_code command_transitions(struct cli *cli)
{
    static const struct column columns[] = {{"event", T_COL_TRANSITION, 0},
                                            {"label", T_COL_NAME, FLEXIBLE},
                                            {"to", T_COL_TO, AS_STATE | FLEXIBLE | SPARE},
                                            {"allowed", T_COL_ALLOWED, 0},
                                            {"takes", T_COL_FIELDS, FLEXIBLE | SPARE_LATE},
                                            {"why_not", T_COL_WHY_NOT, FLEXIBLE | MAIN}};
    json_t *offer = NULL;
    cli->states_of = cli->arguments[0];
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_offers(cli, cli->arguments[0], &offer);
    if (code != CLI_OK)
        return code;
    json_t *items = json_object_get(offer, "items");
    output_items(cli, cli->format == FORMAT_JSON ? items : offers_as_rows(items), columns,
                 sizeof columns / sizeof *columns);
    return CLI_OK;
}

static const char *offer_name(size_t index, const void *items)
{
    return json_string_value(json_object_get(json_array_get(items, index), "event"));
}

static const json_t *find_offer(const json_t *items, const char *event)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        const char *name = json_string_value(json_object_get(item, "event"));
        if (name && strcmp(name, event) == 0)
            return item;
    }
    return NULL;
}

/* The data of the transition, typed by its fields; asks a person for what is missing. */
static enum exit_code collect_data(struct cli *cli, const char *ref, const char *event, char **ret_data)
{
    json_t *offer = NULL;
    enum exit_code code = fetch_offers(cli, ref, &offer);
    if (code != CLI_OK)
        return code;
    const json_t *items = json_object_get(offer, "items");
    const json_t *found = find_offer(items, event);
    if (!found) {
        const char *near = suggest(event, offer_name, items);
        if (near)
            note(cli, T_TRANSITION_NEAR, event, near);
    }
    const json_t *fields = json_object_get(found, "fields");
    json_t *data = data_from_options(cli, types_of_fields(fields));
    if (!data)
        return CLI_USAGE;
    bool may_ask = found && json_is_true(json_object_get(found, "allowed"));
    if (may_ask && !data_ask_missing(cli, data, fields))
        return fail_plain(CLI_USAGE, T_FIELD_MISSING);
    if (json_object_size(data) > 0) {
        char *dumped = json_dumps(data, JSON_COMPACT);
        *ret_data = keep_text(dumped);
        free(dumped);
    }
    return CLI_OK;
}

/* The number in "v3-ca"; 0 when there is none. */
static json_int_t version_of_etag(const char *etag)
{
    const char *digits = etag ? strpbrk(etag, "0123456789") : NULL;
    return digits ? strtoll(digits, NULL, 10) : 0;
}

/* After a 412: what others did since the version the caller knew. */
static void show_what_changed(struct cli *cli, const char *ref, json_int_t known)
{
    static const struct column columns[] = {{"at", T_COL_TIME, AS_TIME},     {"actor.name", T_COL_AUTHOR, FLEXIBLE},
                                            {"label", T_COL_WHAT, FLEXIBLE}, {"from", T_COL_FROM, AS_STATE},
                                            {"to", T_COL_TO, AS_STATE},      {"version", T_COL_VERSION, 0}};
    json_t *history = NULL;
    json_t *newer = keep_json(json_array());
    size_t index;
    json_t *entry;
    cli->states_of = ref;
    if (fetch_items(cli, oam_path_new("/api/v1/requests/{}/history", ref, (char *)NULL), 0, &history) != CLI_OK)
        return;
    json_array_foreach(history, index, entry)
    {
        if (json_integer_value(json_object_get(entry, "version")) > known)
            json_array_append(newer, entry);
    }
    note(cli, T_CHANGED_SINCE, ref);
    output_items(cli, newer, columns, sizeof columns / sizeof *columns);
}

static enum exit_code print_plan(const struct cli *cli, const char *event, const char *etag, const char *data,
                                 json_t *input)
{
    json_t *plan =
        keep_json(json_pack("{s:s, s:s, s:s*}", "event", event, "if_match", etag, "comment", cli->values[OPT_COMMENT]));
    json_object_update(plan, input);
    if (data)
        json_object_set_new(plan, "data", json_loads(data, 0, NULL));
    output_json(cli, plan);
    return CLI_OK;
}

/* What a transition says beyond its data: for which body, or which ballot. NULL with the usage told. */
static json_t *extras(const struct cli *cli)
{
    bool ok;
    const long score = option_number(cli, OPT_SCORE, -1, 0, 1000000, &ok);
    json_t *input = keep_json(json_object());
    if (cli->values[OPT_BODY])
        json_object_set_new(input, "body", json_string(cli->values[OPT_BODY]));
    if (cli->values[OPT_CHOICE])
        json_object_set_new(input, "choice", json_string(cli->values[OPT_CHOICE]));
    if (score >= 0)
        json_object_set_new(input, "score", json_integer(score));
    return ok ? input : NULL;
}

static enum oam_result send_transition(struct cli *cli, const char *ref, const char *etag, const char *event,
                                       const char *data, json_t *input, struct oam_response **ret_response)
{
    const struct oam_call how = {.if_match = etag};
    json_object_set_new(input, "event", json_string(event));
    if (data)
        json_object_set_new(input, "data", json_loads(data, 0, NULL));
    if (cli->values[OPT_COMMENT])
        json_object_set_new(input, "comment", json_string(cli->values[OPT_COMMENT]));
    char *body = json_dumps(input, JSON_COMPACT);
    char *path = oam_path_new("/api/v1/requests/{}/transitions", ref, (char *)NULL);
    enum oam_result result = oam_post(cli->client, path, body, &how, ret_response, &cli->err);
    oam_string_free(path);
    free(body);
    return result;
}

static enum exit_code perform(struct cli *cli, const char *ref, const char *event)
{
    char *data = NULL;
    const char *etag = cli->values[OPT_IF_MATCH];
    json_t *request = NULL;
    json_t *input = extras(cli);
    if (!input)
        return CLI_USAGE;
    enum exit_code code = data_from_options(cli, NULL) ? connect_default(cli) : CLI_USAGE;
    /* The ETag is read before the offers, so that what the person is asked belongs to the version they act on. */
    if (code == CLI_OK && !etag)
        code = present_request(cli, ref, &request, &etag);
    if (code == CLI_OK)
        code = collect_data(cli, ref, event, &data);
    if (code != CLI_OK)
        return code;
    if (cli->dry_run)
        return print_plan(cli, event, etag, data, input);
    struct oam_response *response = NULL;
    enum oam_result result = send_transition(cli, ref, etag, event, data, input, &response);
    request = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result == OAM_OK) {
        output_request(cli, request);
        return CLI_OK;
    }
    code = fail_call(cli);
    if (cli->err.http_status == 412)
        show_what_changed(cli, ref, version_of_etag(etag));
    return code;
}

enum exit_code command_do(struct cli *cli)
{
    return perform(cli, cli->arguments[0], cli->arguments[1]);
}

enum exit_code command_take(struct cli *cli)
{
    return perform(cli, cli->arguments[0], "take");
}
