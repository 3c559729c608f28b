/* Memory: one door for every allocation, and a growing text with a limit. */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>

/* Weak, so that a test can put an allocator that fails in its place. */
__attribute__((weak)) void *oami_realloc(void *memory, size_t size)
{
    return realloc(memory, size);
}

void oami_free(void *memory)
{
    free(memory);
}

/* A secret does not stay behind in freed memory. */
void oami_free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    oami_free(secret);
}

char *oami_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = oami_realloc(NULL, size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/* Replaces *place by a copy of text (NULL for NULL); on failure *place stays as it was. */
bool oami_strset(char **place, const char *text)
{
    char *copy = NULL;
    if (text && !(copy = oami_strdup(text)))
        return false;
    oami_free_secret(*place);
    *place = copy;
    return true;
}

void oami_buffer_init(struct oami_buffer *buffer, size_t max)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->max = max;
}

/* One byte more than asked for is kept for the terminator. */
static bool buffer_reserve(struct oami_buffer *buffer, size_t more)
{
    if (buffer->failed || more > buffer->max - buffer->length) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->length + more + 1;
    if (need <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    char *data = oami_realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void oami_buffer_append(struct oami_buffer *buffer, const char *data, size_t length)
{
    if (!buffer_reserve(buffer, length))
        return;
    if (length > 0)
        memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void oami_buffer_text(struct oami_buffer *buffer, const char *text)
{
    oami_buffer_append(buffer, text, strlen(text));
}

/* The text, owned by the caller; NULL when anything failed on the way. The buffer is empty afterwards. */
char *oami_buffer_take(struct oami_buffer *buffer)
{
    oami_buffer_append(buffer, "", 0);
    if (buffer->failed) {
        oami_buffer_free(buffer);
        return NULL;
    }
    char *data = buffer->data;
    oami_buffer_init(buffer, buffer->max);
    return data;
}

void oami_buffer_free(struct oami_buffer *buffer)
{
    oami_free(buffer->data);
    oami_buffer_init(buffer, buffer->max);
}

static int dump_append(const char *data, size_t length, void *place)
{
    struct oami_buffer *buffer = place;
    oami_buffer_append(buffer, data, length);
    return buffer->failed ? -1 : 0;
}

/* Compact JSON in memory of ours, whatever allocator the program gave jansson. */
char *oami_json_text(const json_t *json)
{
    struct oami_buffer buffer;
    oami_buffer_init(&buffer, SIZE_MAX / 4);
    if (!json || json_dump_callback(json, dump_append, &buffer, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        oami_buffer_free(&buffer);
        return NULL;
    }
    return oami_buffer_take(&buffer);
}

void oam_string_free(char *string)
{
    oami_free(string);
}
