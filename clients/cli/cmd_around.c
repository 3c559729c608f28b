/* What goes on around a request, below it: parts that go on side by side, the bodies of a joint request, a panel's
 * votes.
 */
#include <string.h>

#include "cli.h"

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))

/* With --json=FIELDS only what is asked for is asked for. */
static bool wants(const struct cli *cli, const char *member)
{
    const char *at = cli->fields ? strstr(cli->fields, member) : NULL;
    size_t length = strlen(member);
    for (; at; at = strstr(at + 1, member))
        if ((at == cli->fields || at[-1] == ',') && strchr(",.", at[length]))
            return true;
    return cli->format == FORMAT_TABLE || (cli->format == FORMAT_JSON && !cli->fields);
}

/* What the request itself does not tell; with --fields nothing but what that names. Nobody but the desk sees ballots:
 * where they may not, there are none. */
void around_read(const struct cli *cli, const char *ref, json_t *item)
{
    static const char *const told[] = {"parts", "members", "actions", "milestones", "amounts"};
    const json_t *status = NULL;
    if (cli->values[OPT_FIELDS])
        return;
    for (size_t i = 0; i < N_OF(told); i++) {
        if (json_object_get(item, told[i]) || !wants(cli, told[i]))
            continue;
        if (!status)
            status = fetch_quietly(cli, oam_path_new("/api/v1/requests/{}/status", ref, (char *)NULL));
        json_t *value = json_object_get(status, told[i]);
        if (value)
            json_object_set(item, told[i], value);
    }
    if (!wants(cli, "votes"))
        return;
    const json_t *ballots = fetch_quietly(cli, oam_path_new("/api/v1/requests/{}/ballots", ref, (char *)NULL));
    json_t *votes = json_object_get(ballots, "items");
    if (votes)
        json_object_set(item, "votes", votes);
}

/* One line for each voter of each vote, with what the votes come to so far. */
json_t *voters_as_rows(const json_t *votes)
{
    json_t *rows = keep_json(json_array());
    size_t index, inner;
    json_t *vote, *voter;
    json_array_foreach(votes, index, vote)
    {
        json_array_foreach(json_object_get(vote, "voters"), inner, voter)
        {
            json_t *row = json_copy(voter);
            json_object_set(row, "panel_name", json_object_get(vote, "panel_name"));
            json_object_set(row, "state_label", json_object_get(vote, "state_label"));
            json_array_append_new(rows, row);
        }
    }
    return rows;
}

void around_output(const struct cli *cli, const json_t *item)
{
    static const struct column parts[] = {{"state.label", T_COL_STATE, FLEXIBLE | MAIN},
                                          {"done", T_COL_DONE, 0},
                                          {"awaiting.label", T_COL_AWAITING, FLEXIBLE},
                                          {"awaiting.who", T_COL_WHO, FLEXIBLE | SPARE}};
    static const struct column members[] = {{"body", T_COL_BODY, SPARE},   {"body_name", T_COL_NAME, FLEXIBLE | MAIN},
                                            {"leads", T_COL_LEADS, 0},     {"state.label", T_COL_STATE, FLEXIBLE},
                                            {"awaited", T_COL_AWAITED, 0}, {"takes_part", T_COL_TAKES_PART, 0}};
    static const struct column votes[] = {
        {"panel_name", T_COL_PANEL, FLEXIBLE | MAIN}, {"open", T_COL_VOTE_OPEN, 0},       {"quorum", T_COL_QUORUM, 0},
        {"approve", T_COL_APPROVE, AS_MAJORITY},      {"tally.yes", T_COL_YES, 0},        {"tally.no", T_COL_NO, 0},
        {"tally.abstained", T_COL_ABSTAINED, 0},      {"tally.score", T_COL_SCORE, SPARE}};
    static const struct column voters[] = {
        {"login", T_COL_LOGIN, FLEXIBLE | MAIN},    {"chair", T_COL_CHAIR, 0},
        {"substitute", T_COL_STANDS_IN, SPARE},     {"recused", T_COL_RECUSED, SPARE},
        {"ballot.choice", T_COL_CHOICE, AS_CHOICE}, {"ballot.score", T_COL_SCORE, 0},
        {"ballot.at", T_COL_TIME, AS_TIME | SPARE}};
    if (cli->format != FORMAT_TABLE)
        return;
    output_section(cli, T_TITLE_PARTS, json_object_get(item, "parts"), parts, N_OF(parts));
    output_section(cli, T_TITLE_MEMBERS, json_object_get(item, "members"), members, N_OF(members));
    action_sections(cli, item);
    output_section(cli, T_TITLE_VOTES, json_object_get(item, "votes"), votes, N_OF(votes));
    output_section(cli, T_TITLE_BALLOTS, voters_as_rows(json_object_get(item, "votes")), voters, N_OF(voters));
}
