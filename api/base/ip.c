#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define TEXT_MAX 64

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Strict: inet_pton takes no leading zeros, hex, octal or short forms. */
bool ip_parse(const char *text, size_t length, struct ip *ret)
{
    char copy[TEXT_MAX];
    if (length == 0 || length >= sizeof copy || memchr(text, '\0', length))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    memcpy(ret->bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, ret->bytes + 12) == 1 || inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

bool ip_of_sockaddr(const struct sockaddr *address, struct ip *ret)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        memcpy(ret->bytes, mapped, sizeof mapped);
        memcpy(ret->bytes + 12, &v4.sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    memcpy(ret->bytes, &v6.sin6_addr, 16);
    return v6.sin6_scope_id == 0;
}

struct network {
    unsigned char bytes[16];
    unsigned bits;
};

static bool in_network(const unsigned char *bytes, const unsigned char *network, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(bytes, network, whole) != 0)
        return false;
    return rest == 0 || (bytes[whole] ^ network[whole]) >> (8 - rest) == 0;
}

/* IANA IPv4 Special-Purpose Address Registry, multicast and what is reserved. */
static bool v4_is_public(const unsigned char v4[4])
{
    static const struct network special[] = {
        {{0}, 8},
        {{10}, 8},
        {{100, 64}, 10},
        {{127}, 8},
        {{169, 254}, 16},
        {{172, 16}, 12},
        {{192, 0, 0}, 24},
        {{192, 0, 2}, 24},
        {{192, 31, 196}, 24},
        {{192, 52, 193}, 24},
        {{192, 88, 99}, 24},
        {{192, 168}, 16},
        {{192, 175, 48}, 24},
        {{198, 18}, 15},
        {{198, 51, 100}, 24},
        {{203, 0, 113}, 24},
        {{224}, 4},
        {{240}, 4},
    };
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (in_network(v4, special[i].bytes, special[i].bits))
            return false;
    return true;
}

/* Of IPv6 only 2000::/3 is given out; inside of it these are not somebody's, or carry an IPv4 address. */
static bool v6_is_public(const unsigned char v6[16])
{
    static const struct network given_out = {{0x20}, 3};
    static const struct network special[] = {
        {{0x20, 0x01, 0, 0}, 23},             /* IETF protocol assignments, Teredo among them */
        {{0x20, 0x01, 0x0d, 0xb8}, 32},       /* documentation */
        {{0x20, 0x02}, 16},                   /* 6to4 */
        {{0x26, 0x20, 0, 0x4f, 0x80, 0}, 48}, /* AS112 */
        {{0x3f, 0xff}, 20},                   /* documentation */
    };
    if (!in_network(v6, given_out.bytes, given_out.bits))
        return false;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (in_network(v6, special[i].bytes, special[i].bits))
            return false;
    return true;
}

bool ip_is_public(const struct ip *ip)
{
    static const struct network nat64 = {{0, 0x64, 0xff, 0x9b}, 96};
    if (in_network(ip->bytes, mapped, 96) || in_network(ip->bytes, nat64.bytes, nat64.bits))
        return v4_is_public(ip->bytes + 12);
    return v6_is_public(ip->bytes);
}

/* "a.b.c.d", "a.b.c.d/n", "x::y", "x::y/n". */
static bool network_parse(const char *text, size_t length, struct network *ret)
{
    struct ip ip;
    const char *slash = memchr(text, '/', length);
    const size_t address_length = slash ? (size_t)(slash - text) : length;
    if (!ip_parse(text, address_length, &ip))
        return false;
    const bool v4 = memcmp(ip.bytes, mapped, sizeof mapped) == 0 && !memchr(text, ':', address_length);
    const unsigned most = v4 ? 32 : 128;
    unsigned bits = most;
    if (slash) {
        const size_t digits = length - address_length - 1;
        if (digits == 0 || digits > 3 || strspn(slash + 1, "0123456789") < digits)
            return false;
        bits = 0;
        for (size_t i = 1; i <= digits; i++)
            bits = bits * 10 + (unsigned)(slash[i] - '0');
    }
    memcpy(ret->bytes, ip.bytes, sizeof ret->bytes);
    ret->bits = bits + (v4 ? 96 : 0);
    return bits <= most;
}

bool ip_in_list(const struct ip *ip, const char *list)
{
    struct network network;
    bool found = false;
    for (const char *at = list; *at; at += *at == ',') {
        const size_t length = strcspn(at, ",");
        if (!network_parse(at, length, &network))
            return false;
        found = found || in_network(ip->bytes, network.bytes, network.bits);
        at += length;
    }
    return found;
}

bool ip_list_is_valid(const char *list)
{
    struct network network;
    for (const char *at = list; *at; at += *at == ',') {
        const size_t length = strcspn(at, ",");
        if (!network_parse(at, length, &network) || (at[length] == ',' && at[length + 1] == '\0'))
            return false;
        at += length;
    }
    return true;
}

#define PORT_DIGITS 5
#define PORT_MAX    65535

static bool port_take(const char **at, unsigned *ret)
{
    const size_t length = strspn(*at, "0123456789");
    *ret = 0;
    if (length == 0 || length > PORT_DIGITS || ((*at)[length] && (*at)[length] != ','))
        return false;
    for (size_t i = 0; i < length; i++)
        *ret = *ret * 10 + (unsigned)((*at)[i] - '0');
    *at += length;
    return *ret >= 1 && *ret <= PORT_MAX;
}

bool port_in_list(unsigned port, const char *list)
{
    unsigned one;
    for (const char *at = list; *at; at += *at == ',') {
        if (!port_take(&at, &one))
            return false;
        if (one == port)
            return true;
    }
    return false;
}

bool port_list_is_valid(const char *list)
{
    unsigned port;
    const char *at = list;
    for (; *at; at += *at == ',')
        if (!port_take(&at, &port))
            return false;
    return at > list && at[-1] != ',';
}
