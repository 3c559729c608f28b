/* actions, action, milestone, amount, summary: what was granted, as it is carried out. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))

static const struct column action_columns[] = {{"number", T_COL_NUMBER, 0},
                                               {"title", T_COL_TITLE, FLEXIBLE | MAIN},
                                               {"kind", T_COL_KIND, AS_ACTION | SPARE_LATE},
                                               {"state", T_COL_STATE, AS_ACTION},
                                               {"progress", T_COL_PROGRESS, 0},
                                               {"next_on", T_COL_NEXT, 0},
                                               {"unit", T_COL_UNIT, AS_UNIT | FLEXIBLE | SPARE},
                                               {"amounts.granted", T_COL_GRANTED, 0},
                                               {"amounts.paid", T_COL_PAID, 0},
                                               {"to_return", T_COL_TO_RETURN, SPARE},
                                               {"id", T_COL_ID, SPARE}};
static const struct column milestone_columns[] = {{"key", T_COL_CODE, SPARE},
                                                  {"title", T_COL_TITLE, FLEXIBLE | MAIN},
                                                  {"weight", T_COL_WEIGHT, SPARE},
                                                  {"planned_on", T_COL_PLANNED, 0},
                                                  {"reached_on", T_COL_REACHED, 0}};
#define MONEY_COLUMNS                                                                                                  \
    {"requested", T_COL_REQUESTED, 0}, {"granted", T_COL_GRANTED, 0}, {"committed", T_COL_COMMITTED, 0},               \
        {"advanced", T_COL_ADVANCED, 0}, {"justified", T_COL_JUSTIFIED, 0}, {"paid", T_COL_PAID, 0},                   \
    {                                                                                                                  \
        "returned", T_COL_RETURNED, 0                                                                                  \
    }
static const struct column money_columns[] = {MONEY_COLUMNS};
static const struct column year_columns[] = {{"year", T_COL_YEAR, 0}, MONEY_COLUMNS};
static const struct column amount_columns[] = {
    {"number", T_COL_NUMBER, 0},           {"on", T_COL_DAY, 0},        {"year", T_COL_YEAR, 0},
    {"kind", T_COL_KIND, AS_AMOUNT},       {"amount", T_COL_AMOUNT, 0}, {"reference", T_COL_REFERENCE, FLEXIBLE},
    {"note", T_COL_TEXT, FLEXIBLE | MAIN}, {"id", T_COL_ID, SPARE}};

/* ---- which one ---- */

/* The actions of a request, each with its place from 1. */
static enum exit_code read_actions(struct cli *cli, const char *ref, json_t **ret_items)
{
    json_t *page = NULL, *item;
    size_t index;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/requests/{}/actions", ref, (char *)NULL), &page);
    *ret_items = json_object_get(page, "items");
    json_array_foreach(*ret_items, index, item)
    {
        json_object_set_new(item, "number", json_integer((json_int_t)index + 1));
    }
    return code;
}

/* An action is told by its place among those of the request, or by its id. */
enum exit_code action_find(struct cli *cli, const char *ref, const char *told, const char **ret_id)
{
    json_t *items = NULL;
    char *end;
    long place = strtol(told, &end, 10);
    *ret_id = told;
    if (*end || strlen(told) > 3)
        return CLI_OK;
    enum exit_code code = read_actions(cli, ref, &items);
    if (code != CLI_OK)
        return code;
    if (place < 1 || (size_t)place > json_array_size(items))
        return fail_plain(CLI_NOT_FOUND, T_NO_SUCH_ACTION, told);
    *ret_id = json_string_value(json_object_get(json_array_get(items, (size_t)place - 1), "id"));
    return CLI_OK;
}

/* ---- what it looks like ---- */

static json_t *row_of(json_t *object)
{
    return object ? keep_json(json_pack("[O]", object)) : NULL;
}

static void output_action(const struct cli *cli, json_t *action)
{
    static const struct column columns[] = {{"title", T_COL_TITLE, 0},
                                            {"kind", T_COL_KIND, AS_ACTION},
                                            {"state", T_COL_STATE, AS_ACTION},
                                            {"progress", T_COL_PROGRESS, PERCENT},
                                            {"unit", T_COL_UNIT, AS_UNIT},
                                            {"delivery_point", T_COL_WHERE, 0},
                                            {"starts_on", T_COL_STARTS, 0},
                                            {"ends_on", T_COL_ENDS, 0},
                                            {"started_on", T_COL_STARTED, 0},
                                            {"ended_on", T_COL_ENDED, 0},
                                            {"to_return", T_COL_TO_RETURN, 0},
                                            {"of_procedure", T_COL_OF_PROCEDURE, 0},
                                            {"id", T_COL_ID, 0}};
    static const struct column shares[] = {{"body", T_COL_BODY, SPARE},
                                           {"body_name", T_COL_NAME, FLEXIBLE | MAIN},
                                           {"percent", T_COL_PROGRESS, 0},
                                           {"amounts.granted", T_COL_GRANTED, 0},
                                           {"amounts.paid", T_COL_PAID, 0}};
    output_record(cli, action, columns, N_OF(columns));
    if (cli->format != FORMAT_TABLE)
        return;
    output_section(cli, T_TITLE_MILESTONES, json_object_get(action, "milestones"), milestone_columns,
                   N_OF(milestone_columns));
    output_section(cli, T_TITLE_MONEY, json_object_get(action, "years"), year_columns, N_OF(year_columns));
    output_section(cli, T_TITLE_SHARES, json_object_get(action, "shares"), shares, N_OF(shares));
    hold_section(cli, json_object_get(action, "holds"));
}

