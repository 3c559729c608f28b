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
static enum exit_code list_days(struct cli *cli)
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
static enum exit_code add_day(struct cli *cli)
{
    json_t *input = keep_json(json_pack("{s:[{s:s}]}", "add", "day", cli->arguments[2]));
    if (cli->n_arguments > 3)
        json_object_set_new(json_array_get(json_object_get(input, "add"), 0), "name_ca",
                            json_string(cli->arguments[3]));
    return correct(cli, input);
}

/* remove CODE DAY */
static enum exit_code remove_day(struct cli *cli)
{
    return correct(cli, keep_json(json_pack("{s:[s]}", "remove", cli->arguments[2])));
}

/* move CODE FROM TO: one correction, so that no term is moved twice. */
static enum exit_code move_day(struct cli *cli)
{
    return correct(
        cli, keep_json(json_pack("{s:[s], s:[{s:s}]}", "remove", cli->arguments[2], "add", "day", cli->arguments[3])));
}

enum exit_code command_calendar(struct cli *cli)
{
    static const struct {
        const char *word;
        size_t min, max; /* of all arguments, the word too */
        bool corrects;
        enum exit_code (*run)(struct cli *cli);
    } verbs[] = {{"list", 2, 3, false, list_days},
                 {"add", 3, 4, true, add_day},
                 {"remove", 3, 3, true, remove_day},
                 {"move", 4, 4, true, move_day}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].word, cli->arguments[0]) == 0 && cli->n_arguments >= verbs[i].min &&
            cli->n_arguments <= verbs[i].max && (!verbs[i].corrects || cli->values[OPT_REASON]))
            return verbs[i].run(cli);
    return fail_usage(T_CALENDAR_HOW);
}

/* ---- notifications ---- */

static enum exit_code list_notifications(struct cli *cli)
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
static enum exit_code read_notifications(struct cli *cli)
{
    json_t *ids = json_array(), *read;
    for (size_t i = 1; i < cli->n_arguments; i++)
        json_array_append_new(ids, json_string(cli->arguments[i]));
    return post_json(cli, oam_path_new("/api/v1/notifications:read", (char *)NULL),
                     keep_json(json_pack("{s:o}", "ids", ids)), &read);
}

enum exit_code command_notifications(struct cli *cli)
{
    if (cli->n_arguments == 0)
        return list_notifications(cli);
    if (strcmp(cli->arguments[0], "read") == 0 && cli->n_arguments > 1 && cli->n_arguments <= IDS_MAX + 1)
        return read_notifications(cli);
    return fail_usage(T_NOTIFICATIONS_HOW);
}
