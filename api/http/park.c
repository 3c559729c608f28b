/* ulfius hands out neither the MHD_Connection nor a way to suspend it. It calls libmicrohttpd through the dynamic
   linker, though, and so the functions below, being in the executable, are found first: `MHD_queue_response`, where we
   answer with our own response or suspend the connection, and `MHD_get_connection_values`, through which ulfius would
   copy every header into maps that we never read. libmicrohttpd calls itself in the same way: its own error pages pass
   through the first one too, and leave as problem documents; and it finds no `Cookie` to copy and to take apart through
   `MHD_lookup_connection_value_n`, which would double what cookies take of a connection's memory.

   A suspended connection is out of its daemon's loop. libmicrohttpd 0.9.75 allows MHD_queue_response on it from any
   thread and touches it again only after MHD_resume_connection, so a database thread may answer it. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "http/internal.h"

typedef enum MHD_Result (*queue_response_fn)(struct MHD_Connection *, unsigned, struct MHD_Response *);
typedef int (*get_values_fn)(struct MHD_Connection *, enum MHD_ValueKind, MHD_KeyValueIterator, void *);
typedef enum MHD_Result (*lookup_fn)(struct MHD_Connection *, enum MHD_ValueKind, const char *, size_t, const char **,
                                     size_t *);

static queue_response_fn real_queue_response;
static get_values_fn real_get_values;
static lookup_fn real_lookup;
static struct http_server *_Atomic served;
static _Thread_local const struct _u_request *announced;

__attribute__((constructor)) static void find_real_functions(void)
{
    /* POSIX lets a function pointer come out of dlsym; ISO C wants the detour. */
    *(void **)&real_queue_response = dlsym(RTLD_NEXT, "MHD_queue_response");
    *(void **)&real_get_values = dlsym(RTLD_NEXT, "MHD_get_connection_values");
    *(void **)&real_lookup = dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
}

bool park_check(char *complaint, size_t complaint_size)
{
    void *seen = dlsym(RTLD_DEFAULT, "MHD_queue_response"),
         *values_seen = dlsym(RTLD_DEFAULT, "MHD_get_connection_values"),
         *lookup_seen = dlsym(RTLD_DEFAULT, "MHD_lookup_connection_value_n");
    queue_response_fn own = MHD_queue_response;
    get_values_fn own_values = MHD_get_connection_values;
    lookup_fn own_lookup = MHD_lookup_connection_value_n;
    if (real_queue_response && real_get_values && real_lookup && seen == *(void **)&own &&
        values_seen == *(void **)&own_values && lookup_seen == *(void **)&own_lookup)
        return true;
    (void)snprintf(complaint, complaint_size,
                   "libmicrohttpd is not interposed: link the executable with MHD_queue_response, "
                   "MHD_get_connection_values and MHD_lookup_connection_value_n exported, before the libraries");
    return false;
}

bool park_serve(struct http_server *server_or_null)
{
    struct http_server *none = NULL;
    if (server_or_null)
        return atomic_compare_exchange_strong(&served, &none, server_or_null);
    atomic_store(&served, NULL);
    return true;
}

void park_announce(const struct _u_request *request)
{
    announced = request;
}

enum MHD_Result park_queue_real(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    return real_queue_response(connection, status, response);
}

/* A request that ulfius has read in full. */
static enum MHD_Result arrive(struct http_server *server, struct MHD_Connection *connection,
                              const struct _u_request *request, struct MHD_Response *empty)
{
    struct job *job = job_take(server);
    receive_whole(connection);
    context_begin(job, connection, request);
    if (dispatch_begin(job) == DISPATCH_HAND_OVER && caller_take_place(job) && work_hand_over(job))
        return MHD_YES;
    if (job->wait_wanted && !error_is_set(&job->err)) {
        MHD_suspend_connection(connection);
        watch_park(job);
        return MHD_YES;
    }
    enum MHD_Result result;
    if (job->err.kind == ERROR_HEADERS_TOO_LARGE || job->err.kind == ERROR_URI_TOO_LONG) {
        receive_reads_on(connection);
        respond_directly(job); /* there may be no room for a head on this connection */
        result = real_queue_response(connection, (unsigned)job->ctx.status, empty);
    } else {
        result = respond_send(job, empty);
    }
    job_release(job);
    return result;
}

