/* Requests on their way in: how long they may take, and what becomes of a body that is refused before it is read.

   libmicrohttpd only knows how long a connection is silent, so that a byte now and then would hold one for ever. Each
   connection has a peer here, from its start to its end; a thread of ours looks at all of them now and then, and shuts
   the reading side of the socket of one that is too slow. Its IO thread then finds the end of the request, and tells
   the client why (park_refuse_slow): nobody else ever writes to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <ulfius.h>
#include <unistd.h>

#include "http/internal.h"

#define TICK_MS     250
#define LINGER_MS   INT64_C(4000)
#define LINGER_MOST 128
#define DISCARD     ((size_t)64 * 1024)
#define DISCARDS    32 /* of one socket in a tick: 2 MB */

struct peer {
    struct peer *next, *previous;
    int socket;
    bool reads_on;                       /* of the IO thread alone */
    atomic_bool too_slow;                /* its reading side is shut */
    atomic_int_least64_t arriving_since; /* monotonic µs; 0: nothing is */
    struct connection_info_struct *info;
};

/* A socket that libmicrohttpd has closed, by another number: the client may still be sending. */
struct lingering {
    int socket;
    int64_t until;
};

struct receiving {
    pthread_mutex_t mutex;
    pthread_cond_t stopped;
    struct peer *first;
    atomic_uint_least64_t ended; /* connections */
    struct lingering lingering[LINGER_MOST];
    size_t n_lingering;
    int64_t limit_us;
    pthread_t thread;
    bool stop;
};

/* ---- the IO threads ---- */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static struct peer *peer_new(struct receiving *receiving, int socket)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        abort();
    peer->socket = socket;
    (void)pthread_mutex_lock(&receiving->mutex);
    peer->next = receiving->first;
    if (peer->next)
        peer->next->previous = peer;
    receiving->first = peer;
    (void)pthread_mutex_unlock(&receiving->mutex);
    return peer;
}

/* Before its socket is closed, so that the thread never shuts another of the same number. */
static void peer_free(struct receiving *receiving, struct peer *peer)
{
    (void)pthread_mutex_lock(&receiving->mutex);
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        receiving->first = peer->next;
    if (peer->next)
        peer->next->previous = peer->previous;
    (void)pthread_mutex_unlock(&receiving->mutex);
    (void)atomic_fetch_add_explicit(&receiving->ended, 1, memory_order_relaxed);
    free(peer);
}

uint64_t receive_ended(const struct receiving *receiving)
{
    return atomic_load_explicit(&receiving->ended, memory_order_relaxed);
}

void receive_connection(void *cls, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info ? peer_new(server->receiving, info->connect_fd) : NULL;
    } else if (*context) {
        peer_free(server->receiving, *context);
        *context = NULL;
    }
}

void receive_begun(struct MHD_Connection *connection, struct connection_info_struct *info)
{
    struct peer *peer = peer_of(connection);
    if (!peer)
        return;
    peer->info = info;
    atomic_store_explicit(&peer->arriving_since, clock_monotonic(), memory_order_relaxed);
}

const struct _u_request *receive_request(struct MHD_Connection *connection)
{
    const struct peer *peer = peer_of(connection);
    return peer && peer->info ? peer->info->request : NULL;
}

void receive_whole(struct MHD_Connection *connection)
{
    struct peer *peer = peer_of(connection);
    if (peer)
        atomic_store_explicit(&peer->arriving_since, 0, memory_order_relaxed);
}

void receive_reads_on(struct MHD_Connection *connection)
{
    struct peer *peer = peer_of(connection);
    receive_whole(connection);
    if (peer)
        peer->reads_on = true;
}

static void linger(struct receiving *receiving, int socket)
{
    int copy = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return;
    (void)pthread_mutex_lock(&receiving->mutex);
    bool room = receiving->n_lingering < LINGER_MOST;
    if (room)
        receiving->lingering[receiving->n_lingering++] =
            (struct lingering){copy, clock_monotonic() + LINGER_MS * INT64_C(1000)};
    (void)pthread_mutex_unlock(&receiving->mutex);
    if (!room)
        (void)close(copy);
}

