/* absence: when an agent is away, and who acts for them. */
#include <string.h>

#include "cli.h"

static const struct column absence_columns[] = {{"first_day", T_COL_FIRST_DAY, 0},
                                                {"last_day", T_COL_LAST_DAY, 0},
                                                {"delegate", T_COL_DELEGATE, FLEXIBLE},
                                                {"status", T_COL_STATE, AS_ABSENCE},
                                                {"id", T_COL_ID, 0}};

#define N_COLUMNS (sizeof absence_columns / sizeof *absence_columns)

enum exit_code form_absence_list(struct cli *cli)
{
    json_t *page = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/agents/{}/absences", cli->arguments[1], (char *)NULL), &page);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), absence_columns, N_COLUMNS);
    return code;
}

/* add AGENT FIRST LAST [DELEGATE] */
enum exit_code form_absence_add(struct cli *cli)
{
    json_t *input = keep_json(json_pack("{s:s, s:s}", "first_day", cli->arguments[2], "last_day", cli->arguments[3]));
    if (cli->n_arguments > 4)
        json_object_set_new(input, "delegate", json_string(cli->arguments[4]));
    json_t *absence;
    enum exit_code code =
        post_json(cli, oam_path_new("/api/v1/agents/{}/absences", cli->arguments[1], (char *)NULL), input, &absence);
    if (absence)
        output_record(cli, absence, absence_columns, N_COLUMNS);
    return code;
}

/* remove AGENT ID */
enum exit_code form_absence_remove(struct cli *cli)
{
    if (cli->dry_run)
        return CLI_OK;
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    char *path = oam_path_new("/api/v1/agents/{}/absences/{}", cli->arguments[1], cli->arguments[2], (char *)NULL);
    struct oam_response *response = NULL;
    enum oam_result result = oam_delete(cli->client, path, NULL, &response, &cli->err);
    oam_response_free(response);
    oam_string_free(path);
    if (result != OAM_OK)
        return fail_call(cli);
    note(cli, T_ABSENCE_REMOVED, cli->arguments[1]);
    return CLI_OK;
}
