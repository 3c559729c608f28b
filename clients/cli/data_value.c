/* One value of `data` from a text, as its field wants it. Pure. */
#include <string.h>

#include "cli.h"

static bool type_is(const char *type, const char *const *words)
{
    for (; type && *words; words++)
        if (strcmp(type, *words) == 0)
            return true;
    return false;
}

/* A value as its field wants it. What does not read as its type goes as text: the server says what is wrong with it. */
json_t *data_value(const char *value, const char *type)
{
    static const char *const numbers[] = {"int", "integer", "number", "cents", NULL};
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
