/* The man page, in mdoc, from the command table. */

#include "cli.h"

/* Text where roff takes no character for a command. */
static void roff(FILE *out, const char *plain)
{
    if (*plain == '.' || *plain == '\'')
        fputs("\\&", out);
    for (const char *p = plain; *p; p++)
        if (*p == '\\')
            fputs("\\e", out);
        else if (*p == '-')
            fputs("\\-", out);
        else
            fputc(*p, out);
}

static void roff_line(FILE *out, const char *plain)
{
    roff(out, plain);
    fputc('\n', out);
}

static void print_options(FILE *out, option_set options)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &cli_options[i];
        if (!(options >> i & 1))
            continue;
        fputs(".It ", out);
        if (option->letter)
            fprintf(out, "Fl %c , ", option->letter);
        fprintf(out, "Fl \\-%s", option->name);
        if (option->argument && option->argument[0] == '[') {
            fputs(" Ns Op = Ns Ar FIELDS", out);
        } else if (option->argument) {
            fputs(" Ar ", out);
            roff(out, option->argument);
        }
        fputc('\n', out);
        roff_line(out, sentence(option->text));
    }
    fputs(".El\n", out);
}

static void print_forms(FILE *out, const struct command *command)
{
    const struct form *form = form_first(command);
    if (!form)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (; form; form = form_next(form)) {
        fprintf(out, ".It %s", command->name);
        if (*form->word)
            fprintf(out, " %s", form->word);
        if (*form->synopsis) {
            fputc(' ', out);
            roff(out, form->synopsis);
        }
        fputc('\n', out);
        roff_line(out, sentence(form->text));
    }
    fputs(".El\n", out);
}

static void print_command(FILE *out, const struct command *command)
{
    fprintf(out, ".Ss %s", command->name);
    if (*command->synopsis) {
        fputc(' ', out);
        roff(out, command->synopsis);
    }
    fputc('\n', out);
    roff_line(out, sentence(command->text));
    print_forms(out, command);
    if (command->options)
        print_options(out, command->options);
}

void emit_man(FILE *out)
{
    fputs(".Dd November 22, 2026\n.Dt OAMCTL 1\n.Os\n.Sh NAME\n.Nm oamctl\n.Nd ", out);
    roff_line(out, sentence(T_ABOUT));
    fputs(".Sh SYNOPSIS\n.Nm\n.Op Ar options\n.Ar command\n.Op Ar arguments\n.Sh DESCRIPTION\n", out);
    roff_line(out, sentence(T_MAN_DESCRIPTION));
    fputs(".Sh COMMANDS\n", out);
    for (size_t i = 0; i < cli_n_commands; i++)
        print_command(out, &cli_commands[i]);
    fputs(".Sh OPTIONS\n", out);
    print_options(out, cli_common_options);
    fputs(".Sh ENVIRONMENT\n.Bl -tag -width OAM_CREDENTIALS\n", out);
    static const struct {
        const char *name;
        enum text text;
    } variables[] = {{"OAM_URL", T_ENV_URL},
                     {"OAM_CREDENTIALS", T_ENV_CREDENTIALS},
                     {"OAM_ROLE", T_ENV_ROLE},
                     {"VISUAL, EDITOR", T_ENV_EDITOR},
                     {"NO_COLOR", T_ENV_NO_COLOR},
                     {"TZ", T_ENV_TZ},
                     {"LC_ALL, LC_MESSAGES, LANG", T_ENV_LANG}};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        fprintf(out, ".It Ev %s\n", variables[i].name);
        roff_line(out, sentence(variables[i].text));
    }
    fputs(".El\n.Sh FILES\n.Bl -tag -width Ds\n.It Pa $XDG_CONFIG_HOME/oam/ Ns Ar NAME Ns .json\n", out);
    roff_line(out, sentence(T_FILES_PROFILE));
    fputs(".El\n.Sh EXIT STATUS\n", out);
    roff_line(out, sentence(T_EXIT_CODES));
}
