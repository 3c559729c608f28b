/* --data: members of the `data` of a request or transition, typed by what the server says they are. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* name -> type word of the fields of a transition. */
json_t *types_of_fields(const json_t *fields)
{
    json_t *types = keep_json(json_object());
    size_t index;
    json_t *field;
    json_array_foreach(fields, index, field)
    {
        const char *name = json_string_value(json_object_get(field, "name"));
        if (name)
            json_object_set(types, name, json_object_get(field, "type"));
    }
    return types;
}

static bool type_is(const char *type, const char *const *words)
{
    for (; type && *words; words++)
        if (strcmp(type, *words) == 0)
            return true;
    return false;
}

/* A value as its field wants it. What does not read as its type goes as text: the server says what is wrong with it. */
static json_t *value_of(const char *value, const char *type)
{
    static const char *const numbers[] = {"int", "integer", "number", "money", NULL};
    static const char *const truths[] = {"bool", "boolean", NULL};
    static const char *const structures[] = {"list", "docs", "array", "object", NULL};
    json_t *parsed = NULL;
    if (type_is(type, truths) && (strcmp(value, "true") == 0 || strcmp(value, "false") == 0))
        return json_boolean(value[0] == 't');
    if (type_is(type, numbers) || type_is(type, structures)) {
        parsed = json_loads(value, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        if (parsed && (json_is_number(parsed) != type_is(type, numbers))) {
            json_decref(parsed);
            parsed = NULL;
        }
    }
    return parsed ? parsed : json_string(value);
}

/* The object of every --data k=v (typed by types, may be NULL) and k:=JSON. NULL, reported, when one is neither. */
json_t *data_from_options(const struct cli *cli, const json_t *types)
{
    json_t *data = keep_json(json_object());
    for (size_t i = 0; i < cli->n_data; i++) {
        const char *word = cli->data[i];
        const char *equals = strchr(word, '=');
        bool is_json = equals && equals > word && equals[-1] == ':';
        size_t length = equals ? (size_t)(equals - word) - is_json : 0;
        if (length == 0) {
            fail_usage(T_BAD_DATA, word);
            return NULL;
        }
        char *name = keep_text(word);
        name[length] = '\0';
        const char *type = json_string_value(json_object_get(types, name));
        json_t *value = is_json ? json_loads(equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
                                : value_of(equals + 1, type);
        if (!value || json_object_set_new(data, name, value) != 0) {
            fail_usage(T_BAD_DATA, word);
            return NULL;
        }
    }
    return data;
}

/* Asks a person for required fields that are not given. False when one stays empty. */
bool data_ask_missing(const struct cli *cli, json_t *data, const json_t *fields)
{
    size_t index;
    json_t *field;
    if (!is_interactive(cli))
        return true;
    json_array_foreach(fields, index, field)
    {
        const char *name = json_string_value(json_object_get(field, "name"));
        const char *label = json_string_value(json_object_get(field, "label"));
        if (!name || !json_is_true(json_object_get(field, "required")) || json_object_get(data, name))
            continue;
        char *line = ask_line(label ? label : name, false);
        if (!line || !*line)
            return false;
        json_object_set_new(data, name, value_of(line, json_string_value(json_object_get(field, "type"))));
    }
    return true;
}
