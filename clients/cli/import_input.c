/* Rows from a file, compressed or not. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "import.h"

static long read_gz(void *place, char *buffer, size_t size)
{
    const struct input *input = place;
    int got = gzread(input->gz, buffer, (unsigned)size);
    /* A truncated archive ends like a whole one unless asked. */
    int code = Z_OK;
    gzerror(input->gz, &code);
    return got < 0 || (got == 0 && code != Z_OK && code != Z_STREAM_END) ? -1 : got;
}

/* Opens the file and reads its titles; false when it cannot, with the input to be closed all the same. */
bool input_open(struct input *input, const char *path)
{
    struct stat status;
    *input = (struct input){.path = path};
    input->gz = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? gzopen(path, "rbe") : NULL;
    input->size = input->gz ? (uint64_t)status.st_size : 0;
    input->csv = input->gz ? csv_new(read_gz, input) : NULL;
    if (!input->csv || csv_next(input->csv, &input->fields, &input->n_fields) != CSV_RECORD)
        return false;
    input->titles = calloc(input->n_fields, sizeof *input->titles);
    for (size_t i = 0; input->titles && i < input->n_fields; i++) {
        input->titles[i] = strdup(input->fields[i]);
        input->n_titles += input->titles[i] != NULL;
    }
    return input->titles && input->n_titles == input->n_fields;
}

enum csv_result input_next(struct input *input)
{
    return csv_next(input->csv, &input->fields, &input->n_fields);
}

static size_t find_title(const struct input *input, const char *title)
{
    for (size_t i = 0; i < input->n_titles; i++)
        if (strcmp(input->titles[i], title) == 0)
            return i;
    return SIZE_MAX;
}

bool input_has(const struct input *input, const char *title)
{
    return find_title(input, title) != SIZE_MAX;
}

/* The field under a title; empty when the file or the row has none. */
const char *input_field(const struct input *input, const char *title)
{
    size_t index = find_title(input, title);
    return index < input->n_fields ? input->fields[index] : "";
}

unsigned input_percent(const struct input *input)
{
    z_off_t at = input->size ? gzoffset(input->gz) : 0;
    return at > 0 ? (unsigned)((uint64_t)at * 100 / input->size) : 0;
}

void input_close(struct input *input)
{
    for (size_t i = 0; i < input->n_titles; i++)
        free(input->titles[i]);
    free(input->titles);
    csv_free(input->csv);
    if (input->gz)
        gzclose(input->gz);
    *input = (struct input){0};
}

/* Goes on with the digest over the bytes of a file, as they lie there. */
bool file_digest(const char *path, uint64_t *digest)
{
    char chunk[65536];
    size_t got;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        *digest = fnv1a(chunk, got, *digest);
    bool ok = ferror(file) == 0;
    fclose(file);
    return ok;
}

enum exit_code fail_csv(const struct input *input, enum csv_result result)
{
    static const enum text reasons[] = {
        [CSV_RECORD] = T_CSV_NO_TITLES,      [CSV_END] = T_CSV_NO_TITLES,       [CSV_BAD_QUOTE] = T_CSV_BAD_QUOTE,
        [CSV_BAD_BYTE] = T_CSV_BAD_BYTE,     [CSV_TOO_LONG] = T_CSV_TOO_LONG,   [CSV_TOO_MANY] = T_CSV_TOO_MANY,
        [CSV_UNREADABLE] = T_CSV_UNREADABLE, [CSV_NO_MEMORY] = T_CSV_UNREADABLE};
    char line[24];
    snprintf(line, sizeof line, "%zu", input->csv ? csv_line(input->csv) : 0);
    return fail_plain(CLI_FAILED, T_CSV_STOPPED, input->path, line, sentence(reasons[result]));
}
