#include "http/negotiate.h"

#include <string.h>
#include <strings.h>

static bool is_token_character(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool header_well_formed(const char *name, size_t name_length, const char *value, size_t value_length)
{
    for (size_t i = 0; i < name_length; i++)
        if (!is_token_character((unsigned char)name[i]))
            return false;
    for (size_t i = 0; i < value_length; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return name_length > 0;
}

struct known_header {
    const char *name;
    size_t length;
    size_t offset;
};
#define KNOWN(text, field)                                                                                             \
    {                                                                                                                  \
        (text), sizeof(text) - 1, offsetof(struct request_headers, field)                                              \
    }
static const struct known_header known_headers[] = {
    KNOWN("Host", host),
    KNOWN("Accept", accept),
    KNOWN("Cookie", cookie),
    KNOWN("Prefer", prefer),
    KNOWN("Origin", origin),
    KNOWN("If-Match", if_match),
    KNOWN("Request-Id", request_id),
    KNOWN("traceparent", traceparent),
    KNOWN("Content-Type", content_type),
    KNOWN("Authorization", authorization),
    KNOWN("If-None-Match", if_none_match),
    KNOWN("Content-Length", content_length),
    KNOWN("Sec-Fetch-Site", sec_fetch_site),
    KNOWN("Accept-Language", accept_language),
    KNOWN("Idempotency-Key", idempotency_key),
    KNOWN("Transfer-Encoding", transfer_encoding),
};

void request_headers_note(struct request_headers *headers, const char *name, size_t name_length, const char *value,
                          size_t value_length)
{
    if (!header_well_formed(name, name_length, value, value_length))
        headers->bad = true;
    headers->count++;
    headers->n_bytes += name_length + value_length + 4;
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++) {
        const struct known_header *known = &known_headers[i];
        if (known->length != name_length || strncasecmp(known->name, name, name_length) != 0)
            continue;
        const char **slot = (const char **)((char *)headers + known->offset);
        if (*slot && slot == &headers->host)
            headers->repeated_host = true;
        else if (*slot && (slot == &headers->content_length || slot == &headers->transfer_encoding))
            headers->repeated_length = true;
        /* Lists may stand in several lines (RFC 9110 5.3): the first counts, as for a cache that drops the rest; of
           what is preferred, each. */
        else if (*slot && slot != &headers->accept && slot != &headers->accept_language && slot != &headers->prefer &&
                 slot != &headers->cookie && slot != &headers->if_none_match)
            headers->repeated = true;
        if (!*slot)
            *slot = value;
        if (slot == &headers->prefer)
            prefer_parse(value, &headers->preferences);
        return;
    }
}

bool content_length_parse(const char *text, uint64_t *ret)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits])
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *ret = value;
    return true;
}

bool host_valid(const char *host)
{
    size_t length;
    if (*host == '[') {
        length = strspn(host + 1, "0123456789abcdefABCDEF:.") + 1;
        if (host[length] != ']')
            return false;
        length++;
    } else {
        length = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~");
        if (length == 0)
            return false;
    }
    if (host[length] == ':')
        length += 1 + strspn(host + length + 1, "0123456789");
    return host[length] == '\0';
}

/* One element of a comma-separated list: `at` .. `end` without surrounding space. */
struct element {
    const char *at, *end;
};

static bool list_next(const char **cursor, struct element *ret)
{
    while (**cursor) {
        const char *at = *cursor + strspn(*cursor, " \t,");
        const char *end = at;
        bool quoted = false;
        for (; *end && (quoted || *end != ','); end++)
            if (quoted && *end == '\\' && end[1])
                end++;
            else if (*end == '"')
                quoted = !quoted;
        *cursor = end;
        while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end > at) {
            *ret = (struct element){at, end};
            return true;
        }
    }
    return false;
}

static size_t element_name_length(struct element element)
{
    size_t length = 0, most = (size_t)(element.end - element.at);
    while (length < most && element.at[length] != ';' && element.at[length] != ' ' && element.at[length] != '\t')
        length++;
    return length;
}

static bool names(struct element element, const char *name)
{
    size_t length = element_name_length(element);
    return strlen(name) == length && strncasecmp(element.at, name, length) == 0;
}

/* application/problem+json, application/schema+json, …: JSON by its suffix (RFC 6839). */
static bool names_a_kind_of_json(struct element element)
{
    size_t length = element_name_length(element);
    return length > 5 && strncasecmp(element.at + length - 5, "+json", 5) == 0;
}

