/* absence: when an agent is away, and who acts for them. */
#include <string.h>

#include "cli.h"

static const struct column absence_columns[] = {{"first_day", T_COL_FIRST_DAY, 0},
                                                {"last_day", T_COL_LAST_DAY, 0},
                                                {"delegate", T_COL_DELEGATE, FLEXIBLE},
                                                {"status", T_COL_STATE, AS_ABSENCE},
                                                {"id", T_COL_ID, 0}};

#define N_COLUMNS (sizeof absence_columns / sizeof *absence_columns)

static enum exit_code list_absences(struct cli *cli)
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
static enum exit_code add_absence(struct cli *cli)
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
static enum exit_code remove_absence(struct cli *cli)
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

enum exit_code command_absence(struct cli *cli)
{
    static const struct {
        const char *word;
        size_t min, max; /* of all arguments, the word too */
        enum exit_code (*run)(struct cli *cli);
    } verbs[] = {{"list", 2, 2, list_absences}, {"add", 4, 5, add_absence}, {"remove", 3, 3, remove_absence}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].word, cli->arguments[0]) == 0 && cli->n_arguments >= verbs[i].min &&
            cli->n_arguments <= verbs[i].max)
            return verbs[i].run(cli);
    return fail_usage(T_ABSENCE_HOW);
}
