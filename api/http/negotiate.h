/* Header values, read strictly: pure functions of text. */
#ifndef OAM_HTTP_NEGOTIATE_H
#define OAM_HTTP_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define HTTP_WAIT_MAX_S 30

/* What is said in Prefer; the first time counts. */
struct preferences {
    bool waits, returns; /* said */
    int wait_s;          /* wait=N; HTTP_WAIT_MAX_S where it is more */
    bool minimal;        /* return=minimal */
};

/* The headers that we look at, found in one pass. */
struct request_headers {
    const char *host, *authorization, *cookie, *accept, *accept_language, *content_type, *content_length,
        *transfer_encoding, *if_match, *if_none_match, *idempotency_key, *prefer, *origin, *sec_fetch_site, *request_id,
        *traceparent;
    struct preferences preferences;
    size_t n_bytes, count;
    bool bad;      /* a control character, or a name that is no token */
    bool repeated; /* one of the above that may stand once only stands twice, but for the next two */
    bool repeated_host, repeated_length;
};
void request_headers_note(struct request_headers *headers, const char *name, size_t name_length, const char *value,
                          size_t value_length);

/* Content-Length as digits only. False otherwise. */
bool content_length_parse(const char *text, uint64_t *ret);

/* RFC 9110 7.2: host[:port] without userinfo, path or spaces. */
bool host_valid(const char *host);

/* How much Accept wants a media type, in thousandths: the range that names it most closely says so (RFC 9110 12.5.1).
   0: not at all. An absent or empty Accept wants all alike. */
#define QUALITY_FULL 1000
int accept_quality(const char *accept, const char *type);

/* Does Accept leave application/json, or any type with the suffix +json, acceptable? NULL does. */
bool accepts_json(const char *accept);

/* The media type of a Content-Type without its parameters equals `type`, and its charset, if any, is UTF-8. */
bool media_type_is(const char *content_type, const char *type);

/* Bare or as an RFC 8941 string; 1..255 printable ASCII characters. NULL when it is not. */
const char *idempotency_key_parse(struct arena *arena, const char *value);

enum if_match { IF_MATCH_VERSION, IF_MATCH_ANY, IF_MATCH_MALFORMED };
/* One strong entity tag; the version of ours ("v3-ca" -> 3), 0 for a tag that cannot be one of ours. */
enum if_match if_match_parse(const char *value, int64_t *ret_version);

/* Weak comparison of If-None-Match with one of our tags, or `*`. */
bool if_none_match_holds(const char *value, const char *etag);

/* One line of RFC 7240, behind those before it; what it does not know it passes over. */
void prefer_parse(const char *value, struct preferences *preferences);

/* W3C trace context: the trace id of a valid traceparent. */
bool traceparent_parse(const char *value, char ret_trace_id[33]);

/* The value of a cookie, arena-owned; NULL when absent. */
const char *cookie_find(struct arena *arena, const char *cookies, const char *name);

/* May a request with an unsafe method use the session cookie? */
bool same_site(const char *sec_fetch_site, const char *origin, const char *own_origin);

#endif
