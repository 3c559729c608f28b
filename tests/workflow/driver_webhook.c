/* oam_webhook_verify, line by line: {secret, id, timestamp, signature, body, now} -> ok, or the code of the refusal. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oam.h"

static const char *text_of(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static const char *verify(const json_t *line, struct oam_error *err)
{
    const char *body = text_of(line, "body");
    const struct oam_webhook_message message = {.id = text_of(line, "id"),
                                                .timestamp = text_of(line, "timestamp"),
                                                .signature = text_of(line, "signature"),
                                                .body = body,
                                                .body_length = body ? strlen(body) : 0};
    const int64_t now = json_integer_value(json_object_get(line, "now"));
    return oam_webhook_verify(text_of(line, "secret"), &message, now, 300, err) == OAM_OK ? "ok" : err->code;
}

int main(void)
{
    char *text = NULL;
    size_t size = 0;
    while (getline(&text, &size, stdin) > 0) {
        json_t *line = json_loads(text, 0, NULL);
        struct oam_error err;
        puts(line ? verify(line, &err) : "no JSON");
        json_decref(line);
    }
    free(text);
    return 0;
}
