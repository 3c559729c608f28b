#include "workflow/expression/writer.h"

#include <stdbool.h>
#include <string.h>

#include "workflow/expression/number.h"

void writer_put(struct writer *writer, const char *bytes, size_t length)
{
    size_t room = writer->size > 0 ? writer->size - 1 : 0;
    if (writer->n < room)
        memcpy(writer->text + writer->n, bytes, length < room - writer->n ? length : room - writer->n);
    writer->n += length;
}

void writer_text(struct writer *writer, const char *text)
{
    writer_put(writer, text, strlen(text));
}

void writer_int(struct writer *writer, int64_t integer)
{
    char digits[NUMBER_TEXT_MAX];
    writer_put(writer, digits, number_print_int(integer, digits));
}

void writer_quoted(struct writer *writer, const char *bytes, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    writer_put(writer, "'", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\'' || c == '\\')
            writer_put(writer, (const char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            writer_put(writer, "\\n", 2);
        else if (c == '\r')
            writer_put(writer, "\\r", 2);
        else if (c == '\t')
            writer_put(writer, "\\t", 2);
        else if (c < 0x20 || c == 0x7f)
            writer_put(writer, (const char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
        else
            writer_put(writer, bytes + i, 1);
    }
    writer_put(writer, "'", 1);
}

void writer_format(struct writer *writer, const char *format, va_list arguments)
{
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%') {
            writer_put(writer, at, 1);
            continue;
        }
        at++;
        if (*at == 's') {
            writer_text(writer, va_arg(arguments, const char *));
        } else if (*at == 'd') {
            writer_int(writer, va_arg(arguments, int64_t));
        } else {
            const char *bytes = va_arg(arguments, const char *);
            writer_put(writer, bytes, va_arg(arguments, size_t));
        }
    }
}

/* Where the last character that is whole ends, among the first `end` bytes. */
static size_t whole_characters(const char *text, size_t end)
{
    size_t lead = end;
    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return end;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t wanted = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return end - (lead - 1) < wanted ? lead - 1 : end;
}

size_t writer_end(struct writer *writer)
{
    if (writer->size == 0)
        return writer->n;
    bool cut = writer->n >= writer->size;
    writer->text[cut ? whole_characters(writer->text, writer->size - 1) : writer->n] = '\0';
    return writer->n;
}
