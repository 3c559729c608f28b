/* The command line: options by the table, anywhere, until `--`. */
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const struct option cli_options[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, text) [OPT_##id] = {name, letter, argument, text},
#include "options.def"
#undef OPTION
};

const struct command cli_commands[] = {
#define COMMAND(id, name, synopsis, min, max, options, text) {name, synopsis, min, max, options, text, command_##id},
#define COMMAND_OF_FORMS(name, options, text)                {#name, "", 0, UINT_MAX, options, text, forms_run},
#include "commands.def"
};

const size_t cli_n_commands = sizeof cli_commands / sizeof *cli_commands;

const option_set cli_common_options = OPTION_BIT(HELP) | OPTION_BIT(URL) | OPTION_BIT(PROFILE) |
                                      OPTION_BIT(CREDENTIALS) | OPTION_BIT(ROLE) | OPTION_BIT(LANGUAGE) |
                                      OPTION_BIT(JSON) | OPTION_BIT(OUTPUT) | OPTION_BIT(UTC) | OPTION_BIT(QUIET) |
                                      OPTION_BIT(NO_INPUT) | OPTION_BIT(YES) | OPTION_BIT(DRY_RUN);

_Static_assert(OPTION_COUNT <= 8 * sizeof(option_set), "each option has a bit in the set of a command's options");

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

/* Before the command is known only the common options are. */
bool option_allowed(const struct command *command, enum option_id id)
{
    const option_set options = cli_common_options | (command ? command->options : 0);
    return (options >> id & 1) != 0;
}

static const char *command_name(size_t index, const void *context)
{
    (void)context;
    return index < cli_n_commands ? cli_commands[index].name : NULL;
}

static const char *option_name(size_t index, const void *context)
{
    if (index >= OPTION_COUNT)
        return NULL;
    return option_allowed(context, (enum option_id)index) ? cli_options[index].name : "";
}

static enum option_id find_long(const struct command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *candidate = cli_options[i].name;
        if (option_allowed(command, (enum option_id)i) && strlen(candidate) == length &&
            memcmp(candidate, name, length) == 0)
            return (enum option_id)i;
    }
    return OPTION_COUNT;
}

static enum option_id find_letter(const struct command *command, char letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_allowed(command, (enum option_id)i) && cli_options[i].letter == letter)
            return (enum option_id)i;
    return OPTION_COUNT;
}

static enum exit_code fail_unknown_option(const struct cli *cli, const char *word)
{
    size_t length = strcspn(word, "=");
    char *name = keep_text(word);
    name[length] = '\0';
    const char *near = suggest(name[0] == '-' && name[1] == '-' ? name + 2 : name, option_name, cli->command);
    if (near)
        return fail_usage(T_UNKNOWN_OPTION_NEAR, name, near);
    return fail_usage(T_UNKNOWN_OPTION, name);
}

static void set_value(struct cli *cli, enum option_id id, const char *value)
{
    cli->values[id] = value;
    if (id == OPT_DATA)
        cli->data[cli->n_data++] = value;
}

/* Takes the option at argv[*index], and its value where that is the next word. */
static enum exit_code take_option(struct cli *cli, int argc, char **argv, int *index)
{
    const char *word = argv[*index];
    const char *value = NULL;
    enum option_id id;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        id = find_long(cli->command, word + 2, length);
        value = word[2 + length] == '=' ? word + 3 + length : NULL;
    } else {
        id = find_letter(cli->command, word[1]);
        value = word[2] ? word + 2 : NULL;
    }
    if (id == OPTION_COUNT)
        return fail_unknown_option(cli, word);
    const struct option *option = &cli_options[id];
    if (!option->argument) {
        if (value)
            return fail_usage(T_OPTION_TAKES_NO_VALUE, option->name);
        value = "";
    } else if (!value && option->argument[0] == '[') {
        value = "";
    } else if (!value) {
        if (*index + 1 >= argc)
            return fail_usage(T_OPTION_NEEDS_VALUE, option->name, option->argument);
        value = argv[++*index];
    }
    set_value(cli, id, value);
    return CLI_OK;
}

static enum exit_code take_command(struct cli *cli, const char *word)
{
    cli->command = command_find(word);
    if (cli->command) {
        fail_in_command(word);
        return CLI_OK;
    }
    const char *near = suggest(word, command_name, NULL);
    return near ? fail_usage(T_UNKNOWN_COMMAND_NEAR, word, near) : fail_usage(T_UNKNOWN_COMMAND, word);
}

static enum exit_code settle_format(struct cli *cli)
{
    const char *output = cli->values[OPT_OUTPUT];
    if (cli->values[OPT_JSON]) {
        cli->format = FORMAT_JSON;
        cli->fields = *cli->values[OPT_JSON] ? cli->values[OPT_JSON] : NULL;
    } else if (!output || strcmp(output, "table") == 0) {
        cli->format = FORMAT_TABLE;
    } else if (strcmp(output, "json") == 0) {
        cli->format = FORMAT_JSON;
    } else if (strcmp(output, "csv") == 0) {
        cli->format = FORMAT_CSV;
    } else {
        return fail_usage(T_BAD_VALUE, "output", output, cli_options[OPT_OUTPUT].argument);
    }
    const char *language = cli->values[OPT_LANGUAGE];
    if (language && strcmp(language, "ca") != 0 && strcmp(language, "es") != 0 && strcmp(language, "en") != 0)
        return fail_usage(T_BAD_VALUE, "lang", language, cli_options[OPT_LANGUAGE].argument);
    cli->utc = cli->values[OPT_UTC] != NULL;
    cli->quiet = cli->values[OPT_QUIET] != NULL;
    cli->no_input = cli->values[OPT_NO_INPUT] != NULL;
    cli->yes = cli->values[OPT_YES] != NULL;
    cli->dry_run = cli->values[OPT_DRY_RUN] != NULL;
    return CLI_OK;
}

/* The language counts for the very first complaint, so it is looked for before anything else. */
static void choose_language(int argc, char **argv)
{
    text_choose_by_environment();
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--lang=", 7) == 0)
            text_choose(argv[i] + 7);
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            text_choose(argv[i + 1]);
}

enum exit_code arguments_parse(int argc, char **argv, struct cli *cli)
{
    choose_language(argc, argv);
    cli->arguments = keep_alloc(sizeof *cli->arguments * ((size_t)argc + 1));
    cli->data = keep_alloc(sizeof *cli->data * ((size_t)argc + 1));
    bool only_arguments = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        enum exit_code code = CLI_OK;
        if (only_arguments || word[0] != '-' || word[1] == '\0')
            if (cli->command)
                cli->arguments[cli->n_arguments++] = word;
            else
                code = take_command(cli, word);
        else if (strcmp(word, "--") == 0)
            only_arguments = true;
        else if (!cli->command && strcmp(word, "--version") == 0)
            cli->command = command_find("version");
        else
            code = take_option(cli, argc, argv, &i);
        if (code != CLI_OK)
            return code;
    }
    return settle_format(cli);
}

/* The number an option gives, or fallback without it. Complains when it is none, or out of range. */
long option_number(const struct cli *cli, enum option_id id, long fallback, long min, long max, bool *ret_ok)
{
    const char *value = cli->values[id];
    *ret_ok = true;
    if (!value)
        return fallback;
    char *end = NULL;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (*value == '\0' || *end != '\0' || errno != 0 || number < min || number > max) {
        char range[64];
        snprintf(range, sizeof range, "%ld-%ld", min, max);
        fail_usage(T_BAD_VALUE, cli_options[id].name, value, range);
        *ret_ok = false;
    }
    return number;
}
