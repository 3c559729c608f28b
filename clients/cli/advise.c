/* What was probably meant: the values that a refused option may have, by key or by name. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

#define LISTED_MAX 24

/* Where the values of an option are told. */
enum source { SOURCE_WORDS, SOURCE_STATES, SOURCE_LIST };

static const struct adviser {
    const char *place; /* parameter, or member of the body */
    enum option_id option;
    enum source source;
    enum vocabulary vocabulary;
    const char *list, *key, *label; /* of the directory */
} advisers[] = {
    {"state", OPT_STATE, SOURCE_STATES, 0, NULL, NULL, NULL},
    {"phase", OPT_PHASE, SOURCE_WORDS, WORDS_PHASE, NULL, NULL, NULL},
    {"sort", OPT_SORT, SOURCE_WORDS, WORDS_SORT, NULL, NULL, NULL},
    {"channel", OPT_CHANNEL, SOURCE_WORDS, WORDS_CHANNEL, NULL, NULL, NULL},
    {"type", OPT_TYPE, SOURCE_WORDS, WORDS_EVENT, NULL, NULL, NULL},
    {"service", OPT_SERVICE, SOURCE_LIST, 0, "/api/v1/services?limit=200", "code", "name"},
    {"comarca", OPT_COMARCA, SOURCE_LIST, 0, "/api/v1/comarques", "code", "name"},
    {"area", OPT_AREA, SOURCE_LIST, 0, "/api/v1/services?limit=200", "area", "area_name"},
    {"assignee", OPT_ASSIGNEE, SOURCE_LIST, 0, "/api/v1/agents?limit=200", "login", "name"},
    {"agent", OPT_TO, SOURCE_LIST, 0, "/api/v1/agents?limit=200", "login", "name"},
};

/* What has no vocabulary here, but an option. */
static const struct {
    const char *place;
    enum option_id option;
} options[] = {{"title", OPT_TITLE},   {"description", OPT_DESCRIPTION},   {"body", OPT_BODY},
               {"reason", OPT_REASON}, {"external_ref", OPT_EXTERNAL_REF}, {"updated_at.gte", OPT_SINCE},
               {"after", OPT_AFTER},   {"subject", OPT_SUBJECT},           {"comment", OPT_COMMENT},
               {"fields", OPT_FIELDS}, {"include", OPT_MEMBERS},           {"filter", OPT_FILTER}};

static const struct adviser *find_adviser(const struct cli *cli, const char *place)
{
    for (size_t i = 0; i < sizeof advisers / sizeof *advisers; i++)
        if (strcmp(advisers[i].place, place) == 0 && option_allowed(cli->command, advisers[i].option))
            return &advisers[i];
    return NULL;
}

/* The name of a place as the person typed it: --state for the parameter state, --data x for /data/x; the place itself
 * where no option of the command leads there. */
const char *advise_place(const struct cli *cli, const struct oam_violation *violation)
{
    const char *place = *violation->pointer == '/' ? violation->pointer + 1 : violation->parameter;
    const char *whole = *violation->pointer ? violation->pointer : violation->parameter;
    const struct adviser *adviser = find_adviser(cli, place);
    if (adviser)
        return keep_join("--", cli_options[adviser->option].name, "");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].place, place) == 0 && option_allowed(cli->command, options[i].option))
            return keep_join("--", cli_options[options[i].option].name, "");
    if (strncmp(whole, "/data/", 6) == 0 && option_allowed(cli->command, OPT_DATA))
        return keep_join("--data ", whole + 6, "");
    size_t index = strncmp(whole, "/refs/", 6) == 0 ? strtoul(whole + 6, NULL, 10) : cli->n_arguments;
    if (index < cli->n_arguments)
        return cli->arguments[index];
    if (strcmp(whole, "subject") == 0 && cli->n_arguments == 1)
        return cli->arguments[0];
    /* Who calls the API itself reads pointers. */
    return option_allowed(cli->command, OPT_PAYLOAD) ? whole : place;
}

