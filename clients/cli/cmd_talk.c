/* comment, note: words on a request. */
#include "cli.h"

static enum exit_code say(struct cli *cli, bool internal)
{
    static const struct column columns[] = {{"id", T_COL_ID, 0},
                                            {"author.name", T_COL_AUTHOR, 0},
                                            {"created_at", T_COL_TIME, AS_TIME},
                                            {"text", T_COL_TEXT, 0}};
    const char *words = text_argument(cli->arguments[1]);
    if (!words)
        return CLI_FAILED;
    if (cli->dry_run) {
        output_json(cli, keep_json(json_pack("{s:s}", "text", words)));
        return CLI_OK;
    }
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    struct oam_response *response = NULL;
    enum oam_result result = oam_request_comment(cli->client, cli->arguments[0], words, internal, &response, &cli->err);
    json_t *comment = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    output_record(cli, comment, columns, sizeof columns / sizeof *columns);
    return CLI_OK;
}

enum exit_code command_comment(struct cli *cli)
{
    return say(cli, false);
}

enum exit_code command_note(struct cli *cli)
{
    return say(cli, true);
}
