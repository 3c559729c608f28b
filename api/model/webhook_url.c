#include "model/webhook_url.h"

#include <string.h>

#define LABEL_MAX 63
#define PORT_MAX  65535

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

static bool all_of(const char *text, size_t length, const char *set)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\0' || !strchr(set, text[i]))
            return false;
    return true;
}

/* Printable ASCII without what parsers disagree about. */
static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\\\"<>^`{|}#", c))
            return false;
    }
    return true;
}

static bool ends_with(const char *host, const char *suffix)
{
    const size_t length = strlen(host), n = strlen(suffix);
    return length >= n && strcmp(host + length - n, suffix) == 0;
}

/* Names that no resolver of the open internet answers for (RFC 6761, 6762, 8375, 9476 and what people use). */
static bool is_internal_name(const char *host)
{
    static const char *const zones[] = {".localhost", ".local",   ".internal", ".intranet", ".lan",   ".home",
                                        ".corp",      ".private", ".arpa",     ".onion",    ".test",  ".invalid",
                                        ".example",   ".alt",     ".cluster",  ".svc",      ".consul"};
    if (!strchr(host, '.'))
        return true;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (ends_with(host, zones[i]))
            return true;
    return false;
}

/* Letters, digits and hyphens in labels; the last is no number, in whatever base, so that nobody reads an address in
 * it. */
static bool is_name(const char *host)
{
    const char *label = host, *last = host;
    const size_t whole = strlen(host);
    if (whole == 0 || whole > WEBHOOK_HOST_MAX || host[whole - 1] == '.')
        return false;
    for (;; label++) {
        const size_t length = strcspn(label, ".");
        if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
            return false;
        for (size_t i = 0; i < length; i++)
            if (!strchr(lower, label[i]) && !strchr(digits, label[i]) && label[i] != '-')
                return false;
        last = label;
        label += length;
        if (!*label)
            break;
    }
    return strchr(lower, last[0]) != NULL;
}

static bool take_host(const char **at, struct webhook_url *ret)
{
    const bool bracketed = **at == '[';
    const char *from = *at + bracketed;
    const size_t length = strcspn(from, bracketed ? "]" : "/?:");
    if (length == 0 || length > WEBHOOK_HOST_MAX || (bracketed && from[length] != ']'))
        return false;
    for (size_t i = 0; i < length; i++)
        ret->host[i] = from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] - 'A' + 'a') : from[i];
    ret->host[length] = '\0';
    ret->is_address = ip_parse(ret->host, length, &ret->address);
    if (bracketed != (ret->is_address && strchr(ret->host, ':') != NULL))
        return false;
    *at = from + length + bracketed;
    return ret->is_address || is_name(ret->host);
}

static bool take_port(const char **at, struct webhook_url *ret)
{
    ret->port = ret->https ? 443 : 80;
    if (**at != ':')
        return true;
    const char *from = *at + 1;
    const size_t length = strcspn(from, "/?");
    if (length == 0 || length > 5 || from[0] == '0' || !all_of(from, length, digits))
        return false;
    ret->port = 0;
    for (size_t i = 0; i < length; i++)
        ret->port = ret->port * 10 + (unsigned)(from[i] - '0');
    *at = from + length;
    return ret->port <= PORT_MAX;
}

/* A name says nothing yet where an operator has let networks of their own pass: what it resolves to decides. */
static enum webhook_url_fault judge(const struct webhook_url *url, const struct webhook_reach *reach)
{
    const bool own = url->is_address ? ip_in_list(&url->address, reach->networks) : false;
    const bool maybe = own || (!url->is_address && *reach->networks);
    if (!url->https && !maybe)
        return WEBHOOK_URL_SCHEME;
    if (!maybe && (url->is_address ? !ip_is_public(&url->address) : is_internal_name(url->host)))
        return WEBHOOK_URL_INTERNAL;
    if (!maybe && !port_in_list(url->port, reach->ports))
        return WEBHOOK_URL_PORT;
    return WEBHOOK_URL_FINE;
}

enum webhook_url_fault webhook_url_parse(const char *text, const struct webhook_reach *reach, struct webhook_url *ret)
{
    *ret = (struct webhook_url){0};
    const size_t length = strlen(text);
    if (length > WEBHOOK_URL_MAX || !is_plain(text, length))
        return WEBHOOK_URL_MALFORMED;
    ret->https = strncmp(text, "https://", 8) == 0;
    if (!ret->https && strncmp(text, "http://", 7) != 0)
        return strstr(text, "://") ? WEBHOOK_URL_SCHEME : WEBHOOK_URL_MALFORMED;
    const char *at = text + (ret->https ? 8 : 7);
    if (!take_host(&at, ret) || !take_port(&at, ret) || (*at && *at != '/' && *at != '?'))
        return WEBHOOK_URL_MALFORMED;
    ret->path = at;
    return judge(ret, reach);
}

bool webhook_url_may_connect(const struct webhook_url *url, const struct ip *ip, const struct webhook_reach *reach)
{
    if (ip_in_list(ip, reach->networks))
        return true;
    return url->https && ip_is_public(ip) && port_in_list(url->port, reach->ports);
}
