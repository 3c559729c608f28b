/* stock, hold: material, and what of it is held for an action. */
#include <string.h>
#include <time.h>

#include "cli.h"

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))
#define AHEAD_DAYS    30

static const struct column item_columns[] = {{"code", T_COL_CODE, 0},
                                             {"name", T_COL_ITEM, FLEXIBLE | MAIN},
                                             {"kind", T_COL_KIND, AS_STOCK | SPARE},
                                             {"service", T_COL_SERVICE, SPARE},
                                             {"unit", T_COL_UNIT, AS_UNIT | FLEXIBLE | SPARE},
                                             {"active", T_COL_IN_USE, SPARE},
                                             {"quantity", T_COL_QUANTITY, 0},
                                             {"reserved", T_COL_RESERVED, SPARE_LATE},
                                             {"out", T_COL_OUT, 0},
                                             {"overdue", T_COL_OVERDUE, 0}};
static const struct column free_columns[] = {
    {"from", T_COL_SINCE_DAY, 0}, {"to", T_COL_UNTIL_DAY, 0}, {"free", T_COL_FREE, MAIN}};
static const struct column movement_columns[] = {{"number", T_COL_NUMBER, 0},
                                                 {"on", T_COL_DAY, 0},
                                                 {"kind", T_COL_WHAT, AS_STOCK},
                                                 {"quantity", T_COL_QUANTITY, 0},
                                                 {"reason", T_COL_REASON, FLEXIBLE | MAIN},
                                                 {"ref", T_COL_REF, 0},
                                                 {"recorded_by", T_COL_AUTHOR, FLEXIBLE | SPARE}};
static const struct column holder_columns[] = {{"ref", T_COL_REF, 0},
                                               {"body_name", T_COL_BODY, FLEXIBLE | MAIN},
                                               {"quantity", T_COL_QUANTITY, 0},
                                               {"from", T_COL_SINCE_DAY, 0},
                                               {"to", T_COL_UNTIL_DAY, 0},
                                               {"state", T_COL_STATE, AS_STOCK},
                                               {"overdue", T_COL_OVERDUE, SPARE_LATE},
                                               {"closed", T_COL_CLOSED, SPARE},
                                               {"returned", T_COL_BACK, SPARE},
                                               {"delivery_point", T_COL_WHERE, FLEXIBLE | SPARE}};
static const struct column hold_columns[] = {
    {"number", T_COL_NUMBER, 0},       {"item", T_COL_CODE, SPARE},          {"name", T_COL_ITEM, FLEXIBLE | MAIN},
    {"quantity", T_COL_QUANTITY, 0},   {"from", T_COL_SINCE_DAY, 0},         {"to", T_COL_UNTIL_DAY, 0},
    {"state", T_COL_STATE, AS_STOCK},  {"returned", T_COL_BACK, SPARE_LATE}, {"lost", T_COL_MISSING, SPARE},
    {"overdue", T_COL_OVERDUE, SPARE}, {"handed_on", T_COL_STARTED, SPARE},  {"ended_on", T_COL_ENDED, SPARE}};
/* As an action and an answer to a move have them: without the name, which may change. */
static const struct column plain_columns[] = {
    {"number", T_COL_NUMBER, 0},          {"item", T_COL_ITEM, MAIN},     {"quantity", T_COL_QUANTITY, 0},
    {"from", T_COL_SINCE_DAY, 0},         {"to", T_COL_UNTIL_DAY, 0},     {"state", T_COL_STATE, AS_STOCK},
    {"returned", T_COL_BACK, SPARE_LATE}, {"lost", T_COL_MISSING, SPARE}, {"handed_on", T_COL_STARTED, SPARE}};

void hold_section(const struct cli *cli, const json_t *holds)
{
    output_section(cli, T_TITLE_MATERIAL, holds, plain_columns, N_OF(plain_columns));
}

/* ---- stock ---- */

static char *path_of(const struct cli *cli, const char *pattern)
{
    return oam_path_new(pattern, cli->arguments[1], (char *)NULL);
}

enum exit_code form_stock_list(struct cli *cli)
{
    json_t *page = NULL;
    char *path = oam_path_query(oam_path_new("/api/v1/stock", (char *)NULL), "service", cli->values[OPT_SERVICE]);
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, path, &page);
    else
        oam_string_free(path);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), item_columns, N_OF(item_columns));
    return code;
}

/* What is free of it: as the words say, or in the days ahead. */
static enum exit_code read_free(struct cli *cli, const char *from, const char *to, const char *quantity, json_t **ret)
{
    char *path = oam_path_query(path_of(cli, "/api/v1/stock/{}/availability"), "from", from);
    return fetch_json(cli, oam_path_query(oam_path_query(path, "to", to), "quantity", quantity), ret);
}

static const char *day_ahead(const struct cli *cli, char day[16])
{
    const time_t then = (time_t)(cli->now_s + (int64_t)AHEAD_DAYS * 86400);
    struct tm parts;
    return gmtime_r(&then, &parts) && strftime(day, 16, "%Y-%m-%d", &parts) > 0 ? day : NULL;
}

enum exit_code form_stock_show(struct cli *cli)
{
    static const struct column columns[] = {{"code", T_COL_CODE, 0},        {"name", T_COL_ITEM, 0},
                                            {"kind", T_COL_KIND, AS_STOCK}, {"service", T_COL_SERVICE, 0},
                                            {"unit", T_COL_UNIT, AS_UNIT},  {"quantity", T_COL_QUANTITY, 0},
                                            {"active", T_COL_IN_USE, 0}};
    char day[16];
    json_t *item = NULL, *told = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/stock/{}"), &item);
    if (code != CLI_OK)
        return code;
    output_record(cli, item, columns, N_OF(columns));
    if (cli->format == FORMAT_TABLE && (code = read_free(cli, NULL, day_ahead(cli, day), NULL, &told)) == CLI_OK)
        output_section(cli, T_TITLE_FREE, json_object_get(told, "periods"), free_columns, N_OF(free_columns));
    return code;
}