void action_sections(const struct cli *cli, const json_t *status)
{
    static const struct column actions[] = {{"title", T_COL_TITLE, FLEXIBLE | MAIN},
                                            {"state", T_COL_STATE, AS_ACTION},
                                            {"progress", T_COL_PROGRESS, 0},
                                            {"next_on", T_COL_NEXT, 0}};
    json_t *amounts = json_object_get(status, "amounts");
    output_section(cli, T_TITLE_DEEDS, json_object_get(status, "actions"), actions, N_OF(actions));
    output_section(cli, T_TITLE_MILESTONES, json_object_get(status, "milestones"), milestone_columns,
                   N_OF(milestone_columns));
    output_section(cli, T_TITLE_MONEY, json_is_object(amounts) ? row_of(amounts) : NULL, money_columns,
                   N_OF(money_columns));
}

/* ---- doing ---- */

/* Under the present version of the request, or the one given; the path is released. */
enum exit_code action_send(struct cli *cli, const char *method, const char *ref, char *path, const json_t *input,
                           json_t **ret_json)
{
    const char *etag = cli->values[OPT_IF_MATCH];
    json_t *request = NULL;
    struct oam_response *response = NULL;
    enum exit_code code = CLI_OK;
    *ret_json = NULL;
    if (!path)
        return fail_usage(T_BAD_REFERENCE);
    if (cli->dry_run)
        output_json(cli, input);
    else if ((code = connect_default(cli)) == CLI_OK && !etag)
        code = present_request(cli, ref, &request, &etag);
    if (code == CLI_OK && !cli->dry_run) {
        const struct oam_call how = {.if_match = etag};
        char *body = json_dumps(input, JSON_COMPACT);
        bool sent = oam_send(cli->client, method, path, body, &how, &response, &cli->err) == OAM_OK;
        *ret_json = sent ? response_json(response) : NULL;
        oam_response_free(response);
        free(body);
        code = sent ? CLI_OK : fail_call(cli);
    }
    oam_string_free(path);
    return code;
}

json_t *action_said(const struct cli *cli)
{
    json_t *input = cli->n_data > 0 ? data_from_options(cli, NULL) : keep_json(json_object());
    if (input && cli->values[OPT_TITLE])
        json_object_set_new(input, "title", json_string(cli->values[OPT_TITLE]));
    return input;
}

enum exit_code command_actions(struct cli *cli)
{
    json_t *items = NULL;
    enum exit_code code = read_actions(cli, cli->arguments[0], &items);
    if (code == CLI_OK)
        output_items(cli, items, action_columns, N_OF(action_columns));
    return code;
}

enum exit_code form_action_show(struct cli *cli)
{
    const char *id;
    json_t *action = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/requests/{}/actions/{}", cli->arguments[1], id, (char *)NULL),
                          &action);
    if (code == CLI_OK)
        output_action(cli, action);
    return code;
}

enum exit_code form_action_add(struct cli *cli)
{
    json_t *action = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    enum exit_code code =
        post_json(cli, oam_path_new("/api/v1/requests/{}/actions", cli->arguments[1], (char *)NULL), input, &action);
    if (action)
        output_action(cli, action);
    return code;
}

enum exit_code form_action_set(struct cli *cli)
{
    const char *id;
    json_t *action = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = action_send(cli, "PATCH", cli->arguments[1],
                           oam_path_new("/api/v1/requests/{}/actions/{}", cli->arguments[1], id, (char *)NULL), input,
                           &action);
    if (action)
        output_action(cli, action);
    return code;
}

/* add REF ACTION KEY TITLE */
enum exit_code form_milestone_add(struct cli *cli)
{
    const char *id;
    json_t *action = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_set_new(input, "key", json_string(cli->arguments[3]));
    json_object_set_new(input, "title", json_string(cli->arguments[4]));
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = post_json(cli,
                         oam_path_new("/api/v1/requests/{}/actions/{}/milestones", cli->arguments[1], id, (char *)NULL),
                         input, &action);
    if (action)
        output_action(cli, action);
    return code;
}