bool receive_is_slow(struct MHD_Connection *connection)
{
    const struct peer *peer = peer_of(connection);
    return peer && atomic_load_explicit(&peer->too_slow, memory_order_relaxed) &&
           atomic_load_explicit(&peer->arriving_since, memory_order_relaxed) != 0;
}

void receive_completed(struct receiving *receiving, struct MHD_Connection *connection)
{
    struct peer *peer = peer_of(connection);
    if (!peer)
        return;
    if (peer->reads_on)
        linger(receiving, peer->socket);
    peer->reads_on = false;
    peer->info = NULL;
    receive_whole(connection);
}

/* ---- the thread ---- */

static void end_slow(const struct receiving *receiving, int64_t now)
{
    for (struct peer *peer = receiving->first; peer && receiving->limit_us > 0; peer = peer->next) {
        int64_t since = atomic_load_explicit(&peer->arriving_since, memory_order_relaxed);
        if (since == 0 || now - since < receiving->limit_us ||
            atomic_exchange_explicit(&peer->too_slow, true, memory_order_relaxed))
            continue;
        (void)shutdown(peer->socket, SHUT_RD);
    }
}

/* False when the other side has nothing more to say, or has said enough. */
static bool read_on(const struct lingering *one, int64_t now)
{
    static char nowhere[DISCARD];
    ssize_t got = 1;
    for (int i = 0; i < DISCARDS && got > 0; i++)
        got = recv(one->socket, nowhere, sizeof nowhere, MSG_DONTWAIT);
    return now < one->until && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)));
}

static void read_lingering(struct receiving *receiving, int64_t now)
{
    size_t left = 0;
    for (size_t i = 0; i < receiving->n_lingering; i++)
        if (read_on(&receiving->lingering[i], now))
            receiving->lingering[left++] = receiving->lingering[i];
        else
            (void)close(receiving->lingering[i].socket);
    receiving->n_lingering = left;
}

static void *receive_main(void *cls)
{
    struct receiving *receiving = cls;
    struct timespec until;
    (void)pthread_mutex_lock(&receiving->mutex);
    while (!receiving->stop) {
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_clockwait(&receiving->stopped, &receiving->mutex, CLOCK_MONOTONIC, &until);
        int64_t now = clock_monotonic();
        end_slow(receiving, now);
        read_lingering(receiving, now);
    }
    (void)pthread_mutex_unlock(&receiving->mutex);
    return NULL;
}

struct receiving *receive_start(int limit_s)
{
    struct receiving *receiving = calloc(1, sizeof *receiving);
    if (!receiving)
        abort();
    receiving->limit_us = (int64_t)limit_s * 1000000;
    (void)pthread_mutex_init(&receiving->mutex, NULL);
    (void)pthread_cond_init(&receiving->stopped, NULL);
    if (pthread_create(&receiving->thread, NULL, receive_main, receiving) == 0)
        return receiving;
    free(receiving);
    return NULL;
}

void receive_stop(struct receiving *receiving)
{
    if (!receiving)
        return;
    (void)pthread_mutex_lock(&receiving->mutex);
    receiving->stop = true;
    (void)pthread_cond_signal(&receiving->stopped);
    (void)pthread_mutex_unlock(&receiving->mutex);
    (void)pthread_join(receiving->thread, NULL);
    for (size_t i = 0; i < receiving->n_lingering; i++)
        (void)close(receiving->lingering[i].socket);
    (void)pthread_mutex_destroy(&receiving->mutex);
    (void)pthread_cond_destroy(&receiving->stopped);
    free(receiving);
}

void receive_forget_maps(struct MHD_Connection *connection)
{
    const struct peer *peer = peer_of(connection);
    if (!peer || !peer->info)
        return;
    struct connection_info_struct *info = peer->info; /* ulfius made it, and frees what is left */
    struct _u_request *request = info->request;
    struct _u_map **maps[] = {&request->map_url, &request->map_header, &request->map_cookie, &request->map_post_body};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        (void)u_map_clean_full(*maps[i]);
        *maps[i] = NULL;
    }
    (void)u_map_clean(&info->map_url_initial);
    info->map_url_initial = (struct _u_map){0};
}
