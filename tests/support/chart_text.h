/* Definitions inside of C, written so that they can be read: ` for ", and @target, outside of those, for the way
 * there of whoever has the role `all`. */
#ifndef OAM_TEST_CHART_TEXT_H
#define OAM_TEST_CHART_TEXT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Returns the document as JSON, to be freed; NULL when there is no memory. */
static inline char *chart_text(const char *text)
{
    static const char before[] = "[{\"role\": \"all\", \"to\": \"", after[] = "\"}]";
    size_t ways = 0, n = 0;
    bool quoted = false;
    char *json;

    for (const char *at = text; *at; at++)
        ways += *at == '@';
    json = malloc(strlen(text) + ways * (sizeof(before) + sizeof(after)) + 1);
    while (json && *text) {
        if (*text != '@' || quoted) {
            quoted ^= *text == '`';
            json[n++] = *text == '`' ? '"' : *text;
            text++;
            continue;
        }
        size_t length = strspn(++text, "abcdefghijklmnopqrstuvwxyz0123456789_.");
        memcpy(json + n, before, sizeof(before) - 1);
        memcpy(json + n + sizeof(before) - 1, text, length);
        memcpy(json + n + sizeof(before) - 1 + length, after, sizeof(after) - 1);
        n += sizeof(before) - 1 + length + sizeof(after) - 1;
        text += length;
    }
    if (json)
        json[n] = '\0';
    return json;
}

#endif
