/* file, list, show. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

#define DESCRIPTION_MAX 100000

static const struct column request_record[] = {
    {"ref", T_COL_REF, 0},
    {"registered.number", T_COL_REGISTERED, 0},
    {"title", T_COL_TITLE, 0},
    {"state_label", T_COL_STATE, 0},
    {"phase", T_COL_PHASE, AS_PHASE},
    {"version", T_COL_VERSION, 0},
    {"body_name", T_COL_BODY, 0},
    {"service_name", T_COL_SERVICE, 0},
    {"unit", T_COL_UNIT, AS_UNIT},
    {"assignee_name", T_COL_AGENT, 0},
    {"channel", T_COL_CHANNEL, AS_CHANNEL},
    {"external_ref", T_COL_EXTERNAL, 0},
    {"created_by", T_COL_AUTHOR, 0},
    {"submitted_at", T_COL_SUBMITTED, AS_TIME},
    {"updated_at", T_COL_UPDATED, AS_AGE},
    {"closed_at", T_COL_CLOSED, AS_TIME},
    {"description", T_COL_DESCRIPTION, 0},
    {"data", T_COL_DATA, 0},
};

const struct columns request_columns = {request_record, sizeof request_record / sizeof *request_record};

void output_request(const struct cli *cli, const json_t *request)
{
    const struct columns columns = selection_columns(cli, &request_columns);
    output_record(cli, request, columns.first, columns.n);
}

/* A text given as itself, as @FILE, or as - for standard input: without the line ends that close it. NULL, reported,
 * when it cannot be read. */
const char *text_argument(const char *value)
{
    if (strcmp(value, "-") != 0 && value[0] != '@')
        return value;
    const char *path = value[0] == '@' ? value + 1 : value;
    char *content = file_read(path, DESCRIPTION_MAX, NULL);
    if (!content) {
        fail_plain(CLI_FAILED, T_CANNOT_READ, path, "");
        return NULL;
    }
    size_t length = strlen(content);
    while (length > 0 && strchr("\r\n", content[length - 1]))
        content[--length] = '\0';
    return content;
}

/* The body of that code or name: the only one that words find, or the one called just so. */
static enum exit_code find_body(struct cli *cli, const char *wanted, const char **ret_code)
{
    json_t *bodies = NULL, *body;
    size_t index;
    *ret_code = wanted;
    if (strspn(wanted, "0123456789,") == strlen(wanted))
        return CLI_OK;
    char *path = oam_path_query(oam_path_new("/api/v1/bodies", (char *)NULL), "q", wanted);
    enum exit_code code = fetch_items(cli, path, 200, &bodies);
    cli->more = false;
    if (code != CLI_OK)
        return code;
    const json_t *found = json_array_size(bodies) == 1 ? json_array_get(bodies, 0) : NULL;
    json_array_foreach(bodies, index, body)
    {
        const char *name = json_string_value(json_object_get(body, "name"));
        if (!found && name && strcasecmp(name, wanted) == 0)
            found = body;
    }
    *ret_code = json_string_value(json_object_get(found, "code"));
    return *ret_code ? CLI_OK : fail_plain(CLI_NOT_FOUND, T_BODY_UNCLEAR, wanted);
}

/* --body, or the only one the caller acts for. */
static enum exit_code choose_body(struct cli *cli, const char **ret_code)
{
    json_t *me = NULL;
    if (cli->values[OPT_BODY])
        return find_body(cli, cli->values[OPT_BODY], ret_code);
    enum exit_code code = fetch_json(cli, oam_path_new("/api/v1/me", (char *)NULL), &me);
    const json_t *bodies = json_object_get(me, "bodies");
    *ret_code = json_string_value(json_array_get(bodies, 0));
    if (code != CLI_OK)
        return code;
    return json_array_size(bodies) == 1 ? CLI_OK : fail_usage(T_NEEDS_OPTION, "file", "--body");
}

