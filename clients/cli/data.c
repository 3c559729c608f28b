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

/* The properties of the form of a service; NULL where it cannot be had, which only costs their types. */
const json_t *form_of_service(const struct cli *cli, const char *service)
{
    struct oam_response *response = NULL;
    struct oam_error ignored;
    const json_t *properties = NULL;
    char *path = oam_path_new("/api/v1/services/{}/form", service, (char *)NULL);
    if (path && oam_get(cli->client, path, NULL, &response, &ignored) == OAM_OK)
        properties = json_object_get(response_json(response), "properties");
    oam_string_free(path);
    oam_response_free(response);
    return properties;
}

/* name -> type word of the fields of a form. */
json_t *types_of_form(const json_t *properties)
{
    json_t *types = keep_json(json_object());
    const char *name;
    json_t *property;
    json_object_foreach((json_t *)(uintptr_t)properties, name, property)
    {
        json_object_set(types, name, json_object_get(property, "type"));
    }
    return types;
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
                                : data_value(equals + 1, type);
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
        json_object_set_new(data, name, data_value(line, json_string_value(json_object_get(field, "type"))));
    }
    return true;
}
