/* HTTP as the rest of the house sees it; ulfius and libmicrohttpd stay behind this header.
   A request is parsed and answered from memory on an IO thread where it can be; what needs PostgreSQL is suspended and
   handed to a database thread (http/park.c), so that a slow query stalls nobody. */
#ifndef OAM_HTTP_HTTP_H
#define OAM_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "model/actor.h"

#define HTTP_PATH_PARAMS_MAX      4
#define HTTP_QUERY_PARAMS_MAX     32
#define HTTP_RESPONSE_HEADERS_MAX 16

struct http_pair {
    const char *name, *value;
};

struct context;
struct tx;
typedef bool (*handler_fn)(struct context *ctx, struct error *err); /* false: err says why, the adapter answers */

/* The first half of a handler that reads: queues what it wants to know, on a database thread, and keeps it in
 * ctx->question for the second half, the handler. *ret_company: what is queued may share a round trip with what others
 * ask; NULL: the handler sends it alone. False with the error set: the handler is not run. */
typedef bool (*ask_fn)(struct context *ctx, struct tx **ret_company, struct error *err);

enum route_flag {
    ROUTE_MEMORY = 1 << 0,      /* runs on the IO thread: must not block */
    ROUTE_IDEMPOTENCY = 1 << 1, /* Idempotency-Key required (400 without) */
    ROUTE_IF_MATCH = 1 << 2,    /* If-Match required (428 without); ctx->if_match_version is set */
    ROUTE_FORM = 1 << 3,        /* body is application/x-www-form-urlencoded, not JSON */
    ROUTE_MERGE_PATCH = 1 << 4, /* body is application/merge-patch+json or application/json */
    ROUTE_WAITS = 1 << 5,       /* may long-poll: http_wait() allowed */
    ROUTE_ANY_MEDIA = 1 << 6,   /* its answer is no JSON: Accept is not held to it */
    ROUTE_STREAMS = 1 << 7, /* answers for as long as it is listened to: http_stream() allowed; as text/event-stream */
};

struct route {
    const char *method;
    const char *path; /* "/api/v1/requests/{ref}/status": {name} is one segment */
    enum permission permission;
    unsigned flags; /* route_flag */
    handler_fn handler;
    ask_fn ask;                               /* optional: runs before the handler */
    bool (*from_memory)(struct context *ctx); /* optional, no database thread, after auth: true when it answered */
    size_t body_max;                          /* bytes; 0: a body is not expected and answers 413 when there is one */
    const char *const *query; /* NULL-terminated names of the allowed query parameters, or NULL for none */
    void (*refuse)(struct context *ctx, const struct error *err); /* answers a refusal in the route's own form; NULL:
                                                                      RFC 9457. From memory, on any thread */
};
#define KB(n) ((size_t)(n)*1024)

struct store;
struct app; /* service/app.h: what handlers reach of the process */

struct context {
    struct app *app;
    struct arena *arena;
    const struct route *route;
    int64_t now;               /* wall µs, read once */
    int64_t started, deadline; /* monotonic µs */
    char request_id[37];       /* UUIDv7 */
    char trace_id[33];         /* W3C trace id */
    enum text_language language;
    struct actor actor;
    bool authenticated;
    struct store *store; /* this thread's connection; NULL on an IO thread */
    void *question;      /* what route->ask left for the handler */
    struct watch *watch; /* what it has waited for; NULL: it has not waited */

    const char *method, *path;                     /* raw path, without the query */
    const char *params[HTTP_PATH_PARAMS_MAX];      /* values of {…}, in order, percent-decoded and checked UTF-8 */
    struct http_pair query[HTTP_QUERY_PARAMS_MAX]; /* decoded; repeated names were refused (400) */
    size_t n_query;
    const char *body; /* bytes of the body, not NUL-terminated */
    size_t body_length;
    const char *idempotency_key; /* unquoted, checked; or NULL */
    int64_t if_match_version;    /* with ROUTE_IF_MATCH */
    const char *if_none_match;   /* raw value or NULL */
    int prefer_wait_s;           /* Prefer: wait=N, 0..30; 0 also for who has too many waits */
    int prefer_told_s;           /* the same, also after the wait has ended: for Preference-Applied */
    bool prefer_minimal;         /* Prefer: return=minimal */
    const char *variant;         /* what tells it from other bytes of the same version, in its ETag; NULL: nothing */

    int status;           /* the answer; 0 while there is none */
    const char *response; /* arena-owned, or static */
    size_t response_length;
    const char *content_type;
    struct http_pair headers[HTTP_RESPONSE_HEADERS_MAX];
    size_t n_headers;
    void *adapter; /* http/ only */
};

/* ---- reading ---- */
const char *http_header(const struct context *ctx, const char *name); /* NULL when absent; case-insensitive */
const char *http_cookie(const struct context *ctx, const char *name);
/* The session's cookie: with the prefix __Host- where we are reached by https, which browsers then hold to us. */
const char *http_session_cookie_name(const struct context *ctx);
const char *http_query(const struct context *ctx, const char *name); /* NULL when absent */
/* Integer parameter in min..max, or fallback when absent; violates OUT_OF_RANGE / BAD_FORMAT with kind
 * INVALID_PARAMETER. */
int64_t http_query_number(const struct context *ctx, const char *name, int64_t min, int64_t max, int64_t fallback,
                          struct error *err);