/* key -> label of every value. */
static json_t *values_of(const struct cli *cli, const struct adviser *adviser)
{
    json_t *values = keep_json(json_object());
    if (adviser->source == SOURCE_LIST)
        labels_of_items(cli, adviser->list, adviser->key, adviser->label, values);
    else if (adviser->source == SOURCE_STATES)
        labels_of_all_states(cli, values);
    const char *key;
    for (size_t i = 0; adviser->source == SOURCE_WORDS && (key = word_key(adviser->vocabulary, i)) != NULL; i++)
        json_object_set_new(values, key, json_string(word_label(adviser->vocabulary, key)));
    return values;
}

static const char *key_at(size_t index, const void *values)
{
    void *at = json_object_iter((json_t *)(uintptr_t)values);
    while (at && index-- > 0)
        at = json_object_iter_next((json_t *)(uintptr_t)values, at);
    return at ? json_object_iter_key(at) : NULL;
}

/* Whether a word is one of the lines of a label. */
static bool is_label(const char *labels, const char *word)
{
    size_t length = strlen(word);
    for (const char *line = labels; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncasecmp(line, word, length) == 0 && (line[length] == '\0' || line[length] == '\n'))
            return true;
    return false;
}

/* The key that a word is near to, or whose label it is. */
static const char *nearest(const json_t *values, const char *word)
{
    const char *key;
    json_t *label;
    json_object_foreach((json_t *)(uintptr_t)values, key, label)
    {
        if (strcasecmp(key, word) == 0 || is_label(json_string_value(label), word))
            return key;
    }
    return suggest(word, key_at, values);
}

/* "a, b, c" of the keys; NULL when there are none, or more than anybody reads. */
static char *all_keys(const json_t *values)
{
    const char *key;
    json_t *label;
    char *joined = NULL;
    if (json_object_size(values) > LISTED_MAX)
        return NULL;
    json_object_foreach((json_t *)(uintptr_t)values, key, label)
    {
        joined = joined ? keep_join(joined, ", ", key) : keep_text(key);
    }
    return joined;
}

/* told: what was said already, which is not said twice. */
static void advise_word(const struct adviser *adviser, const json_t *values, const char *word, const char *told)
{
    const char *near = nearest(values, word);
    if (near && strstr(told, near))
        return;
    const char *every = near ? NULL : all_keys(values);
    const char *option = cli_options[adviser->option].name;
    if (!near && !every)
        return;
    fputs("    ", stderr);
    if (near)
        text_print(stderr, T_ADVISE_NEAR, option, near);
    else
        text_print(stderr, T_ADVISE_EVERY, option, every);
    fputc('\n', stderr);
}

static void advise_words(const struct cli *cli, const struct adviser *adviser, const char *told)
{
    const json_t *values = values_of(cli, adviser);
    char *rest = keep_text(cli->values[adviser->option]);
    if (json_object_size(values) == 0)
        return;
    for (const char *word; rest && (word = strsep(&rest, ",")) != NULL;)
        if (!json_object_get(values, word))
            advise_word(adviser, values, word, told);
}

/* Under a violation: what each word of its option that is no value of it was meant to be. */
void advise(const struct cli *cli, const struct oam_violation *violation)
{
    const char *place = *violation->pointer == '/' ? violation->pointer + 1 : violation->parameter;
    const struct adviser *adviser = find_adviser(cli, place);
    if (adviser && cli->values[adviser->option])
        advise_words(cli, adviser, violation->detail);
}

/* Where nothing was found, or may ever be: words of options that are no values, as far as we know. */
void advise_options(const struct cli *cli)
{
    for (size_t i = 0; i < sizeof advisers / sizeof *advisers; i++)
        if (cli->values[advisers[i].option] && option_allowed(cli->command, advisers[i].option))
            advise_words(cli, &advisers[i], "");
}
