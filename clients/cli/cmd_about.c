/* help, man, completion, version: what the program says of itself. */
#include <string.h>

#include "cli.h"

enum exit_code command_help(struct cli *cli)
{
    const struct command *command = NULL;
    if (cli->n_arguments == 1 && !(command = command_find(cli->arguments[0])))
        return fail_usage(T_UNKNOWN_COMMAND, cli->arguments[0]);
    emit_help(stdout, command);
    return CLI_OK;
}

enum exit_code command_man(struct cli *cli)
{
    (void)cli;
    emit_man(stdout);
    return CLI_OK;
}

enum exit_code command_completion(struct cli *cli)
{
    if (!emit_completion(stdout, cli->arguments[0]))
        return fail_usage(T_BAD_VALUE, "completion", cli->arguments[0], "bash|zsh|fish");
    return CLI_OK;
}

enum exit_code command_version(struct cli *cli)
{
    if (cli->format == FORMAT_JSON) {
        json_t *json = keep_json(json_pack("{s:s}", "version", oam_version()));
        output_json(cli, json);
    } else {
        printf("oamctl %s\n", oam_version());
    }
    return CLI_OK;
}
