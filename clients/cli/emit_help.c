/* Help from the command table. */
#include <string.h>

#include "cli.h"

#define NAME_WIDTH 14
#define LEFT_WIDTH 34
#define FORM_WIDTH 46

/* A name and what it is: side by side, or one below the other where that would be too narrow. */
static void print_entry(FILE *out, const char *name, size_t left_width, const char *text)
{
    size_t width = terminal_width(out);
    if (width > 0 && width < left_width + LEFT_WIDTH) {
        fputs("  ", out);
        print_block(out, name, 4, width);
        fputs("      ", out);
        print_block(out, text, 6, width);
        return;
    }
    fprintf(out, "  %s", name);
    size_t used = text_width(name);
    if (used > left_width) {
        fprintf(out, "\n  ");
        used = 0;
    }
    for (size_t i = used; i < left_width + 1; i++)
        fputc(' ', out);
    print_block(out, text, left_width + 3, width);
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
    print_entry(out, left, LEFT_WIDTH, sentence(option->text));
}

static void print_options(FILE *out, option_set options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options >> i & 1)
            print_option(out, &cli_options[i]);
}

static void print_commands(FILE *out)
{
    static const struct {
        const char *command; /* NULL: a title */
        enum text text;
    } lines[] = {
#define SECTION(text)                                        {NULL, text},
#define COMMAND(id, name, synopsis, min, max, options, text) {name, text},
#define COMMAND_OF_FORMS(name, options, text)                {#name, text},
#include "commands.def"
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].command)
            print_entry(out, lines[i].command, NAME_WIDTH, sentence(lines[i].text));
        else
            fprintf(out, "\n%s\n", sentence(lines[i].text));
}

void emit_usage(FILE *out)
{
    fprintf(out, "%s\n\n%s: oamctl %s\n\n%s:\n", sentence(T_ABOUT), sentence(T_USAGE), sentence(T_USAGE_LINE),
            sentence(T_COMMANDS));
    print_block(out, sentence(T_HELP_OF_EACH), 0, terminal_width(out));
    print_commands(out);
    fprintf(out, "\n%s:\n", sentence(T_COMMON_OPTIONS));
    print_options(out, cli_common_options);
    fputc('\n', out);
    print_block(out, sentence(T_EXIT_CODES), 0, terminal_width(out));
}

static void print_forms(FILE *out, const struct command *command)
{
    fprintf(out, "%s\n\n%s:\n", sentence(command->text), sentence(T_USAGE));
    for (const struct form *form = form_first(command); form; form = form_next(form)) {
        char left[96];
        (void)snprintf(left, sizeof left, "oamctl %s%s%s%s%s", command->name, *form->word ? " " : "", form->word,
                       *form->synopsis ? " " : "", form->synopsis);
        print_entry(out, left, FORM_WIDTH, sentence(form->text));
    }
}

/* Help of one command, or of the program without one. */
void emit_help(FILE *out, const struct command *command)
{
    if (!command) {
        emit_usage(out);
        return;
    }
    if (form_first(command))
        print_forms(out, command);
    else
        fprintf(out, "%s\n\n%s: oamctl %s%s%s%s\n", sentence(command->text), sentence(T_USAGE), command->name,
                *command->synopsis ? " " : "", command->synopsis, command->options ? " …" : "");
    if (command->options) {
        fprintf(out, "\n%s:\n", sentence(T_OPTIONS));
        print_options(out, command->options);
    }
    fprintf(out, "\n%s:\n", sentence(T_COMMON_OPTIONS));
    print_options(out, cli_common_options);
}
