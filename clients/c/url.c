/* Paths and URLs: percent-encoding in one place. */
#include "client_internal.h"

#include <stdarg.h>
#include <string.h>

#define PATH_BYTES_MAX 65536

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* Encodes all but the unreserved characters of RFC 3986, so that the text fits a segment, a name or a value. */
void oami_encode(struct oami_buffer *buffer, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (is_unreserved(c)) {
            oami_buffer_append(buffer, p, 1);
        } else {
            char code[3] = {'%', digits[c >> 4], digits[c & 15]};
            oami_buffer_append(buffer, code, sizeof code);
        }
    }
}

char *oam_path_new(const char *pattern, ...)
{
    struct oami_buffer buffer;
    oami_buffer_init(&buffer, PATH_BYTES_MAX);
    va_list arguments;
    va_start(arguments, pattern);
    const char *rest = pattern;
    for (const char *hole; (hole = strstr(rest, "{}")) != NULL; rest = hole + 2) {
        const char *value = va_arg(arguments, const char *);
        /* An empty segment or a dot segment would name another resource. */
        if (!value || !*value || strcmp(value, ".") == 0 || strcmp(value, "..") == 0) {
            buffer.failed = true;
            break;
        }
        oami_buffer_append(&buffer, rest, (size_t)(hole - rest));
        oami_encode(&buffer, value);
    }
    va_end(arguments);
    oami_buffer_text(&buffer, rest);
    return oami_buffer_take(&buffer);
}

char *oam_path_query(char *path, const char *name, const char *value)
{
    if (!path || !value)
        return path;
    struct oami_buffer buffer;
    oami_buffer_init(&buffer, PATH_BYTES_MAX);
    oami_buffer_text(&buffer, path);
    oami_buffer_text(&buffer, strchr(path, '?') ? "&" : "?");
    oami_encode(&buffer, name);
    oami_buffer_text(&buffer, "=");
    oami_encode(&buffer, value);
    oami_free(path);
    return oami_buffer_take(&buffer);
}

/* http(s)://host[:port], where a final slash is allowed; nothing that would end up in another place. */
bool oami_url_is_base(const char *url)
{
    const char *host = NULL;
    if (url && strncmp(url, "http://", 7) == 0)
        host = url + 7;
    else if (url && strncmp(url, "https://", 8) == 0)
        host = url + 8;
    if (!host || !*host || *host == '/' || *host == ':')
        return false;
    size_t length = strcspn(host, "/");
    if (host[length] == '/' && host[length + 1] != '\0')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_unreserved((unsigned char)host[i]) && !strchr(":[]", host[i]))
            return false;
    return true;
}

/* A path from the root, already encoded: no spaces, no control characters, no fragment. */
bool oami_path_is_plain(const char *path)
{
    if (!path || *path != '/' || strlen(path) > PATH_BYTES_MAX)
        return false;
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c <= 0x20 || c >= 0x7F || c == '#' || c == '\\')
            return false;
    }
    return true;
}
