/* Start and stop: the socket, ulfius on top of libmicrohttpd's epoll pool, and the drain. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <ulfius.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"

#define BACKLOG   4096
#define FLUSH_MS  500 /* for the last answers to leave once everybody has one */
#define OUR_FILES 256 /* the log, epoll, what lingers, PostgreSQL again */

/* ---- what ulfius and libmicrohttpd call ---- */

/* Everything happens in MHD_queue_response, which ulfius calls next on this thread, with the connection. */
static int on_request(const struct _u_request *request, struct _u_response *response, void *cls)
{
    (void)response;
    (void)cls;
    park_announce(request);
    return U_CALLBACK_COMPLETE;
}

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct http_server *server = cls;
    metrics_begun(server->metrics);
    void *request = ulfius_uri_logger(NULL, uri);
    receive_begun(connection, request);
    /* ulfius has copied the whole of it. libmicrohttpd parses what follows the '?' next, in place, into memory that a
       long query exhausts at a point where 0.9.75 does not survive it; nobody reads the result, so it shall see an
       empty query. */
    char *query = uri ? strchr((char *)(uintptr_t)uri, '?') : NULL;
    if (query && query[1])
        query[1] = '\0';
    return request;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct http_server *server = cls;
    if (receive_is_slow(connection))
        park_refuse_slow(server, connection);
    receive_completed(server->receiving, connection);
    mhd_request_completed(NULL, connection, con_cls, why);
    metrics_completed(server->metrics);
}

/* ---- start ---- */

static bool complain(char *complaint, size_t size, const char *what)
{
    (void)snprintf(complaint, size, "%s: %s", what, strerror(errno));
    return false;
}

/* The port of a bound socket; 0 when there is none. */
static int port_of(int listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    return getsockname(listener, (struct sockaddr *)&address, &length) == 0 ? ntohs(address.sin_port) : 0;
}

int http_bind(const char *address, int port, int *ret_port, char *complaint, size_t complaint_size)
{
    struct sockaddr_in wanted = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char what[96];
    int on = 1;
    if (inet_pton(AF_INET, address, &wanted.sin_addr) != 1) {
        (void)snprintf(complaint, complaint_size, "%s is no IPv4 address", address);
        return -1;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* SO_REUSEPORT: a second process may take over, or share, the port. */
    if (listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (port == 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
        bind(listener, (struct sockaddr *)&wanted, sizeof wanted) == 0) {
        *ret_port = port_of(listener);
        return listener;
    }
    (void)snprintf(what, sizeof what, "cannot listen on %s port %d", address, port);
    (void)complain(complaint, complaint_size, what);
    if (listener >= 0)
        (void)close(listener);
    return -1;
}

static bool start_listening(struct http_server *server, char *complaint, size_t complaint_size)
{
    server->port = port_of(server->listen_socket);
    return listen(server->listen_socket, BACKLOG) == 0 ? true : complain(complaint, complaint_size, "cannot listen");
}

/* Each connection is a file: the soft limit of 1,024 is for programs that use select(). Where there cannot be enough,
   there are fewer connections: PostgreSQL has to be reached again when all of them are held. */
static bool allow_files(struct http_server *server, char *complaint, size_t complaint_size)
{
    struct rlimit limit;
    rlim_t ours = (rlim_t)server->settings.db_threads + OUR_FILES;
    rlim_t wanted = (rlim_t)server->settings.connections_max + ours;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return complain(complaint, complaint_size, "cannot read the limit of open files");
    if (limit.rlim_cur >= wanted)
        return true;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (limit.rlim_cur < wanted) {
        server->settings.connections_max =
            (int)(limit.rlim_cur > 2 * ours ? limit.rlim_cur - ours : limit.rlim_cur / 2);
        log_event(LOG_WARN, "file_limit", LOG_N("wanted", wanted), LOG_N("allowed", limit.rlim_cur),
                  LOG_N("connections", server->settings.connections_max));
    }
    return setrlimit(RLIMIT_NOFILE, &limit) == 0
               ? true
               : complain(complaint, complaint_size, "cannot raise the limit of open files");
}

static bool start_ulfius(struct http_server *server, char *complaint, size_t complaint_size)
{
    const struct http_settings *settings = &server->settings;
    struct _u_instance *instance = calloc(1, sizeof *instance);
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, server},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)receive_connection, server},
        {MHD_OPTION_LISTEN_SOCKET, server->listen_socket, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, settings->io_threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, settings->connections_max, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_timeout_s, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)HTTP_CONNECTION_MEMORY, NULL},
        /* We are strict ourselves: libmicrohttpd's own error about a missing Host goes out with two heads. */
        {MHD_OPTION_STRICT_FOR_CLIENT, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    if (!instance)
        abort();
    if (ulfius_init_instance(instance, (unsigned)server->port, NULL, NULL) != U_OK) {
        free(instance);
        (void)snprintf(complaint, complaint_size, "ulfius does not initialise");
        return false;
    }
    server->instance = instance;
    instance->max_post_body_size = settings->body_max + 1;
    instance->allowed_post_processor = U_POST_PROCESS_NONE;
    instance->check_utf8 = 0;
    if (ulfius_add_endpoint_by_val(instance, "*", NULL, "*", 0, &on_request, NULL) != U_OK ||
        ulfius_start_framework_with_mhd_options(instance, MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME,
                                                options) != U_OK) {
        (void)snprintf(complaint, complaint_size, "libmicrohttpd does not start with %d IO threads",
                       settings->io_threads);
        return false;
    }
    server->daemon = instance->mhd_daemon;
    return true;
}