/* free CODE [FROM [TO [HOW-MANY]]] */
enum exit_code form_stock_free(struct cli *cli)
{
    static const struct column columns[] = {{"item", T_COL_ITEM, 0},         {"from", T_COL_SINCE_DAY, 0},
                                            {"to", T_COL_UNTIL_DAY, 0},      {"free", T_COL_FREE, 0},
                                            {"quantity", T_COL_QUANTITY, 0}, {"next_on", T_COL_FREE_ON, 0}};
    const char *words[3] = {NULL};
    json_t *told = NULL;
    for (size_t i = 2; i < cli->n_arguments; i++)
        words[i - 2] = cli->arguments[i];
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = read_free(cli, words[0], words[1], words[2], &told);
    if (code != CLI_OK)
        return code;
    output_record(cli, told, columns, N_OF(columns));
    if (cli->format == FORMAT_TABLE)
        output_section(cli, T_TITLE_FREE, json_object_get(told, "periods"), free_columns, N_OF(free_columns));
    return code;
}

/* add CODE KIND SERVICE CA ES EN; its unit by --data unit=… */
enum exit_code form_stock_add(struct cli *cli)
{
    json_t *item = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_update_new(input, json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "code", cli->arguments[1], "kind",
                                            cli->arguments[2], "service", cli->arguments[3], "names", "ca",
                                            cli->arguments[4], "es", cli->arguments[5], "en", cli->arguments[6]));
    enum exit_code code = post_json(cli, oam_path_new("/api/v1/stock", (char *)NULL), input, &item);
    if (item)
        output_record(cli, item, item_columns, N_OF(item_columns) - 3); /* a new one has nothing out */
    return code;
}

/* move CODE KIND HOW-MANY --reason TEXT; its day by --data on=… */
enum exit_code form_stock_move(struct cli *cli)
{
    json_t *movement = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_set_new(input, "kind", json_string(cli->arguments[2]));
    json_object_set_new(input, "quantity", data_value(cli->arguments[3], "integer"));
    if (cli->values[OPT_REASON])
        json_object_set_new(input, "reason", json_string(cli->values[OPT_REASON]));
    enum exit_code code = post_json(cli, path_of(cli, "/api/v1/stock/{}/movements"), input, &movement);
    if (movement)
        output_record(cli, movement, movement_columns, N_OF(movement_columns));
    return code;
}

enum exit_code form_stock_movements(struct cli *cli)
{
    bool ok;
    json_t *items = NULL;
    const long limit = option_number(cli, OPT_LIMIT, 50, 1, 1000000, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK)
        code = fetch_items(cli, path_of(cli, "/api/v1/stock/{}/movements"), cli->values[OPT_ALL] ? 0 : (size_t)limit,
                           &items);
    if (code == CLI_OK)
        output_items(cli, items, movement_columns, N_OF(movement_columns));
    return code;
}

enum exit_code form_stock_holds(struct cli *cli)
{
    json_t *page = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/stock/{}/holds"), &page);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), holder_columns, N_OF(holder_columns));
    return code;
}

/* ---- hold ---- */

enum exit_code form_hold_list(struct cli *cli)
{
    const char *id;
    json_t *page = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = fetch_json(
            cli, oam_path_new("/api/v1/requests/{}/actions/{}/holds", cli->arguments[1], id, (char *)NULL), &page);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), hold_columns, N_OF(hold_columns));
    return code;
}

/* add REF ACTION ITEM HOW-MANY FROM [TO] */
enum exit_code form_hold_add(struct cli *cli)
{
    const char *id;
    json_t *hold = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_set_new(input, "item", json_string(cli->arguments[3]));
    json_object_set_new(input, "quantity", data_value(cli->arguments[4], "integer"));
    json_object_set_new(input, "from", json_string(cli->arguments[5]));
    if (cli->n_arguments > 6)
        json_object_set_new(input, "to", json_string(cli->arguments[6]));
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = post_json(cli, oam_path_new("/api/v1/requests/{}/actions/{}/holds", cli->arguments[1], id, (char *)NULL),
                         input, &hold);
    if (hold)
        output_record(cli, hold, plain_columns, N_OF(plain_columns));
    return code;
}

/* MOVE REF ACTION NUMBER; what else is said of it by --data */
static enum exit_code move_hold(struct cli *cli, const char *move)
{
    const char *id;
    json_t *hold = NULL, *input = action_said(cli);
    if (!input)
        return CLI_USAGE;
    json_object_set_new(input, "move", json_string(move));
    enum exit_code code = action_find(cli, cli->arguments[1], cli->arguments[2], &id);
    if (code == CLI_OK)
        code = action_send(cli, "POST", cli->arguments[1],
                           oam_path_new("/api/v1/requests/{}/actions/{}/holds/{}/moves", cli->arguments[1], id,
                                        cli->arguments[3], (char *)NULL),
                           input, &hold);
    if (hold)
        output_record(cli, hold, plain_columns, N_OF(plain_columns));
    return code;
}

enum exit_code form_hold_give(struct cli *cli)
{
    return move_hold(cli, "hand_over");
}

enum exit_code form_hold_back(struct cli *cli)
{
    return move_hold(cli, "return");
}

enum exit_code form_hold_release(struct cli *cli)
{
    return move_hold(cli, "release");
}

enum exit_code form_hold_change(struct cli *cli)
{
    return move_hold(cli, "change");
}