static enum exit_code input_from_options(struct cli *cli, struct oam_request_input *ret_input)
{
    static const enum option_id needed[] = {OPT_SERVICE, OPT_TITLE};
    char *missing = keep_text("");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!cli->values[needed[i]])
            missing = keep_join(missing, *missing ? ", --" : "--", cli_options[needed[i]].name);
    if (*missing)
        return fail_usage(T_NEEDS_OPTION, "file", missing);
    struct oam_request_input input = {
        .service = cli->values[OPT_SERVICE],
        .title = cli->values[OPT_TITLE],
        .channel = cli->values[OPT_CHANNEL],
        .external_ref = cli->values[OPT_EXTERNAL_REF],
        .submit = cli->values[OPT_DRAFT] == NULL,
    };
    enum exit_code code = choose_body(cli, &input.body);
    if (code != CLI_OK)
        return code;
    if (cli->values[OPT_DESCRIPTION] && !(input.description = text_argument(cli->values[OPT_DESCRIPTION])))
        return CLI_FAILED;
    if (cli->n_data > 0) {
        json_t *data = data_from_options(cli, types_of_form(form_of_service(cli, input.service)));
        char *dumped = data ? json_dumps(data, JSON_COMPACT) : NULL;
        input.data = keep_text(dumped);
        free(dumped);
        code = data ? CLI_OK : CLI_USAGE;
    }
    *ret_input = input;
    return code;
}

/* What would be sent, for --dry-run. */
static void print_input(const struct cli *cli, const struct oam_request_input *input)
{
    json_t *json = keep_json(json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:b}", "service", input->service, "body",
                                       input->body, "title", input->title, "description", input->description, "channel",
                                       input->channel, "external_ref", input->external_ref, "submit", input->submit));
    if (input->data)
        json_object_set_new(json, "data", json_loads(input->data, 0, NULL));
    output_json(cli, json);
}

enum exit_code command_file(struct cli *cli)
{
    struct oam_request_input input = {0};
    enum exit_code code = data_from_options(cli, NULL) ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK)
        code = input_from_options(cli, &input);
    if (code != CLI_OK)
        return code;
    if (cli->dry_run) {
        print_input(cli, &input);
        return CLI_OK;
    }
    struct oam_response *response = NULL;
    enum oam_result result = oam_request_file(cli->client, &input, cli->values[OPT_KEY], &response, &cli->err);
    json_t *request = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    output_request(cli, request);
    return CLI_OK;
}

enum exit_code command_show(struct cli *cli)
{
    json_t *request = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(
            cli, selection_path(cli, oam_path_new("/api/v1/requests/{}", cli->arguments[0], (char *)NULL)), &request);
    if (code != CLI_OK)
        return code;
    around_read(cli, cli->arguments[0], request);
    output_request(cli, request);
    around_output(cli, request);
    return CLI_OK;
}

enum exit_code command_list(struct cli *cli)
{
    static const struct column shown[] = {{"ref", T_COL_REF, 0},
                                          {"state_label", T_COL_STATE, FLEXIBLE},
                                          {"service", T_COL_SERVICE, SPARE},
                                          {"body_name", T_COL_BODY, FLEXIBLE | SPARE_LATE},
                                          {"assignee", T_COL_AGENT, FLEXIBLE | SPARE},
                                          {"title", T_COL_TITLE, FLEXIBLE | MAIN},
                                          {"updated_at", T_COL_UPDATED, AS_AGE}};
    static const struct {
        enum option_id option;
        const char *parameter;
    } filters[] = {{OPT_STATE, "state"},
                   {OPT_PHASE, "phase"},
                   {OPT_SERVICE, "service"},
                   {OPT_BODY, "body"},
                   {OPT_COMARCA, "comarca"},
                   {OPT_ASSIGNEE, "assignee"},
                   {OPT_SINCE, "updated_at.gte"},
                   {OPT_EXTERNAL_REF, "external_ref"},
                   {OPT_SORT, "sort"}};
    bool ok;
    json_t *items = NULL;
    long limit = option_number(cli, OPT_LIMIT, 50, 1, 1000000, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK && cli->values[OPT_BODY])
        code = find_body(cli, cli->values[OPT_BODY], &cli->values[OPT_BODY]);
    if (code != CLI_OK)
        return code;
    char *path = selection_path(cli, oam_path_new("/api/v1/requests", (char *)NULL));
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        path = oam_path_query(path, filters[i].parameter, cli->values[filters[i].option]);
    path = oam_path_query(path, "mine", cli->values[OPT_MINE] ? "true" : NULL);
    code = fetch_items(cli, path, cli->values[OPT_ALL] ? 0 : (size_t)limit, &items);
    if (code != CLI_OK)
        return code;
    const struct columns own = {shown, sizeof shown / sizeof *shown};
    const struct columns columns = selection_columns(cli, &own);
    output_items(cli, items, columns.first, columns.n);
    return CLI_OK;
}
