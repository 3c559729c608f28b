/* oamctl: the OAM desk from a terminal. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* References are read over the phone: oam-2026-000123 is OAM-2026-000123. */
const char *reference_settle(const char *typed)
{
    return strncasecmp(typed, "oam-", 4) == 0 ? keep_join("OAM-", typed + 4, "") : typed;
}

static void settle_references(struct cli *cli)
{
    if (strncmp(cli->command->synopsis, "REF", 3) != 0)
        return;
    bool many = strcmp(cli->command->synopsis, "REF...") == 0;
    for (size_t i = 0; i < cli->n_arguments && (i == 0 || many); i++)
        cli->arguments[i] = reference_settle(cli->arguments[i]);
}

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
    settle_references(cli);
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
    cli.told = keep_json(json_object());
    cli.labels = keep_json(json_object());
    cli.now_s = epoch_now();
    tzset();
    enum exit_code code = arguments_parse(argc, argv, &cli);
    if (code == CLI_OK)
        code = run(&cli);
    disconnect(&cli);
    /* A reader that has enough is told nothing; a full disk is. */
    if (fflush(stdout) != 0 && code == CLI_OK)
        code = errno == EPIPE ? CLI_FAILED : fail_plain(CLI_FAILED, T_CANNOT_WRITE_OUT, reason_of(errno));
    keep_release();
    return (int)code;
}