/* The body as JSON object or array (strict). NULL with the error set. */
json_t *http_body_json(struct context *ctx, struct error *err);
/* A form field of a ROUTE_FORM body, decoded, arena-owned; NULL when absent. */
const char *http_form(struct context *ctx, const char *name, struct error *err);

/* All fields of a ROUTE_FORM body in their order, decoded, arena-owned; lines may end in \n, \r\n or \r and end in \n
 * here. At most `max`; false with BAD_REQUEST. */
bool http_form_all(struct context *ctx, struct http_pair *ret_fields, size_t max, size_t *ret_count, struct error *err);

/* Whoever a handler found out to be calling, by means of its route's own: counted against their rate like everybody.
   False with TOO_MANY_REQUESTS, as below. */
bool http_identify(struct context *ctx, const struct actor *actor);

/* Somebody of whom only the address is known, and who asks the database: has the rate of anybody with a name. */
bool http_count_address(struct context *ctx);

/* ---- answering ---- */
void http_header_set(struct context *ctx, const char *name, const char *value); /* value arena-owned or static */
bool http_respond_json(struct context *ctx, int status, struct json_out *out);
bool http_respond_bytes(struct context *ctx, int status, const char *content_type, const char *bytes, size_t length);
bool http_respond_empty(struct context *ctx, int status);
/* Strong ETag "v<version>-<lang>", "v<version>-<lang>-<variant>" of a variant; when If-None-Match holds it, answers 304
 * and returns true. */
bool http_not_modified(struct context *ctx, int64_t version);
void http_etag_set(struct context *ctx, int64_t version);

/* ---- waiting ---- */
/* What a suspended request waits for, made by its handler: small, since thousands wait at once. */
struct watch {
    /* Has something happened? Asked often, with a lock held: memory only. */
    bool (*ready)(struct watch *watch);
    void (*release)(struct watch *watch);
    /* Streams: may this one hear more of it? */
    bool (*allows)(const struct watch *watch, const struct actor *actor);
    /* Streams: what is to be told next, in the arena; nothing is a length of 0. False when memory does not know: the
       handler is asked then, with ctx->watch, and answers with the bytes. */
    bool (*pull)(struct watch *watch, struct arena *arena, const char **ret_bytes, size_t *ret_length);
};

/* Long-poll, instead of answering: the connection stays suspended without thread or database connection. When the watch
   is ready after http_wake_all(), or `timeout_s` has passed (ctx->prefer_wait_s is then 0), the route answers again,
   with ctx->watch. The watch is http's from here on. */
bool http_wait(struct context *ctx, struct watch *watch, int timeout_s);

/* Answers 200 with `opening` and then what watch->pull() tells, for as long as it is listened to. The watch is http's
   from here on. */
bool http_stream(struct context *ctx, const char *content_type, const char *opening, struct watch *watch);

/* ---- server ----
   One at a time in a process: libmicrohttpd's entry points are interposed for it (http/park.c). */
struct http_server;
struct http_settings {
    struct app *app;
    struct auth *auth;
    const struct clock *clock;
    const struct route *routes;
    size_t n_routes;
    int listener; /* of http_bind(); the server closes it, also when it does not start */
    int io_threads, db_threads, queue_max, connections_max, idle_timeout_s, deadline_ms;
    int rate_per_minute, anonymous_per_minute; /* for one principal, for one address; 0: as many as they like */
    int waits_per_client, waits_per_person;    /* long-polls of an integration, of anybody else; past it nobody waits */
    int receive_s; /* for a request to arrive, from its first line on; 0: as long as it likes */
    size_t body_max;
    const char *public_url; /* scheme://host[:port] by which clients see us: what Origin is compared with */
    const char *proxy;      /* network whose X-Forwarded-For is believed, as 10.0.3.0/24; NULL or "": nobody's */
    struct store *(*store_open)(struct app *app); /* one per database thread; NULL in tests without a database */
    void (*store_close)(struct store *store);     /* at the end of that thread */
    /* tx_flush_together: where it answers false, each handler sends its own */
    bool (*ask_together)(struct tx *const *asked, size_t n_asked);
    /* finishes authentication on a database thread: auth_handlers_authenticate() */
    bool (*authenticate)(struct context *ctx, const char *authorization, const char *session_cookie, struct error *err);
};
/* Takes an IPv4 address, so that what names it can be made before anybody is heard: that is from http_server_start()
   on. Port 0 takes a free one; *ret_port says which. A socket, or -1 with a complaint. */
int http_bind(const char *address, int port, int *ret_port, char *complaint, size_t complaint_size);
struct http_server *http_server_start(const struct http_settings *settings, char *complaint, size_t complaint_size);
int http_server_port(const struct http_server *server);
void http_wake_all(struct http_server *server); /* whose watch is ready; called by the relay */
/* Stops accepting, finishes what is in flight for at most `drain_s`, answers 503 to what is left, frees all. */
void http_server_stop(struct http_server *server, int drain_s);
/* Requests begun and connections ended since the start: how busy the server is, to whoever looks now and then. */
uint64_t http_activity(const struct http_server *server);
/* Counters and gauges as Prometheus text, appended by /metrics. */
char *http_metrics(const struct http_server *server, struct arena *arena);

#endif
