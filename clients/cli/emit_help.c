/* Help from the command table. */
#include <string.h>

#include "cli.h"

static void pad(FILE *out, const char *done, size_t width)
{
    for (size_t i = text_width(done); i < width; i++)
        fputc(' ', out);
}

static void print_option(FILE *out, const struct option *option)
{
    char left[64];
    const char *argument = option->argument ? option->argument : "";
    bool optional = argument[0] == '[';
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, optional || !*argument ? "" : " ",
             optional ? "[=FIELDS]" : argument);
    fprintf(out, "  %s", left);
    pad(out, left, 34);
    fprintf(out, " %s\n", sentence(option->text));
}

static void print_options(FILE *out, uint64_t options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options >> i & 1)
            print_option(out, &cli_options[i]);
}

void emit_usage(FILE *out)
{
    fprintf(out, "%s\n\n%s: oamctl %s\n\n%s:\n", sentence(T_ABOUT), sentence(T_USAGE), sentence(T_USAGE_LINE),
            sentence(T_COMMANDS));
    for (size_t i = 0; i < cli_n_commands; i++) {
        char left[64];
        const struct command *command = &cli_commands[i];
        snprintf(left, sizeof left, "%s %s", command->name, command->synopsis);
        fprintf(out, "  %s", left);
        pad(out, left, 34);
        fprintf(out, " %s\n", sentence(command->text));
    }
    fprintf(out, "\n%s:\n", sentence(T_COMMON_OPTIONS));
    print_options(out, cli_common_options);
    fprintf(out, "\n%s\n", sentence(T_EXIT_CODES));
}

/* Help of one command, or of the program without one. */
void emit_help(FILE *out, const struct command *command)
{
    if (!command) {
        emit_usage(out);
        return;
    }
    fprintf(out, "%s\n\n%s: oamctl %s%s%s%s\n", sentence(command->text), sentence(T_USAGE), command->name,
            *command->synopsis ? " " : "", command->synopsis, command->options ? " …" : "");
    if (command->options) {
        fprintf(out, "\n%s:\n", sentence(T_OPTIONS));
        print_options(out, command->options);
    }
    fprintf(out, "\n%s:\n", sentence(T_COMMON_OPTIONS));
    print_options(out, cli_common_options);
}
