/* Who waits for something to happen: long-polls, and streams that have told all they know. Each is suspended, without a
   thread, a connection to the database or a job. One thread looks after all of them: when something has happened, when
   their time has passed. What memory can tell it answers itself; the rest it hands to a database thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "http/internal.h"

#define LOOK_MS 50 /* how late the end of a wait may be noticed */

/* What the answer that comes later takes up again; a stream has answered. */
struct long_poll {
    struct parked parked; /* the first: found again by it */
    int64_t started;      /* monotonic µs */
    char request_id[37], trace_id[33];
};

/* ---- in ---- */

/* Looked at once more when it is in the list: what has happened since its handler looked woke nobody here. */
static void park(struct watching *watching, struct parked *parked)
{
    bool alone = !watching->first;
    parked->next = watching->first;
    watching->first = parked;
    if (!alone && parked->until > 0 && !parked->watch->ready(parked->watch))
        return;
    watching->woken = true;
    (void)pthread_cond_signal(&watching->changed);
}

/* The server is about to stop: the handler says what there is. */
static void refuse_to_park(struct job *job)
{
    job->ctx.watch = job->watch;
    job->ctx.prefer_wait_s = 0;
    work_queue_again(job);
}

static struct parked *parked_new(struct job *job)
{
    struct long_poll *poll = calloc(1, sizeof *poll);
    if (!poll)
        abort();
    poll->parked = (struct parked){
        .connection = job->connection,
        .request = job->request,
        .watch = job->watch,
        .until = job->wait_until,
        .wait = job->wait,
        .who = auth_who(job->ctx.actor.principal),
        .access = job->access,
    };
    poll->started = job->ctx.started;
    memcpy(poll->request_id, job->ctx.request_id, sizeof poll->request_id);
    memcpy(poll->trace_id, job->ctx.trace_id, sizeof poll->trace_id);
    job->watch = NULL;
    job->wait = 0;
    job_release(job);
    return &poll->parked;
}

void watch_park(struct job *job)
{
    struct http_server *server = job->server;
    struct watching *watching = &server->watching;
    (void)pthread_mutex_lock(&watching->mutex);
    bool closed = watching->closed;
    if (!closed) {
        metrics_add(server->metrics, METRIC_PARKED, 1);
        park(watching, parked_new(job));
    }
    (void)pthread_mutex_unlock(&watching->mutex);
    if (closed)
        refuse_to_park(job);
}

bool watch_park_stream(struct http_server *server, struct parked *parked)
{
    struct watching *watching = &server->watching;
    (void)pthread_mutex_lock(&watching->mutex);
    bool closed = watching->closed;
    if (!closed) {
        /* Before anybody else can see it: a connection may only be resumed once it is suspended. */
        MHD_suspend_connection(parked->connection);
        park(watching, parked);
    }
    (void)pthread_mutex_unlock(&watching->mutex);
    return !closed;
}

/* ---- out ---- */

/* A job takes the request up again; its head is where libmicrohttpd keeps it. */
static void wake(struct http_server *server, struct long_poll *poll, bool expired)
{
    struct parked *parked = &poll->parked;
    struct job *job = job_take(server);
    context_begin(job, parked->connection, parked->request);
    struct context *ctx = &job->ctx;
    memcpy(ctx->request_id, poll->request_id, sizeof ctx->request_id);
    memcpy(ctx->trace_id, poll->trace_id, sizeof ctx->trace_id);
    ctx->started = poll->started;
    ctx->watch = job->watch = parked->watch;
    job->wait_until = parked->until;
    job->wait = parked->wait;
    if (expired)
        ctx->prefer_wait_s = 0;
    free(poll);
    metrics_add(server->metrics, METRIC_PARKED, -1);
    if (dispatch_woken(job) == DISPATCH_HAND_OVER)
        work_queue_again(job);
    else if (job->wait_wanted && !error_is_set(&job->err))
        watch_park(job);
    else
        work_answer(job);
}

/* The rights of who waits may have changed: both ask anew who that is, at once. */
static bool changed(const struct http_server *server, const struct parked *parked)
{
    return auth_changed(server->settings.auth, parked->who, parked->access);
}

/* Under the mutex: those that are to be looked at now. */
static struct parked *take_due(struct http_server *server, int64_t now)
{
    struct watching *watching = &server->watching;
    struct parked *due = NULL;
    for (struct parked **link = &watching->first; *link;) {
        struct parked *parked = *link;
        if (!watching->closed && now < parked->until && !changed(server, parked) &&
            !parked->watch->ready(parked->watch)) {
            link = &parked->next;
            continue;
        }
        *link = parked->next;
        parked->next = due;
        due = parked;
    }
    return due;
}

static void see_to(struct http_server *server, struct parked *due, int64_t now, bool closed)
{
    for (struct parked *parked = due, *next; parked; parked = next) {
        next = parked->next;
        if (!parked->stream)
            wake(server, (struct long_poll *)parked, closed || now >= parked->until);
        else if (!closed && (now >= parked->until || changed(server, parked)))
            stream_check(server, parked);
        else
            MHD_resume_connection(parked->connection); /* it tells what there is, or that it ends */
    }
}

/* Until something happens, or somebody's time may have passed. Under the mutex. */
static void rest(struct watching *watching)
{
    struct timespec until;
    if (!watching->first) {
        (void)pthread_cond_wait(&watching->changed, &watching->mutex);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_clockwait(&watching->changed, &watching->mutex, CLOCK_MONOTONIC, &until);
}

static void *watch_main(void *cls)
{
    struct http_server *server = cls;
    struct watching *watching = &server->watching;
    (void)pthread_mutex_lock(&watching->mutex);
    while (!watching->closed || watching->first) {
        if (!watching->woken && !watching->closed)
            rest(watching);
        watching->woken = false;
        int64_t now = clock_monotonic();
        bool closed = watching->closed;
        struct parked *due = take_due(server, now);
        (void)pthread_mutex_unlock(&watching->mutex);
        see_to(server, due, now, closed);
        (void)pthread_mutex_lock(&watching->mutex);
    }
    (void)pthread_mutex_unlock(&watching->mutex);
    return NULL;
}

/* ---- from outside ---- */

void http_wake_all(struct http_server *server)
{
    struct watching *watching = &server->watching;
    (void)pthread_mutex_lock(&watching->mutex);
    watching->woken = true;
    (void)pthread_cond_signal(&watching->changed);
    (void)pthread_mutex_unlock(&watching->mutex);
}

bool watch_start(struct http_server *server, char *complaint, size_t complaint_size)
{
    server->watching.started = pthread_create(&server->watching.thread, NULL, watch_main, server) == 0;
    if (!server->watching.started)
        (void)snprintf(complaint, complaint_size, "cannot start the thread that looks after who waits");
    return server->watching.started;
}

void watch_let_go(struct http_server *server)
{
    struct watching *watching = &server->watching;
    (void)pthread_mutex_lock(&watching->mutex);
    watching->closed = true;
    (void)pthread_cond_signal(&watching->changed);
    (void)pthread_mutex_unlock(&watching->mutex);
}

void watch_stop(struct http_server *server)
{
    watch_let_go(server);
    if (server->watching.started)
        (void)pthread_join(server->watching.thread, NULL);
    server->watching.started = false;
}
