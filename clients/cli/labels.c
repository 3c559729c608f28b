/* Labels that the server keeps apart from what it labels: read when first needed, and keys where they cannot be. */
#include <string.h>

#include "cli.h"

/* Adds key -> label of each item. */
static void take_labels(json_t *labels, const json_t *items, const char *key_member, const char *label_member)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        const char *key = json_string_value(json_object_get(item, key_member));
        json_t *label = json_object_get(item, label_member);
        if (key && json_is_string(label))
            json_object_set(labels, key, label);
    }
}

/* Adds key -> label of the items of a list. */
void labels_of_items(const struct cli *cli, const char *path, const char *key, const char *label, json_t *ret_labels)
{
    const json_t *page = fetch_quietly(cli, oam_path_new(path, (char *)NULL));
    take_labels(ret_labels, json_object_get(page, "items"), key, label);
}

/* The same, where a key that has another label already keeps both, a line for each. */
static void take_more_labels(json_t *labels, const json_t *items, const char *key_member, const char *label_member)
{
    json_t *more = json_object();
    const char *key;
    json_t *label;
    take_labels(more, items, key_member, label_member);
    json_object_foreach(more, key, label)
    {
        const char *known = json_string_value(json_object_get(labels, key));
        if (!known)
            json_object_set(labels, key, label);
        else if (strcmp(known, json_string_value(label)) != 0)
            json_object_set_new(labels, key, json_string(keep_join(known, "\n", json_string_value(label))));
    }
    json_decref(more);
}

/* Adds the states of every definition; definitions that name one apart add a line to its label. */
void labels_of_all_states(const struct cli *cli, json_t *ret_labels)
{
    const json_t *page = fetch_quietly(cli, oam_path_new("/api/v1/workflows", (char *)NULL));
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(page, "items"), index, item)
    {
        const char *key = json_string_value(json_object_get(item, "key"));
        char *path = oam_path_new("/api/v1/workflows/{}", key ? key : "", (char *)NULL);
        take_more_labels(ret_labels, json_object_get(fetch_quietly(cli, path), "states"), "key", "label");
    }
}

/* The labels of a list of the directory, by its codes. */
static const json_t *labels_of_list(const struct cli *cli, const char *list)
{
    json_t *labels = json_object_get(cli->labels, list);
    if (!labels) {
        labels = json_object();
        json_object_set_new(cli->labels, list, labels);
        labels_of_items(cli, keep_join("/api/v1/", list, ""), "code", "name", labels);
    }
    return labels;
}

/* The name of a unit or comarca; its code where the name cannot be had. */
const char *label_of_code(const struct cli *cli, const char *list, const char *code)
{
    const char *label = json_string_value(json_object_get(labels_of_list(cli, list), code));
    return label ? label : code;
}

/* The states of the definition that cli->states_of runs on: two definitions may name one key apart. */
static const json_t *labels_of_states(const struct cli *cli)
{
    char buffer[CELL_MAX];
    json_t *labels = json_object_get(cli->labels, "states");
    if (labels || !cli->states_of)
        return labels;
    labels = json_object();
    json_object_set_new(cli->labels, "states", labels);
    const json_t *request = fetch_quietly(cli, oam_path_new("/api/v1/requests/{}", cli->states_of, (char *)NULL));
    const char *workflow = member_text(request, "workflow.key", buffer, sizeof buffer);
    if (*workflow) {
        const json_t *definition = fetch_quietly(cli, oam_path_new("/api/v1/workflows/{}", workflow, (char *)NULL));
        take_labels(labels, json_object_get(definition, "states"), "key", "label");
    }
    return labels;
}

/* The label of a state of the request that is shown; its key where no one request is, or its label cannot be had. */
const char *label_of_state(const struct cli *cli, const char *key)
{
    const char *label = json_string_value(json_object_get(labels_of_states(cli), key));
    return label ? label : key;
}