static enum exit_code change_milestone(struct cli *cli, const json_t *input)
{
    const char *id;
    json_t *action = NULL;
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = action_send(cli, "PATCH", cli->arguments[1],
                           oam_path_new("/api/v1/requests/{}/actions/{}/milestones/{}", cli->arguments[1], id,
                                        cli->arguments[3], (char *)NULL),
                           input, &action);
    if (action)
        output_action(cli, action);
    return code;
}

/* reach REF ACTION KEY DAY */
enum exit_code form_milestone_reach(struct cli *cli)
{
    return change_milestone(cli, keep_json(json_pack("{s:s}", "reached_on", cli->arguments[4])));
}

enum exit_code form_milestone_set(struct cli *cli)
{
    const json_t *input = action_said(cli);
    return input ? change_milestone(cli, input) : CLI_USAGE;
}

enum exit_code form_amount_list(struct cli *cli)
{
    const char *id;
    json_t *ledger = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = fetch_json(
            cli, oam_path_new("/api/v1/requests/{}/actions/{}/amounts", cli->arguments[1], id, (char *)NULL), &ledger);
    if (code != CLI_OK)
        return code;
    output_items(cli, json_object_get(ledger, "items"), amount_columns, N_OF(amount_columns));
    if (cli->format == FORMAT_TABLE)
        output_section(cli, T_TITLE_MONEY, json_object_get(ledger, "years"), year_columns, N_OF(year_columns));
    return CLI_OK;
}

/* add REF ACTION KIND AMOUNT */
enum exit_code form_amount_add(struct cli *cli)
{
    const char *id;
    json_t *entry = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_set_new(input, "kind", json_string(cli->arguments[3]));
    json_object_set_new(input, "amount", json_string(cli->arguments[4]));
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code =
            post_json(cli, oam_path_new("/api/v1/requests/{}/actions/{}/amounts", cli->arguments[1], id, (char *)NULL),
                      input, &entry);
    if (entry)
        output_record(cli, entry, amount_columns, N_OF(amount_columns));
    return code;
}

/* ---- all of a body ---- */

/* One line for each state in which there is something, with its phase. */
static json_t *states_as_rows(const json_t *summary)
{
    json_t *rows = keep_json(json_array()), *phase, *state;
    size_t index, inner;
    json_array_foreach(json_object_get(summary, "phases"), index, phase)
    {
        json_array_foreach(json_object_get(phase, "states"), inner, state)
        {
            json_t *row = json_copy(state);
            json_object_set(row, "phase", json_object_get(phase, "phase"));
            json_array_append_new(rows, row);
        }
    }
    return rows;
}

enum exit_code command_summary(struct cli *cli)
{
    static const struct column columns[] = {{"body", T_COL_BODY, 0},
                                            {"body_name", T_COL_NAME, 0},
                                            {"open", T_COL_OPEN, 0},
                                            {"progress", T_COL_PROGRESS, PERCENT}};
    static const struct column states[] = {{"phase", T_COL_PHASE, AS_PHASE},
                                           {"state.label", T_COL_STATE, FLEXIBLE | MAIN},
                                           {"requests", T_COL_REQUESTS, 0},
                                           {"awaiting.label", T_COL_AWAITING, FLEXIBLE}};
    static const struct column coming[] = {{"ref", T_COL_REF, 0},
                                           {"title", T_COL_TITLE, FLEXIBLE | MAIN},
                                           {"on", T_COL_NEXT, 0},
                                           {"due_at", T_COL_DUE, AS_AGE}};
    static const struct column material[] = {{"on", T_COL_DAY, 0},
                                             {"move", T_COL_WHAT, AS_STOCK},
                                             {"quantity", T_COL_QUANTITY, 0},
                                             {"name", T_COL_ITEM, FLEXIBLE | MAIN},
                                             {"delivery_point", T_COL_WHERE, FLEXIBLE},
                                             {"overdue", T_COL_OVERDUE, SPARE},
                                             {"ref", T_COL_REF, 0}};
    json_t *summary = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/bodies/{}/summary", cli->arguments[0], (char *)NULL), &summary);
    if (code != CLI_OK)
        return code;
    output_record(cli, summary, columns, N_OF(columns));
    if (cli->format != FORMAT_TABLE)
        return CLI_OK;
    output_section(cli, T_TITLE_STATES, states_as_rows(summary), states, N_OF(states));
    output_section(cli, T_TITLE_COMING, json_object_get(summary, "next"), coming, N_OF(coming));
    output_section(cli, T_TITLE_MATERIAL, json_object_get(summary, "material"), material, N_OF(material));
    output_section(cli, T_TITLE_MONEY, json_object_get(summary, "years"), year_columns, N_OF(year_columns));
    return CLI_OK;
}
