/* assignment, reassign: who has it and why, and giving it to another. */
#include "cli.h"

static const struct column assignment_record[] = {
    {"agent_name", T_COL_AGENT, 0},      {"agent", T_COL_LOGIN, 0},   {"unit", T_COL_UNIT, AS_UNIT},
    {"policy", T_COL_POLICY, AS_POLICY}, {"reason", T_COL_REASON, 0}, {"at", T_COL_TIME, AS_TIME},
};

#define N_RECORD (sizeof assignment_record / sizeof *assignment_record)

enum exit_code command_assignment(struct cli *cli)
{
    static const struct column candidates[] = {
        {"agent", T_COL_AGENT, FLEXIBLE},      {"chosen", T_COL_CHOSEN, 0},
        {"failed", T_COL_FAILED, AS_FAILED},   {"rank.territory", T_COL_TERRITORY, AS_TERRITORY},
        {"rank.open_requests", T_COL_OPEN, 0}, {"rank.last_assigned_at", T_COL_LAST, AS_AGE | SPARE}};
    json_t *assignment = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/requests/{}/assignment", cli->arguments[0], (char *)NULL),
                          &assignment);
    if (code != CLI_OK)
        return code;
    const json_t *items = json_object_get(assignment, "candidates");
    bool for_people = cli->format == FORMAT_TABLE;
    /* As CSV the candidates are what has rows. */
    if (cli->format != FORMAT_CSV)
        output_record(cli, assignment, assignment_record, N_RECORD);
    if (for_people && json_array_size(items) > 0)
        putchar('\n');
    if (cli->format == FORMAT_CSV || (for_people && json_array_size(items) > 0))
        output_items(cli, items, candidates, sizeof candidates / sizeof *candidates);
    return CLI_OK;
}

/* What is missing of --to and --reason; asked of a person where there is one. */
static enum exit_code settle(struct cli *cli, const char **ret_agent, const char **ret_reason)
{
    const char *agent = cli->values[OPT_TO], *reason = cli->values[OPT_REASON];
    if (!agent && is_interactive(cli))
        agent = ask_line(sentence(T_OPT_TO), false);
    if (!reason && is_interactive(cli))
        reason = ask_line(sentence(T_OPT_REASON), false);
    if (!agent || !*agent || !reason || !*reason) {
        const char *missing = agent && *agent ? "--reason" : reason && *reason ? "--to" : "--to, --reason";
        return fail_usage(T_NEEDS_OPTION, "reassign", missing);
    }
    *ret_agent = agent;
    *ret_reason = reason;
    return CLI_OK;
}

enum exit_code command_reassign(struct cli *cli)
{
    const char *agent = NULL, *reason = NULL;
    enum exit_code code = settle(cli, &agent, &reason);
    if (code != CLI_OK)
        return code;
    if (cli->dry_run) {
        output_json(cli, keep_json(json_pack("{s:s, s:s}", "agent", agent, "reason", reason)));
        return CLI_OK;
    }
    code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    struct oam_response *response = NULL;
    enum oam_result result = oam_request_assign(cli->client, cli->arguments[0], agent, reason, &response, &cli->err);
    json_t *assignment = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    output_record(cli, assignment, assignment_record, N_RECORD);
    return CLI_OK;
}
