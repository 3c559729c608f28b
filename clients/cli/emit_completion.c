/* Completion for bash, zsh and fish from the command table. */
#include <string.h>

#include "cli.h"

/* --name words of a set, with blanks between. */
static void print_names(FILE *out, option_set options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options >> i & 1)
            fprintf(out, " --%s", cli_options[i].name);
}

static void print_commands(FILE *out)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        fprintf(out, "%s%s", i ? " " : "", cli_commands[i].name);
}

/* The values that an option may have, with blanks between; false where anything goes. */
static bool print_values(FILE *out, const char *before, enum option_id id)
{
    static const struct {
        enum option_id option;
        enum vocabulary vocabulary;
    } vocabularies[] = {{OPT_PHASE, WORDS_PHASE},
                        {OPT_SORT, WORDS_SORT},
                        {OPT_ROLE, WORDS_ROLE},
                        {OPT_CHANNEL, WORDS_CHANNEL},
                        {OPT_TYPE, WORDS_EVENT}};
    const char *key;
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
        if (vocabularies[i].option != id)
            continue;
        fputs(before, out);
        for (size_t k = 0; (key = word_key(vocabularies[i].vocabulary, k)) != NULL; k++)
            fprintf(out, "%s%s", k ? " " : "", key);
        return true;
    }
    const char *choices = id == OPT_OUTPUT || id == OPT_LANGUAGE ? cli_options[id].argument : NULL;
    if (!choices)
        return false;
    fputs(before, out);
    for (const char *p = choices; *p; p++)
        fputc(*p == '|' ? ' ' : *p, out);
    return true;
}

static void print_form_words(FILE *out, const struct command *command)
{
    const char *between = "";
    for (const struct form *form = form_first(command); form; form = form_next(form)) {
        if (!*form->word)
            continue;
        fprintf(out, "%s%s", between, form->word);
        between = " ";
    }
}

/* The word behind a command of forms says what it does. */
static void bash_forms(FILE *out)
{
    fputs("  if ((COMP_CWORD == i + 1)); then case $command in\n", out);
    for (size_t i = 0; i < cli_n_commands; i++) {
        if (!form_first(&cli_commands[i]))
            continue;
        fprintf(out, "    %s) words='", cli_commands[i].name);
        print_form_words(out, &cli_commands[i]);
        fputs("' ;;\n", out);
    }
    fputs("  esac; fi\n", out);
}

/* What comes behind an option that has its own words. */
static void bash_values(FILE *out)
{
    fputs("  case ${COMP_WORDS[COMP_CWORD-1]} in\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char before[64];
        snprintf(before, sizeof before, "    --%s) words='", cli_options[i].name);
        if (print_values(out, before, (enum option_id)i))
            fputs("' ;;\n", out);
    }
    fputs("  esac\n", out);
}

static void emit_bash(FILE *out)
{
    fputs("_oamctl() {\n  local word=${COMP_WORDS[COMP_CWORD]} command='' i\n"
          "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ' ",
          out);
    print_commands(out);
    fputs(" ' in *\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]}; break ;; esac\n  done\n  local options=\"", out);
    print_names(out, cli_common_options);
    fputs("\" words=\n  case $command in\n    '') words=\"", out);
    print_commands(out);
    fputs("\" ;;\n    completion) words='bash zsh fish' ;;\n    help) words=\"", out);
    print_commands(out);
    fputs("\" ;;\n", out);
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *command = &cli_commands[i];
        if (command->options) {
            fprintf(out, "    %s) options+=\"", command->name);
            print_names(out, command->options);
            fputs("\" ;;\n", out);
        }
    }
    fputs("  esac\n", out);
    bash_forms(out);
    bash_values(out);
    fputs("  case $word in\n    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
          "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n  esac\n}\n"
          "complete -o default -F _oamctl oamctl\n",
          out);
}

/* Text between single quotes of a shell that doubles nothing. */
static void print_quoted(FILE *out, const char *plain)
{
    for (const char *p = plain; *p; p++)
        if (*p == '\'')
            fputs("’", out);
        else if (*p == ':' || *p == '[' || *p == ']')
            fprintf(out, "\\%c", *p);
        else
            fputc(*p, out);
}