/* "0.25" in thousandths. What is no weight is taken for 1; one that is too small to be told from 0 is not 0. */
static int weight_parse(const char *at, const char *end)
{
    int weight = 0, worth = 100;
    bool more = false;
    if (at == end || *at != '0')
        return QUALITY_FULL;
    if (end - at > 1 && at[1] == '.')
        at++;
    for (at++; at < end && *at >= '0' && *at <= '9'; at++, worth /= 10) {
        weight += (*at - '0') * worth;
        more = more || *at != '0';
    }
    return weight == 0 && more ? 1 : weight;
}

/* The weight of an element, in thousandths: its parameter q. */
static int weight_of(struct element element)
{
    for (const char *at = element.at; at + 2 < element.end; at++) {
        if (*at != ';')
            continue;
        const char *parameter = at + 1;
        while (parameter < element.end && (*parameter == ' ' || *parameter == '\t'))
            parameter++;
        if (element.end - parameter < 3 || (*parameter != 'q' && *parameter != 'Q') || parameter[1] != '=')
            continue;
        return weight_parse(parameter + 2, element.end);
    }
    return QUALITY_FULL;
}

/* How closely a range names the type: 0 not at all, 1 as any, 2 as one of its kind, 3 by name. */
static int closeness(struct element element, const char *type)
{
    size_t kind = strcspn(type, "/") + 1;
    if (names(element, type))
        return 3;
    if (element_name_length(element) == kind + 1 && element.at[kind] == '*' && strncasecmp(element.at, type, kind) == 0)
        return 2;
    return names(element, "*/*") ? 1 : 0;
}

int accept_quality(const char *accept, const char *type)
{
    int quality = 0, closest = 0;
    bool any = false;
    struct element element;
    while (accept && list_next(&accept, &element)) {
        int close = closeness(element, type);
        any = true;
        if (close > closest) {
            closest = close;
            quality = weight_of(element);
        }
    }
    return any ? quality : QUALITY_FULL;
}

bool accepts_json(const char *accept)
{
    struct element element;
    if (accept_quality(accept, "application/json") > 0)
        return true;
    while (list_next(&accept, &element))
        if (names_a_kind_of_json(element) && weight_of(element) > 0)
            return true;
    return false;
}

bool media_type_is(const char *content_type, const char *type)
{
    size_t length = strlen(type);
    if (strncasecmp(content_type, type, length) != 0)
        return false;
    const char *rest = content_type + length;
    rest += strspn(rest, " \t");
    if (*rest == '\0')
        return true;
    if (*rest != ';')
        return false;
    const char *charset = strcasestr(rest, "charset=");
    if (!charset)
        return true;
    charset += 8;
    if (*charset == '"')
        charset++;
    if (strncasecmp(charset, "utf-8", 5) != 0)
        return false;
    return charset[5] == '\0' || strchr("\"; \t", charset[5]) != NULL;
}

const char *idempotency_key_parse(struct arena *arena, const char *value)
{
    size_t length = strlen(value);
    bool quoted = length >= 2 && value[0] == '"' && value[length - 1] == '"';
    const char *at = quoted ? value + 1 : value;
    size_t rest = quoted ? length - 2 : length, written = 0;
    char *key = arena_take(arena, rest + 1);
    for (size_t i = 0; i < rest; i++) {
        char c = at[i];
        if (quoted && c == '\\') {
            if (i + 1 >= rest || (at[i + 1] != '"' && at[i + 1] != '\\'))
                return NULL;
            c = at[++i];
        } else if (quoted && c == '"') {
            return NULL;
        }
        if (c < 0x20 || c > 0x7E)
            return NULL;
        key[written++] = c;
    }
    key[written] = '\0';
    return written >= 1 && written <= 255 ? key : NULL;
}

/* Length of the quoted tag that `at` starts with, quotes included; 0 when it is none. */
static size_t tag_length(const char *at)
{
    if (*at != '"')
        return 0;
    for (size_t i = 1; at[i]; i++) {
        if (at[i] == '"')
            return i + 1;
        if ((unsigned char)at[i] < 0x21 || at[i] == 0x7F)
            return 0;
    }
    return 0;
}

