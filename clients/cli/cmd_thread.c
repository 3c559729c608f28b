/* history, comments, notes: what was done and said about a request. */
#include "cli.h"

static enum exit_code print_thread(struct cli *cli, const char *pattern, const struct column *columns, size_t n_columns)
{
    bool ok;
    json_t *items = NULL;
    cli->states_of = cli->arguments[0];
    long limit = option_number(cli, OPT_LIMIT, 200, 1, 1000000, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK) {
        code = fetch_items(cli, oam_path_new(pattern, cli->arguments[0], (char *)NULL),
                           cli->values[OPT_ALL] ? 0 : (size_t)limit, &items);
    }
    if (code == CLI_OK)
        output_items(cli, items, columns, n_columns);
    return code;
}

enum exit_code command_history(struct cli *cli)
{
    static const struct column columns[] = {{"at", T_COL_TIME, AS_TIME},
                                            {"actor.name", T_COL_AUTHOR, FLEXIBLE | SPARE_LATE},
                                            {"label", T_COL_WHAT, FLEXIBLE},
                                            {"to", T_COL_STATE, AS_STATE},
                                            {"comment", T_COL_TEXT, FLEXIBLE | MAIN},
                                            {"data", T_COL_DATA, FLEXIBLE | SPARE}};
    return print_thread(cli, "/api/v1/requests/{}/history", columns, sizeof columns / sizeof *columns);
}

static const struct column said[] = {
    {"created_at", T_COL_TIME, AS_TIME}, {"author.name", T_COL_AUTHOR, 0}, {"text", T_COL_TEXT, BLOCK}};

enum exit_code command_comments(struct cli *cli)
{
    return print_thread(cli, "/api/v1/requests/{}/comments", said, sizeof said / sizeof *said);
}

enum exit_code command_notes(struct cli *cli)
{
    return print_thread(cli, "/api/v1/requests/{}/notes", said, sizeof said / sizeof *said);
}
