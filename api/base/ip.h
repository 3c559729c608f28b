/* IP addresses: which are somebody's on the open internet, and which are ours, nobody's, or another way to write ours.
 */
#ifndef OAM_BASE_IP_H
#define OAM_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* Sixteen bytes; IPv4 as ::ffff:a.b.c.d. */
struct ip {
    unsigned char bytes[16];
};

/* Reads the one canonical spelling of IPv4 (four decimals without leading zeros), or IPv6 without a zone and without
   brackets. `length` bytes are read. */
bool ip_parse(const char *text, size_t length, struct ip *ret);

/* Of a sockaddr_in or sockaddr_in6; false for any other family, and for one with a zone. */
bool ip_of_sockaddr(const struct sockaddr *address, struct ip *ret);

/* True for an address of the open internet: none of IANA's special-purpose ranges, nor an IPv6 form that carries an
   IPv4 address of one (mapped, NAT64, 6to4, Teredo). */
bool ip_is_public(const struct ip *ip);

/* "10.20.0.0/16,2001:db8::/32,127.0.0.1": networks, with a comma between them. True when one of them has the address.
   An unreadable list has none. */
bool ip_in_list(const struct ip *ip, const char *list);

/* Whether every item of such a list is a network; empty is fine. */
bool ip_list_is_valid(const char *list);

/* The same for ports: "443,8443"; a list has one at least. */
bool port_in_list(unsigned port, const char *list);
bool port_list_is_valid(const char *list);

#endif
