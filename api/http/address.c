#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "http/internal.h"

#define FORWARDED_MAX 64 /* bytes of an entry that we take for an address */

/* Lengths are left alone: libmicrohttpd ends names and values with a NUL too. */
static enum MHD_Result keep_last(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                 const char *value, size_t value_length)
{
    (void)kind;
    (void)name_length;
    (void)value_length;
    if (value && strcasecmp(name, "X-Forwarded-For") == 0)
        *(const char **)cls = value;
    return MHD_YES;
}

/* What the proxy wrote: it appends to the last header, or adds one. */
static const char *forwarded_for(const struct context *ctx, struct MHD_Connection *connection)
{
    const char *value = NULL;
    /* Not MHD_get_connection_values: park.c stands in its place, for ulfius. */
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, keep_last, (void *)&value);
    if (!value)
        return NULL;
    const char *comma = strrchr(value, ',');
    const char *entry = comma ? comma + 1 : value;
    entry += strspn(entry, " \t");
    size_t length = strcspn(entry, " \t");
    return length > 0 && length <= FORWARDED_MAX ? arena_strndup(ctx->arena, entry, length) : NULL;
}

bool network_parse(const char *text, struct network *ret)
{
    *ret = (struct network){0, UINT32_MAX};
    if (!text || !*text)
        return true;
    char address[INET_ADDRSTRLEN] = "";
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    struct in_addr parsed;
    unsigned bits = 32;
    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    if (inet_pton(AF_INET, address, &parsed) != 1)
        return false;
    if (slash) {
        size_t digits = strspn(slash + 1, "0123456789");
        if (digits < 1 || digits > 2 || slash[1 + digits])
            return false;
        bits = digits == 1 ? (unsigned)(slash[1] - '0') : (unsigned)(10 * (slash[1] - '0') + slash[2] - '0');
    }
    if (bits < 1 || bits > 32) /* /0 would believe everybody */
        return false;
    ret->mask = UINT32_MAX << (32 - bits);
    ret->address = ntohl(parsed.s_addr) & ret->mask;
    return true;
}

static bool is_in(const struct network *network, uint32_t address)
{
    return (address & network->mask) == network->address;
}

/* What a proxy of ours wrote is an address, and taken by its network; NULL for anything else. */
static const char *subscriber_of(struct arena *arena, const char *text)
{
    struct in6_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) == 1)
        return text;
    if (inet_pton(AF_INET6, text, &parsed) != 1)
        return NULL;
    char *network = arena_alloc(arena, INET6_ADDRSTRLEN);
    if (IN6_IS_ADDR_V4MAPPED(&parsed))
        return inet_ntop(AF_INET, parsed.s6_addr + 12, network, INET6_ADDRSTRLEN);
    memset(parsed.s6_addr + 8, 0, 8);
    return inet_ntop(AF_INET6, &parsed, network, INET6_ADDRSTRLEN);
}

const char *http_client_address(const struct context *ctx)
{
    const struct job *job = ctx->adapter;
    const union MHD_ConnectionInfo *info =
        job->connection ? MHD_get_connection_info(job->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS) : NULL;
    if (!info || !info->client_addr || info->client_addr->sa_family != AF_INET)
        return NULL;
    struct sockaddr_in peer;
    memcpy(&peer, info->client_addr, sizeof peer);
    const char *forwarded =
        is_in(&job->server->proxy, ntohl(peer.sin_addr.s_addr)) ? forwarded_for(ctx, job->connection) : NULL;
    const char *subscriber = forwarded ? subscriber_of(ctx->arena, forwarded) : NULL;
    if (subscriber)
        return subscriber;
    char *text = arena_alloc(ctx->arena, INET_ADDRSTRLEN);
    return inet_ntop(AF_INET, &peer.sin_addr, text, INET_ADDRSTRLEN);
}
