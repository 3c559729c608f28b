#include "model/event_type.h"

#include <string.h>

#include "base/suggest.h"

#define TYPE_MAX 80

static const char *const types[] = {
#define EVENT_TYPE(type) EVENT_PREFIX type,
#include "model/event_types.def"
#undef EVENT_TYPE
};

bool event_type_is_written(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    if (strlen(text) > TYPE_MAX || strncmp(text, EVENT_PREFIX, strlen(EVENT_PREFIX)) != 0)
        return false;
    const char *noun = text + strlen(EVENT_PREFIX), *dot = noun + strspn(noun, letters);
    return dot > noun && dot[0] == '.' && dot[1] != '\0' && dot[1 + strspn(dot + 1, letters)] == '\0';
}

const char *event_type_find(const char *text, const char **ret_nearest)
{
    struct suggestion suggestion = suggestion_of(text);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i], text) == 0)
            return text + strlen(EVENT_PREFIX);
        suggestion_offer(&suggestion, types[i]);
    }
    *ret_nearest = suggestion.nearest;
    return NULL;
}
