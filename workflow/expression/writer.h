/* Inside the expressions: texts written into a buffer that may be too small, as snprintf does, without printf. */
#ifndef OAM_WORKFLOW_EXPRESSION_WRITER_H
#define OAM_WORKFLOW_EXPRESSION_WRITER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Where a text goes. `n` counts what the whole text has; what is beyond size - 1 is left out. */
struct writer {
    char *text;
    size_t size, n;
};

/* Begins a text in a buffer. */
static inline struct writer writer_begin(char *text, size_t size)
{
    return (struct writer){.text = text, .size = size};
}

/* Appends bytes. */
void writer_put(struct writer *writer, const char *bytes, size_t length);
/* Appends a terminated text. */
void writer_text(struct writer *writer, const char *text);
/* Appends an int in decimal. */
void writer_int(struct writer *writer, int64_t integer);
/* Appends a string as a literal of the language, in single quotes. */
void writer_quoted(struct writer *writer, const char *bytes, size_t length);
/* Appends a format of its own: %s a terminated text, %b bytes (const char *, size_t), %d an int64_t. */
void writer_format(struct writer *writer, const char *format, va_list arguments);
/* Terminates the text, cut between characters. Returns the bytes that the whole text has. */
size_t writer_end(struct writer *writer);

#endif
