/* Help from the command table. */
#include <string.h>

#include "cli.h"

#define LEFT_WIDTH 34

/* A name and what it is: side by side, or one below the other where that would be too narrow. */
static void print_entry(FILE *out, const char *name, const char *text)
{
    size_t width = terminal_width(out);
    if (width > 0 && width < 2 * LEFT_WIDTH) {
        fputs("  ", out);
        print_block(out, name, 4, width);
        fputs("      ", out);
        print_block(out, text, 6, width);
        return;
    }
    fprintf(out, "  %s", name);
    size_t used = text_width(name);
    if (used > LEFT_WIDTH) {
        fprintf(out, "\n  ");
        used = 0;
    }
    for (size_t i = used; i < LEFT_WIDTH + 1; i++)
        fputc(' ', out);
    print_block(out, text, LEFT_WIDTH + 3, width);
}

static void print_option(FILE *out, const struct option *option)
{
    char left[96];
    const char *argument = option->argument ? option->argument : "";
    bool optional = argument[0] == '[';
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, optional || !*argument ? "" : " ",
             optional ? "[=FIELDS]" : argument);
    print_entry(out, left, sentence(option->text));
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
        char left[96];
        const struct command *command = &cli_commands[i];
        snprintf(left, sizeof left, "%s %s", command->name, command->synopsis);
        print_entry(out, left, sentence(command->text));
    }
    fprintf(out, "\n%s:\n", sentence(T_COMMON_OPTIONS));
    print_options(out, cli_common_options);
    fputc('\n', out);
    print_block(out, sentence(T_EXIT_CODES), 0, terminal_width(out));
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
