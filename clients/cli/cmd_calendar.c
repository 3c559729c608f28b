/* calendar, notifications: who rests when and what was wrong about it; what one was told. */
#include <string.h>

#include "cli.h"

#define IDS_MAX 200

/* ---- calendar ---- */

static const struct column day_columns[] = {
    {"day", T_COL_DAY, 0}, {"scope", T_COL_SCOPE, 0}, {"rests", T_COL_RESTS, 0}, {"name_ca", T_COL_NAME, FLEXIBLE}};
static const struct column correction_columns[] = {
    {"calendar", T_COL_CALENDAR, 0}, {"revision", T_COL_REVISION, 0}, {"requests", T_COL_LOOKED_AT, 0}};

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))

/* list CODE [YEAR] */
enum exit_code form_calendar_list(struct cli *cli)
{
    json_t *calendar = NULL;
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    char *path = oam_path_new("/api/v1/calendars/{}", cli->arguments[1], (char *)NULL);
    if (cli->n_arguments > 2)
        path = oam_path_query(path, "year", cli->arguments[2]);
    code = fetch_json(cli, path, &calendar);
    if (code == CLI_OK)
        output_items(cli, json_object_get(calendar, "days"), day_columns, N_OF(day_columns));
    return code;
}

static enum exit_code correct(struct cli *cli, json_t *input)
{
    json_t *correction;
    json_object_set_new(input, "reason", json_string(cli->values[OPT_REASON]));
    char *path = oam_path_new("/api/v1/calendars/{}/corrections", cli->arguments[1], (char *)NULL);
    enum exit_code code = post_json(cli, path, input, &correction);
    if (correction)
        output_record(cli, correction, correction_columns, N_OF(correction_columns));
    return code;
}

/* add CODE DAY [NAME] */
enum exit_code form_calendar_add(struct cli *cli)
{
    json_t *input = keep_json(json_pack("{s:[{s:s}]}", "add", "day", cli->arguments[2]));
    if (cli->n_arguments > 3)
        json_object_set_new(json_array_get(json_object_get(input, "add"), 0), "name_ca",
                            json_string(cli->arguments[3]));
    return correct(cli, input);
}

/* remove CODE DAY */
enum exit_code form_calendar_remove(struct cli *cli)
{
    return correct(cli, keep_json(json_pack("{s:[s]}", "remove", cli->arguments[2])));
}

/* move CODE FROM TO: one correction, so that no term is moved twice. */
enum exit_code form_calendar_move(struct cli *cli)
{
    return correct(
        cli, keep_json(json_pack("{s:[s], s:[{s:s}]}", "remove", cli->arguments[2], "add", "day", cli->arguments[3])));
}

/* ---- notifications ---- */

enum exit_code form_notifications(struct cli *cli)
{
    static const struct column columns[] = {{"at", T_COL_TIME, AS_TIME},
                                            {"id", T_COL_ID, SPARE},
                                            {"subject", T_COL_WHAT, FLEXIBLE | MAIN},
                                            {"text", T_COL_TEXT, BLOCK}};
    bool ok;
    json_t *items = NULL;
    long limit = option_number(cli, OPT_LIMIT, 50, 1, 1000000, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code != CLI_OK)
        return code;
    char *path = oam_path_new("/api/v1/notifications", (char *)NULL);
    if (cli->values[OPT_UNREAD])
        path = oam_path_query(path, "unread", "true");
    code = fetch_items(cli, path, cli->values[OPT_ALL] ? 0 : (size_t)limit, &items);
    if (code == CLI_OK)
        output_items(cli, items, columns, N_OF(columns));
    return code;
}

/* read ID... */
enum exit_code form_notifications_read(struct cli *cli)
{
    json_t *ids = json_array(), *read;
    for (size_t i = 1; i < cli->n_arguments; i++)
        json_array_append_new(ids, json_string(cli->arguments[i]));
    return post_json(cli, oam_path_new("/api/v1/notifications:read", (char *)NULL),
                     keep_json(json_pack("{s:o}", "ids", ids)), &read);
}
