/* Questions to a person, only where there is one. */
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"

bool is_interactive(const struct cli *cli)
{
    return !cli->no_input && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A line of the terminal, without its end; NULL at its end. hidden: what is typed is not shown. */
char *ask_line(const char *prompt, bool hidden)
{
    struct termios before, silent;
    char line[4096];
    fputs(prompt, stderr);
    fputs(": ", stderr);
    bool is_silent = hidden && tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_silent) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    char *got = fgets(line, sizeof line, stdin);
    if (is_silent) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (!got)
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    char *kept = keep_text(line);
    explicit_bzero(line, sizeof line);
    return kept;
}

/* Yes by --yes, by nobody being there to ask, or by the person: s(í), y(es). */
bool ask_yes(const struct cli *cli, enum text id, const char *a, const char *b)
{
    if (cli->yes || !is_interactive(cli))
        return true;
    text_print(stderr, id, a, b);
    char *answer = ask_line("", false);
    return answer && (strncasecmp(answer, "s", 1) == 0 || strncasecmp(answer, "y", 1) == 0);
}