static struct http_server *server_new(const struct http_settings *settings)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->settings = *settings;
    server->listen_socket = settings->listener;
    server->cookie_name = strncmp(settings->public_url, "https://", 8) == 0 ? "__Host-oam_session" : "oam_session";
    (void)pthread_mutex_init(&server->queue.mutex, NULL);
    (void)pthread_cond_init(&server->queue.filled, NULL);
    (void)pthread_mutex_init(&server->watching.mutex, NULL);
    (void)pthread_cond_init(&server->watching.changed, NULL);
    (void)pthread_mutex_init(&server->jobs_mutex, NULL);
    server->metrics = metrics_new(settings->n_routes);
    server->limiter = limiter_new();
    server->waits = tally_new();
    server->places = tally_new();
    return server;
}

static void server_free(struct http_server *server)
{
    (void)park_serve(NULL);
    if (server->instance) {
        ulfius_clean_instance(server->instance);
        free(server->instance);
    }
    if (server->listen_socket >= 0)
        (void)close(server->listen_socket);
    router_free(server->router);
    receive_stop(server->receiving);
    jobs_free_all(server);
    limiter_free(server->limiter);
    tally_free(server->waits);
    tally_free(server->places);
    metrics_free(server->metrics);
    (void)pthread_mutex_destroy(&server->queue.mutex);
    (void)pthread_cond_destroy(&server->queue.filled);
    (void)pthread_mutex_destroy(&server->watching.mutex);
    (void)pthread_cond_destroy(&server->watching.changed);
    (void)pthread_mutex_destroy(&server->jobs_mutex);
    free(server);
}

struct http_server *http_server_start(const struct http_settings *settings, char *complaint, size_t complaint_size)
{
    if (!park_check(complaint, complaint_size)) {
        (void)close(settings->listener);
        return NULL;
    }
    struct http_server *server = server_new(settings);
    if (!park_serve(server)) {
        (void)snprintf(complaint, complaint_size, "there is another HTTP server in this process");
        (void)close(server->listen_socket);
        limiter_free(server->limiter);
        tally_free(server->waits);
        tally_free(server->places);
        metrics_free(server->metrics);
        free(server);
        return NULL;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a client that hangs up is no reason to die */
    if (!network_parse(settings->proxy, &server->proxy)) {
        (void)snprintf(complaint, complaint_size, "OAM_PROXY is an IPv4 network, as 10.0.3.0/24");
        server_free(server);
        return NULL;
    }
    server->router = router_new(settings->routes, settings->n_routes, complaint, complaint_size);
    if (server->router && allow_files(server, complaint, complaint_size) &&
        start_listening(server, complaint, complaint_size)) {
        server->receiving = receive_start(settings->receive_s);
        if (!server->receiving)
            (void)snprintf(complaint, complaint_size, "cannot start the thread that ends slow requests");
        else if (work_start(server, complaint, complaint_size) && watch_start(server, complaint, complaint_size) &&
                 start_ulfius(server, complaint, complaint_size))
            return server;
        watch_stop(server);
        work_stop(server);
    }
    server_free(server);
    return NULL;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

uint64_t http_activity(const struct http_server *server)
{
    return (uint64_t)metrics_all_begun(server->metrics) + receive_ended(server->receiving);
}

char *http_metrics(const struct http_server *server, struct arena *arena)
{
    return metrics_text(server, arena);
}

/* ---- stop ---- */

static void wait_for_quiet(const struct http_server *server, int64_t until)
{
    while (metrics_in_flight(server->metrics) > 0 && clock_monotonic() < until)
        (void)nanosleep(&(struct timespec){.tv_nsec = 2000000L}, NULL);
}

void http_server_stop(struct http_server *server, int drain_s)
{
    atomic_store(&server->draining, true);
    /* Nobody new: the pool forgets the socket, and the kernel refuses what would still come. It is closed at the very
       end, when no thread can mistake another file of the same number for it. */
    (void)MHD_quiesce_daemon(server->daemon);
    (void)shutdown(server->listen_socket, SHUT_RD);
    watch_let_go(server);
    wait_for_quiet(server, clock_monotonic() + (int64_t)drain_s * 1000000);
    log_event(LOG_INFO, "drained", LOG_N("left", metrics_in_flight(server->metrics)));
    watch_stop(server);
    work_stop(server);
    wait_for_quiet(server, clock_monotonic() + FLUSH_MS * INT64_C(1000));
    (void)ulfius_stop_framework(server->instance);
    server_free(server);
}