enum if_match if_match_parse(const char *value, int64_t *ret_version)
{
    int64_t version = 0;
    *ret_version = 0;
    if (strcmp(value, "*") == 0)
        return IF_MATCH_ANY;
    size_t length = tag_length(value);
    if (length == 0 || value[length])
        return IF_MATCH_MALFORMED;
    if (value[1] != 'v')
        return IF_MATCH_VERSION;
    const char *digit = value + 2;
    for (; *digit >= '0' && *digit <= '9' && version < INT64_MAX / 100; digit++)
        version = version * 10 + (*digit - '0');
    if (*digit == '"' || *digit == '-')
        *ret_version = version;
    return IF_MATCH_VERSION;
}

bool if_none_match_holds(const char *value, const char *etag)
{
    size_t wanted = strlen(etag);
    const char *at = value + strspn(value, " \t,"); /* a list may have elements that are empty */
    if (strcmp(at, "*") == 0)
        return true;
    while (*at) {
        if (at[0] == 'W' && at[1] == '/')
            at += 2;
        size_t length = tag_length(at);
        if (length == 0)
            return false;
        if (length == wanted && memcmp(at, etag, length) == 0)
            return true;
        at += length;
        at += strspn(at, " \t,");
    }
    return false;
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Of `name = word; parameters` the word, without its quotes. False when it is another preference. */
static bool preference_take(struct element element, const char *name, struct element *ret_word)
{
    const size_t length = strlen(name);
    const char *end = element.end;
    if ((size_t)(end - element.at) <= length || strncasecmp(element.at, name, length) != 0)
        return false;
    const char *at = skip_blank(element.at + length, end);
    if (at == end || *at != '=')
        return false;
    at = skip_blank(at + 1, end);
    const bool quoted = at < end && *at == '"';
    at += quoted;
    const char *stop = at;
    while (stop < end && (quoted ? *stop != '"' : *stop != ';' && *stop != ' ' && *stop != '\t'))
        stop++;
    *ret_word = (struct element){at, stop};
    return !quoted || stop < end;
}

/* Digits; as many seconds as we hold an answer at most, where it is more. */
static bool seconds_parse(struct element word, int *ret)
{
    int seconds = 0;
    if (word.at == word.end)
        return false;
    for (const char *digit = word.at; digit < word.end; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        seconds = seconds * 10 + (*digit - '0');
        if (seconds > HTTP_WAIT_MAX_S)
            seconds = HTTP_WAIT_MAX_S;
    }
    *ret = seconds;
    return true;
}

void prefer_parse(const char *value, struct preferences *preferences)
{
    struct element element, word;
    while (list_next(&value, &element)) {
        if (!preferences->waits && preference_take(element, "wait", &word))
            preferences->waits = seconds_parse(word, &preferences->wait_s);
        if (!preferences->returns && preference_take(element, "return", &word)) {
            preferences->returns = true;
            preferences->minimal = word.end - word.at == 7 && strncasecmp(word.at, "minimal", 7) == 0;
        }
    }
}

bool traceparent_parse(const char *value, char ret_trace_id[33])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(value) < 55 || strspn(value, digits) != 2 || strncmp(value, "ff", 2) == 0 || value[2] != '-' ||
        strspn(value + 3, digits) != 32 || value[35] != '-' || strspn(value + 36, digits) != 16 || value[52] != '-' ||
        strspn(value + 53, digits) != 2)
        return false;
    if ((value[55] && (value[55] != '-' || strncmp(value, "00", 2) == 0)) || strspn(value + 3, "0") == 32 ||
        strspn(value + 36, "0") == 16)
        return false;
    memcpy(ret_trace_id, value + 3, 32);
    ret_trace_id[32] = '\0';
    return true;
}

const char *cookie_find(struct arena *arena, const char *cookies, const char *name)
{
    size_t wanted = strlen(name);
    for (const char *at = cookies; at && *at;) {
        at += strspn(at, " \t;");
        size_t length = strcspn(at, ";");
        if (length > wanted && at[wanted] == '=' && memcmp(at, name, wanted) == 0)
            return arena_strndup(arena, at + wanted + 1, length - wanted - 1);
        at += length;
    }
    return NULL;
}

bool same_site(const char *sec_fetch_site, const char *origin, const char *own_origin)
{
    if (sec_fetch_site)
        return strcmp(sec_fetch_site, "same-origin") == 0 || strcmp(sec_fetch_site, "none") == 0;
    return origin && strcasecmp(origin, own_origin) == 0;
}
