/* oamctl: the OAM desk from a terminal. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

static enum exit_code run(struct cli *cli)
{
    const struct command *command = cli->command;
    if (cli->values[OPT_HELP] || !command) {
        emit_help(cli->values[OPT_HELP] ? stdout : stderr, command);
        return cli->values[OPT_HELP] ? CLI_OK : CLI_USAGE;
    }
    if (cli->n_arguments < command->min)
        return fail_usage(T_TOO_FEW_ARGUMENTS, command->name, command->synopsis);
    if (cli->n_arguments > command->max)
        return fail_usage(T_TOO_MANY_ARGUMENTS, command->name, command->synopsis);
    return command->run(cli);
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    /* A reader that has enough (head, less) is no reason to be killed without a word. */
    signal(SIGPIPE, SIG_IGN);
    const char *no_color = getenv("NO_COLOR");
    cli.on_terminal = isatty(STDOUT_FILENO);
    cli.color = cli.on_terminal && !(no_color && *no_color);
    cli.labels = keep_json(json_object());
    cli.now_s = epoch_now();
    tzset();
    enum exit_code code = arguments_parse(argc, argv, &cli);
    if (code == CLI_OK)
        code = run(&cli);
    disconnect(&cli);
    if (fflush(stdout) != 0 && code == CLI_OK)
        code = CLI_FAILED;
    keep_release();
    return (int)code;
}
