#include "base/xml_out.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static void append(struct xml_out *out, const char *bytes, size_t length)
{
    if (out->capacity - out->length < length) {
        size_t capacity = out->capacity * 2;
        while (capacity - out->length < length)
            capacity *= 2;
        char *grown = arena_take(out->arena, capacity);
        memcpy(grown, out->bytes, out->length);
        out->bytes = grown;
        out->capacity = capacity;
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void append_text(struct xml_out *out, const char *text)
{
    append(out, text, strlen(text));
}

struct xml_out xml_out_new(struct arena *arena, size_t first_capacity)
{
    if (first_capacity < 64)
        first_capacity = 64;
    struct xml_out out = {.arena = arena, .bytes = arena_take(arena, first_capacity), .capacity = first_capacity};
    append_text(&out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    return out;
}

void xml_out_begin(struct xml_out *out, const char *name)
{
    append_text(out, "<");
    append_text(out, name);
    append_text(out, ">");
}

void xml_out_end(struct xml_out *out, const char *name)
{
    append_text(out, "</");
    append_text(out, name);
    append_text(out, ">");
}

/* How a character that may not stand as it is has to be written; NULL: it may. A lone \r would be read as \n. */
static const char *escaped(const char *at, size_t length)
{
    switch (*at) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\t':
    case '\n':
        return NULL;
    default:
        break;
    }
    bool is_noncharacter = length == 3 && (memcmp(at, "\xEF\xBF\xBE", 3) == 0 || memcmp(at, "\xEF\xBF\xBF", 3) == 0);
    return length == 0 || (unsigned char)*at < 0x20 || is_noncharacter ? REPLACEMENT : NULL;
}

void xml_out_text(struct xml_out *out, const char *text)
{
    const char *end = text + strlen(text), *plain = text;
    for (const char *at = text; at < end;) {
        size_t length = utf8_length(at, (size_t)(end - at));
        const char *instead = escaped(at, length);
        const char *next = at + (length > 0 ? length : 1);
        if (instead) {
            append(out, plain, (size_t)(at - plain));
            append_text(out, instead);
            plain = next;
        }
        at = next;
    }
    append(out, plain, (size_t)(end - plain));
}

void xml_out_member(struct xml_out *out, const char *name, const char *text_or_null)
{
    if (!text_or_null || !*text_or_null) {
        append_text(out, "<");
        append_text(out, name);
        append_text(out, "/>");
        return;
    }
    xml_out_begin(out, name);
    xml_out_text(out, text_or_null);
    xml_out_end(out, name);
}

const char *xml_out_finish(struct xml_out *out, size_t *ret_length)
{
    append(out, "\n", 2);
    out->length--;
    if (ret_length)
        *ret_length = out->length;
    return out->bytes;
}
