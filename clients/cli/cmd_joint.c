/* members, invite, ballots: who takes part in a joint request, and what a panel has voted. */
#include <stdlib.h>

#include "cli.h"

enum exit_code command_members(struct cli *cli)
{
    static const struct column columns[] = {{"body", T_COL_BODY, 0},       {"body_name", T_COL_NAME, FLEXIBLE | MAIN},
                                            {"leads", T_COL_LEADS, 0},     {"state.label", T_COL_STATE, FLEXIBLE},
                                            {"awaited", T_COL_AWAITED, 0}, {"takes_part", T_COL_TAKES_PART, 0}};
    json_t *list = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/requests/{}/members", cli->arguments[0], (char *)NULL), &list);
    if (code == CLI_OK)
        output_items(cli, json_object_get(list, "items"), columns, sizeof columns / sizeof *columns);
    return code;
}

enum exit_code command_invite(struct cli *cli)
{
    const char *ref = cli->arguments[0], *etag = cli->values[OPT_IF_MATCH];
    json_t *input = keep_json(json_pack("{s:s}", "body", cli->arguments[1])), *request = NULL;
    if (cli->dry_run) {
        output_json(cli, input);
        return CLI_OK;
    }
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK && !etag)
        code = present_request(cli, ref, &request, &etag);
    if (code != CLI_OK)
        return code;
    char *body = json_dumps(input, JSON_COMPACT),
         *path = oam_path_new("/api/v1/requests/{}/members", ref, (char *)NULL);
    const struct oam_call how = {.if_match = etag};
    struct oam_response *response = NULL;
    enum oam_result result = oam_post(cli->client, path, body, &how, &response, &cli->err);
    request = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    oam_string_free(path);
    free(body);
    if (result != OAM_OK)
        return fail_call(cli);
    output_request(cli, request);
    return CLI_OK;
}

enum exit_code command_ballots(struct cli *cli)
{
    static const struct column columns[] = {{"panel_name", T_COL_PANEL, FLEXIBLE | SPARE},
                                            {"login", T_COL_LOGIN, FLEXIBLE | MAIN},
                                            {"chair", T_COL_CHAIR, 0},
                                            {"recused", T_COL_RECUSED, 0},
                                            {"ballot.choice", T_COL_CHOICE, AS_CHOICE},
                                            {"ballot.score", T_COL_SCORE, 0},
                                            {"ballot.comment", T_COL_TEXT, FLEXIBLE},
                                            {"ballot.at", T_COL_TIME, AS_TIME}};
    json_t *list = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/requests/{}/ballots", cli->arguments[0], (char *)NULL), &list);
    if (code != CLI_OK)
        return code;
    const json_t *votes = json_object_get(list, "items");
    output_items(cli, cli->format == FORMAT_JSON ? votes : voters_as_rows(votes), columns,
                 sizeof columns / sizeof *columns);
    return CLI_OK;
}