static void zsh_options(FILE *out, option_set options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &cli_options[i];
        if (!(options >> i & 1))
            continue;
        const char *argument = option->argument;
        bool optional = argument && argument[0] == '[';
        fprintf(out, " \\\n    '--%s%s[", option->name, argument ? (optional ? "=-" : "=") : "");
        print_quoted(out, sentence(option->text));
        fputc(']', out);
        if (argument) {
            fputs(optional ? "::" : ":", out);
            print_quoted(out, optional ? "FIELDS" : argument);
            if (print_values(out, ":(", (enum option_id)i))
                fputc(')', out);
            else
                fputs(strstr(argument, "FILE") ? ":_files" : ":", out);
        }
        fputc('\'', out);
    }
}

static bool takes_file(const struct command *command)
{
    bool found = strstr(command->synopsis, "FILE") != NULL;
    for (const struct form *form = form_first(command); form && !found; form = form_next(form))
        found = strstr(form->synopsis, "FILE") != NULL;
    return found;
}

static void emit_zsh(FILE *out)
{
    fputs("#compdef oamctl\n_oamctl() {\n  local -a commands=(\n", out);
    for (size_t i = 0; i < cli_n_commands; i++) {
        fprintf(out, "    '%s:", cli_commands[i].name);
        print_quoted(out, sentence(cli_commands[i].text));
        fputs("'\n", out);
    }
    fputs("  )\n  local command\n"
          "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  command=${words[2]}\n"
          "  case $command in\n",
          out);
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *command = &cli_commands[i];
        fprintf(out, "  %s) _arguments", command->name);
        zsh_options(out, cli_common_options | command->options);
        if (form_first(command)) {
            fputs(" \\\n    '1: :' '2:word:(", out);
            print_form_words(out, command);
            fputs(")'", out);
        }
        bool has_file = takes_file(command);
        fprintf(out, " \\\n    '*::%s' ;;\n",
                strcmp(command->name, "completion") == 0 ? "shell:(bash zsh fish)"
                : has_file                               ? "file:_files"
                                                         : "argument:");
    }
    fputs("  esac\n}\ncompdef _oamctl oamctl\n", out);
}

static void fish_option(FILE *out, const char *condition, const struct option *option)
{
    fprintf(out, "complete -c oamctl -n '%s' -l %s", condition, option->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (option->argument && option->argument[0] != '[')
        fputs(strstr(option->argument, "FILE") ? " -r -F" : " -x", out);
    if (print_values(out, " -a '", (enum option_id)(option - cli_options)))
        fputc('\'', out);
    fputs(" -d '", out);
    print_quoted(out, sentence(option->text));
    fputs("'\n", out);
}

static void fish_forms(FILE *out, const struct command *command)
{
    for (const struct form *form = form_first(command); form; form = form_next(form)) {
        if (!*form->word)
            continue;
        fprintf(out, "complete -c oamctl -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
                command->name);
        print_form_words(out, command);
        fprintf(out, "' -a %s -d '", form->word);
        print_quoted(out, sentence(form->text));
        fputs("'\n", out);
    }
}

static void emit_fish(FILE *out)
{
    fputs("complete -c oamctl -f\n", out);
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct command *command = &cli_commands[i];
        char condition[96];
        fprintf(out, "complete -c oamctl -n __fish_use_subcommand -a %s -d '", command->name);
        print_quoted(out, sentence(command->text));
        fputs("'\n", out);
        fish_forms(out, command);
        snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", command->name);
        for (size_t o = 0; o < OPTION_COUNT; o++)
            if (command->options >> o & 1)
                fish_option(out, condition, &cli_options[o]);
        if (takes_file(command))
            fprintf(out, "complete -c oamctl -n '%s' -F\n", condition);
    }
    for (size_t o = 0; o < OPTION_COUNT; o++)
        if (cli_common_options >> o & 1)
            fish_option(out, "true", &cli_options[o]);
    fputs("complete -c oamctl -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n", out);
}

/* False for a shell that is none of the three. */
bool emit_completion(FILE *out, const char *shell)
{
    static const struct {
        const char *name;
        void (*emit)(FILE *out);
    } shells[] = {{"bash", emit_bash}, {"zsh", emit_zsh}, {"fish", emit_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].emit(out);
            return true;
        }
    }
    return false;
}
