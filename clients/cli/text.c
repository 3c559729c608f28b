/* The flat table of sentences. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char *const sentences[TEXT_COUNT][LANGUAGE_COUNT] = {
#define TEXT(id, ca, es, en) [T_##id] = {ca, es, en},
#include "texts.def"
#undef TEXT
};

static enum language chosen = LANGUAGE_CA;

void text_choose(const char *tag)
{
    chosen = LANGUAGE_CA;
    if (tag && strncmp(tag, "es", 2) == 0)
        chosen = LANGUAGE_ES;
    else if (tag && strncmp(tag, "en", 2) == 0)
        chosen = LANGUAGE_EN;
}

void text_choose_by_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *tag = getenv(names[i]);
        if (tag && *tag) {
            text_choose(tag);
            return;
        }
    }
    text_choose(NULL);
}

enum language text_chosen(void)
{
    return chosen;
}

const char *text_language(void)
{
    static const char *const tags[LANGUAGE_COUNT] = {"ca", "es", "en"};
    return tags[chosen];
}

const char *text_in(enum language language, enum text id)
{
    return sentences[id][language];
}

const char *sentence(enum text id)
{
    return text_in(chosen, id);
}

void text_vprint(FILE *out, enum text id, va_list arguments)
{
    const char *rest = sentence(id);
    for (const char *hole; (hole = strstr(rest, "{}")) != NULL; rest = hole + 2) {
        const char *value = va_arg(arguments, const char *);
        fwrite(rest, 1, (size_t)(hole - rest), out);
        print_clean(out, value ? value : "", value ? strlen(value) : 0);
    }
    fputs(rest, out);
}

void text_print(FILE *out, enum text id, ...)
{
    va_list arguments;
    va_start(arguments, id);
    text_vprint(out, id, arguments);
    va_end(arguments);
}
