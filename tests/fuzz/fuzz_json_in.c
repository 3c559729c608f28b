/* Any bytes as a request body: refused with a place, or read; what our scan accepts jansson accepts too. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_in.h"
#include "base/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "b", NULL};
    struct arena *arena = arena_new(4096);
    struct error err = {.arena = arena, .language = TEXT_CA};
    struct json_position at;
    enum json_fault fault = json_scan((const char *)data, size, &at);
    json_t *value = json_in_parse((const char *)data, size, &err);
    if ((fault != JSON_FAULT_FINE && value) || (value == NULL) != error_is_set(&err) || at.line == 0 || at.column == 0)
        abort();
    if (value) {
        struct json_in in = json_in_object(value, "", &err);
        (void)json_in_text(&in, "a", 1, 10, true, true);
        (void)json_in_integer(&in, "b", -5, 5, false, 0);
        (void)json_in_time(&in, "a", false);
        json_in_finish(&in, names);
    }
    arena_free(arena);
    return 0;
}
