/* history, comments, notes: what was done and said about a request. */
#include "cli.h"

static enum exit_code print_thread(struct cli *cli, const char *pattern, const struct column *columns, size_t n_columns)
{
    bool ok;
    json_t *items = NULL;
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
    static const struct column columns[] = {{"at", T_COL_TIME, false},     {"actor.name", T_COL_AUTHOR, false},
                                            {"label", T_COL_WHAT, false},  {"to", T_COL_STATE, false},
                                            {"comment", T_COL_TEXT, true}, {"data", T_COL_DATA, true}};
    return print_thread(cli, "/api/v1/requests/{}/history", columns, sizeof columns / sizeof *columns);
}

static const struct column said[] = {
    {"created_at", T_COL_TIME, false}, {"author.name", T_COL_AUTHOR, false}, {"text", T_COL_TEXT, false}};

enum exit_code command_comments(struct cli *cli)
{
    return print_thread(cli, "/api/v1/requests/{}/comments", said, sizeof said / sizeof *said);
}

enum exit_code command_notes(struct cli *cli)
{
    return print_thread(cli, "/api/v1/requests/{}/notes", said, sizeof said / sizeof *said);
}