/* A request that libmicrohttpd does not understand: its own page becomes a problem document. Past its queue: 0.9.75
   sends the head of an error about Content-Length twice. The page is queued all the same, since libmicrohttpd goes on
   as if it were, and finds that nobody can be written to. */
static enum MHD_Result refuse(struct http_server *server, struct MHD_Connection *connection, unsigned status,
                              struct MHD_Response *page)
{
    static const enum text_key keys[ERROR_KIND_COUNT] = {
        [ERROR_BAD_REQUEST] = TEXT_HTTP_BAD_REQUEST,
        [ERROR_INTERNAL] = TEXT_HTTP_INTERNAL,
        [ERROR_BODY_TOO_LARGE] = TEXT_HTTP_BODY_TOO_LARGE,
        [ERROR_URI_TOO_LONG] = TEXT_HTTP_URI_TOO_LONG,
        [ERROR_HEADERS_TOO_LARGE] = TEXT_HTTP_HEADERS_TOO_LARGE,
    };
    enum error_kind kind = problem_kind_of_status(status);
    struct job *job = job_take(server);
    receive_reads_on(connection);
    context_begin(job, connection, receive_request(connection));
    size_t limit = kind == ERROR_BODY_TOO_LARGE ? server->settings.body_max
                   : kind == ERROR_URI_TOO_LONG ? HTTP_URI_MAX
                                                : HTTP_HEAD_MAX;
    (void)error_set(&job->err, kind, keys[kind], arena_printf(job->ctx.arena, "%zu", limit));
    respond_directly(job);
    job_release(job);
    return real_queue_response(connection, status, page);
}

void park_refuse_slow(struct http_server *server, struct MHD_Connection *connection)
{
    struct job *job = job_take(server);
    context_begin(job, connection, receive_request(connection));
    (void)error_set(&job->err, ERROR_REQUEST_TIMEOUT, TEXT_HTTP_REQUEST_TIMEOUT,
                    arena_printf(job->ctx.arena, "%d", server->settings.receive_s));
    respond_directly(job);
    job_release(job);
}

/* Before the body is read: refuses the one that we would not take, so that nobody sends it for nothing. */
static void look_at_head(struct http_server *server, struct MHD_Connection *connection)
{
    if (!MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length") &&
        !MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding"))
        return;
    struct job *job = job_take(server);
    context_begin(job, connection, receive_request(connection));
    if (dispatch_refuses_body(job)) {
        job->close_connection = true;
        receive_reads_on(connection);
        (void)respond_send(job, NULL);
    }
    job_release(job);
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    struct http_server *server = atomic_load_explicit(&served, memory_order_acquire);
    const struct _u_request *request = announced;
    announced = NULL;
    if (server && request)
        return arrive(server, connection, request, response);
    if (server && status >= MHD_HTTP_BAD_REQUEST)
        return refuse(server, connection, status, response);
    return real_queue_response(connection, status, response);
}

/* ulfius calls this when the headers are there and the body is not: the moment to refuse a body that we would never
 * take. */
int MHD_get_connection_values(struct MHD_Connection *connection, enum MHD_ValueKind kind, MHD_KeyValueIterator iterator,
                              void *iterator_cls)
{
    struct http_server *server = atomic_load_explicit(&served, memory_order_acquire);
    if (!server || !iterator)
        return real_get_values(connection, kind, iterator, iterator_cls);
    if (kind == MHD_HEADER_KIND)
        look_at_head(server, connection);
    return 0;
}

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                              const char *key, size_t key_size, const char **value_ptr,
                                              size_t *value_size_ptr)
{
    static const char cookie[] = "Cookie";
    if (kind == MHD_HEADER_KIND && key && key_size == sizeof cookie - 1 && memcmp(key, cookie, key_size) == 0)
        return MHD_NO;
    return real_lookup(connection, kind, key, key_size, value_ptr, value_size_ptr);
}
