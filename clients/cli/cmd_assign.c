/* reassign: another agent, and why. */
#include "cli.h"

static const struct column assignment_record[] = {
    {"agent_name", T_COL_AGENT, 0},      {"agent", T_COL_LOGIN, 0},   {"unit", T_COL_UNIT, AS_UNIT},
    {"policy", T_COL_POLICY, AS_POLICY}, {"reason", T_COL_REASON, 0}, {"at", T_COL_TIME, AS_TIME},
};

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
    output_record(cli, assignment, assignment_record, sizeof assignment_record / sizeof *assignment_record);
    return CLI_OK;
}
