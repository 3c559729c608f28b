/* Commands whose first word says what they do: `webhook add`, `stock free`. */
#include <string.h>

#include "cli.h"

const struct form cli_forms[] = {
#define ALONE(command, text) {#command, "", "", 0, 0, 0, text, form_##command},
#define FORM(command, word, synopsis, min, max, needs, text)                                                           \
    {#command, #word, synopsis, min, max, needs, text, form_##command##_##word},
#include "forms.def"
};

const size_t cli_n_forms = sizeof cli_forms / sizeof *cli_forms;

/* Those of one command are neighbours. */
const struct form *form_first(const struct command *command)
{
    for (size_t i = 0; i < cli_n_forms; i++)
        if (strcmp(cli_forms[i].command, command->name) == 0)
            return &cli_forms[i];
    return NULL;
}

const struct form *form_next(const struct form *form)
{
    const struct form *next = form + 1;
    return next < cli_forms + cli_n_forms && strcmp(next->command, form->command) == 0 ? next : NULL;
}

static const struct form *form_find(const struct command *command, const char *word)
{
    const struct form *form = form_first(command);
    while (form && strcmp(form->word, word) != 0)
        form = form_next(form);
    return form;
}

static const char *form_word(size_t index, const void *context)
{
    const struct form *form = form_first(context);
    while (form && index-- > 0)
        form = form_next(form);
    return form ? form->word : NULL;
}

static enum exit_code fail_unknown(const struct command *command, const char *word)
{
    const char *near = *word ? suggest(word, form_word, command) : NULL;
    if (near)
        return fail_usage(T_UNKNOWN_FORM_NEAR, command->name, word, near);
    const char *words = "";
    for (const struct form *form = form_first(command); form; form = form_next(form))
        if (*form->word)
            words = keep_join(words, *words ? ", " : "", form->word);
    return fail_usage(T_WHICH_FORM, command->name, words);
}

/* The options that it needs are in its synopsis, with what they take. */
enum exit_code fail_form(const struct cli *cli)
{
    const struct form *form = form_find(cli->command, cli->n_arguments > 0 ? cli->arguments[0] : "");
    const char *name = keep_join(form->command, " ", form->word);
    return *form->synopsis ? fail_usage(T_BAD_FORM, name, form->synopsis) : fail_usage(T_FORM_ALONE, name);
}

enum exit_code forms_run(struct cli *cli)
{
    const char *word = cli->n_arguments > 0 ? cli->arguments[0] : "";
    const struct form *form = form_find(cli->command, word);
    if (!form)
        return fail_unknown(cli->command, word);
    const size_t given = cli->n_arguments - (*word ? 1 : 0);
    bool complete = given >= form->min && given <= form->max;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        complete = complete && (!(form->needs >> i & 1) || cli->values[i]);
    if (!complete)
        return fail_form(cli);
    if (strncmp(form->synopsis, "REF", 3) == 0)
        cli->arguments[1] = reference_settle(cli->arguments[1]);
    return form->run(cli);
}
