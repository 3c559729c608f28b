#include "base/text.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static const char *const tags[TEXT_LANGUAGES] = {"ca", "es", "en"};

const char *text_language_tag(enum text_language language)
{
    return tags[language];
}

bool text_language_find(const char *tag, enum text_language *ret)
{
    for (int i = 0; i < TEXT_LANGUAGES; i++)
        if (strcmp(tag, tags[i]) == 0) {
            *ret = (enum text_language)i;
            return true;
        }
    return false;
}

const char *text(enum text_language language, enum text_key key)
{
    const char *sentence = text_catalogue[language][key];
    return sentence ? sentence : "";
}

/* A q-value in thousandths (RFC 9110 12.4.2); anything else is 0: what we cannot read, we do not prefer. */
static int quality(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=')
        return 0;
    at += 2;
    if (*at != '0' && *at != '1')
        return 0;
    int value = (*at++ - '0') * 1000;
    if (at < end && *at == '.') {
        at++;
        for (int unit = 100; unit > 0 && at < end && *at >= '0' && *at <= '9'; unit /= 10)
            value += (*at++ - '0') * unit;
    }
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at == end && value <= 1000 ? value : 0;
}

/* The language of a range such as `ca`, `ca-ES` or `*`; TEXT_LANGUAGES when we do not speak it. */
static enum text_language range_language(const char *at, size_t length)
{
    if (length == 1 && *at == '*')
        return TEXT_CA;
    if (length < 2 || (length > 2 && at[2] != '-'))
        return TEXT_LANGUAGES;
    for (int i = 0; i < TEXT_LANGUAGES; i++)
        if (strncasecmp(at, tags[i], 2) == 0)
            return (enum text_language)i;
    return TEXT_LANGUAGES;
}

enum text_language text_language_negotiate(const char *accept_language)
{
    enum text_language best = TEXT_CA;
    int best_quality = 0;
    const char *at = accept_language ? accept_language : "";
    while (*at) {
        const char *end = at + strcspn(at, ",");
        const char *range = at + strspn(at, " \t");
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *range_end = semicolon ? semicolon : end;
        while (range_end > range && (range_end[-1] == ' ' || range_end[-1] == '\t'))
            range_end--;
        int its_quality = semicolon ? quality(semicolon + 1, end) : 1000;
        enum text_language language =
            range < range_end ? range_language(range, (size_t)(range_end - range)) : TEXT_LANGUAGES;
        if (language != TEXT_LANGUAGES && its_quality > best_quality) {
            best = language;
            best_quality = its_quality;
        }
        at = *end ? end + 1 : end;
    }
    return best;
}

/* Length of the longest prefix of whole characters within `limit` bytes. */
static size_t whole_characters(const char *bytes, size_t limit)
{
    size_t length = strnlen(bytes, limit);
    if (length < limit || !bytes[length])
        return length;
    size_t at = 0;
    while (at < length) {
        size_t step = utf8_length(bytes + at, length - at);
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

char *text_format(char *ret, size_t size, enum text_language language, enum text_key key, const char *const args[])
{
    size_t n_args = 0, used = 0;
    while (args && args[n_args])
        n_args++;
    const char *at = text(language, key);
    while (*at && used + 1 < size) {
        const char *piece = at;
        size_t length = strcspn(at + 1, "{") + 1;
        if (at[0] == '{' && at[1] >= '0' && at[1] <= '9' && at[2] == '}') {
            size_t index = (size_t)(at[1] - '0');
            at += 3;
            piece = index < n_args ? args[index] : "";
            length = strlen(piece);
        } else {
            at += length;
        }
        size_t room = size - 1 - used;
        bool whole = length <= room;
        size_t taken = whole ? length : whole_characters(piece, room);
        memcpy(ret + used, piece, taken);
        used += taken;
        if (!whole)
            break;
    }
    ret[used] = '\0';
    return ret;
}
