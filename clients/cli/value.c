/* Values: as they are for programs, as words and local times for people. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* The member a path like "state.key" leads to, or NULL. */
const json_t *member_at(const json_t *object, const char *path)
{
    const json_t *at = object;
    while (at && *path) {
        size_t length = strcspn(path, ".");
        char name[64];
        if (length >= sizeof name)
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        at = json_object_get(at, name);
        path += length + (path[length] == '.');
    }
    return at;
}

/* A list of words as "a, b"; anything else inside as JSON; empty when there is nothing in it. */
static const char *structure_text(const json_t *value)
{
    size_t index;
    json_t *item;
    char *joined = keep_text("");
    bool words = json_is_array(value);
    json_array_foreach(value, index, item)
    {
        words = words && json_is_string(item);
        joined = words ? keep_join(joined, index ? ", " : "", json_string_value(item)) : joined;
    }
    if (words || (json_is_object(value) && json_object_size(value) == 0))
        return joined;
    char *dumped = json_dumps(value, JSON_COMPACT);
    const char *kept = keep_text(dumped ? dumped : "");
    free(dumped);
    return kept;
}

/* A value as a person reads it; absent and null are empty. Points into the JSON or into buffer, or is kept. */
static const char *value_text(const json_t *value, char *buffer, size_t size)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_INTEGER:
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return buffer;
    case JSON_REAL:
        snprintf(buffer, size, "%g", json_real_value(value));
        return buffer;
    case JSON_TRUE:
        return sentence(T_YES);
    case JSON_FALSE:
        return sentence(T_NO);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return structure_text(value);
    default:
        return "";
    }
}

const char *member_text(const json_t *object, const char *path, char *buffer, size_t size)
{
    return value_text(member_at(object, path), buffer, size);
}

/* The member as a program reads it: the same in every language. */
const char *member_raw(const json_t *object, const char *path, char *buffer, size_t size)
{
    const json_t *value = member_at(object, path);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return member_text(object, path, buffer, size);
}

/* A time in the style asked for: exact where no eye may be reading, for a file keeps no "now". */
const char *moment_cell(const struct cli *cli, const char *time, enum moment_style style, char *buffer, size_t size)
{
    enum moment_style fitting = cli->utc ? MOMENT_UTC : cli->on_terminal ? style : MOMENT_EXACT;
    return moment_text(time, fitting, cli->now_s, buffer, size);
}

/* The label of one key, by what the column is about. */
static const char *label(const struct cli *cli, unsigned how, const char *key)
{
    static const struct {
        unsigned how;
        enum vocabulary vocabulary;
    } vocabularies[] = {{AS_PHASE, WORDS_PHASE},     {AS_SUPPORT, WORDS_SUPPORT}, {AS_BODY, WORDS_BODY},
                        {AS_ROLE, WORDS_ROLE},       {AS_CHANNEL, WORDS_CHANNEL}, {AS_POLICY, WORDS_POLICY},
                        {AS_FAILED, WORDS_FAILED},   {AS_EVENT, WORDS_EVENT},     {AS_TERRITORY, WORDS_TERRITORY},
                        {AS_ABSENCE, WORDS_ABSENCE}, {AS_CHOICE, WORDS_CHOICE},   {AS_MAJORITY, WORDS_MAJORITY},
                        {AS_ACTION, WORDS_ACTION},   {AS_AMOUNT, WORDS_AMOUNT},   {AS_STOCK, WORDS_STOCK}};
    if (how & AS_STATE)
        return label_of_state(cli, key);
    if (how & (AS_UNIT | AS_COMARCA))
        return label_of_code(cli, how & AS_UNIT ? "units" : "comarques", key);
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
        if (how & vocabularies[i].how)
            return word_label(vocabularies[i].vocabulary, key);
    return key;
}

/* The labels of a list of keys, joined. */
static const char *labels_of_array(const struct cli *cli, unsigned how, const json_t *keys)
{
    char *joined = keep_text("");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *key = json_string_value(json_array_get(keys, i));
        joined = keep_join(joined, i ? ", " : "", key ? label(cli, how, key) : "");
    }
    return joined;
}

/* An object as "name: value" pieces. */
static const char *pieces_of_object(const json_t *object, const char *between)
{
    char buffer[CELL_MAX];
    char *joined = keep_text("");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const char *text = value_text(value, buffer, sizeof buffer);
        joined = keep_join(joined, *joined ? between : "", keep_join(name, ": ", text));
    }
    return joined;
}

static const char *shown(const struct cli *cli, const json_t *object, const struct column *column,
                         enum moment_style style, char *buffer, size_t size)
{
    const json_t *value = member_at(object, column->path);
    const unsigned times = AS_TIME | AS_AGE;
    if (json_is_string(value) && (column->how & times))
        return moment_cell(cli, json_string_value(value), style, buffer, size);
    if (json_is_string(value))
        return label(cli, column->how, json_string_value(value));
    if (json_is_array(value) && (column->how & SHOWN_AS))
        return labels_of_array(cli, column->how, value);
    if (json_is_integer(value) && (column->how & PERCENT)) {
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT " %%", json_integer_value(value));
        return buffer;
    }
    if (json_is_object(value))
        return pieces_of_object(value, style == MOMENT_FULL ? "\n" : "; ");
    return member_text(object, column->path, buffer, size);
}

/* What a cell of a table shows. Points into the JSON, into buffer (CELL_MAX bytes) or is kept. */
const char *cell_text(const struct cli *cli, const json_t *object, const struct column *column, char *buffer,
                      size_t size)
{
    return shown(cli, object, column, column->how & AS_AGE ? MOMENT_AGE : MOMENT_STAMP, buffer, size);
}

/* What a line of a record shows: there is room for all of a time. */
const char *record_text(const struct cli *cli, const json_t *object, const struct column *column, char *buffer,
                        size_t size)
{
    return shown(cli, object, column, MOMENT_FULL, buffer, size);
}
