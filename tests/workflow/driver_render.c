/* driver_render FILE FORMAT LANGUAGE [COUNT]: a definition as it is drawn; COUNT requests are shown in every state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"
#include "workflow/render.h"

static char *file_read(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    if (!file || !bytes) {
        free(bytes);
        return NULL;
    }
    *ret_length = fread(bytes, 1, 1 << 20, file);
    (void)fclose(file);
    return bytes;
}

static enum workflow_language language_of(const char *tag)
{
    return strcmp(tag, "es") == 0 ? WORKFLOW_ES : strcmp(tag, "en") == 0 ? WORKFLOW_EN : WORKFLOW_CA;
}

int main(int argc, char **argv)
{
    struct workflow_fault fault;
    uint32_t counts[WORKFLOW_STATES_MAX];
    enum workflow_format format;
    size_t length, n_faults;
    if (argc < 4 || !workflow_format_find(argv[2], &format))
        return 2;
    char *document = file_read(argv[1], &length);
    struct workflow *wf = document ? workflow_parse(document, length, &fault, 1, &n_faults) : NULL;
    if (!wf) {
        fprintf(stderr, "%s: %s\n", argv[1], document ? fault.message : "cannot be read");
        return 1;
    }
    for (size_t i = 0; i < WORKFLOW_STATES_MAX; i++)
        counts[i] = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    const struct workflow_overlay overlay = {.counts = counts};
    size_t size = workflow_render(wf, format, language_of(argv[3]), &overlay, NULL, 0) + 1;
    char *text = malloc(size);
    if (!text || workflow_render(wf, format, language_of(argv[3]), &overlay, text, size) != size - 1)
        return 1;
    fputs(text, stdout);
    free(text);
    workflow_free(wf);
    free(document);
    return 0;
}
