/* Database threads, and the queue in front of them.

   A job is owned by one party at a time: the thread that made it, the queue, or a database thread. The mutex of the
   queue passes it on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"

#define READ_YOUNG_US       INT64_C(1000)
#define READS_AT_ONCE_LEAST 2
#define COMPANY_MAX         16 /* reads that share a round trip: more of them, and the first waits for the last */

/* ---- the queue ---- */

static void line_append(struct job_line *line, struct job *job)
{
    job->next = NULL;
    if (line->last)
        line->last->next = job;
    else
        line->first = job;
    line->last = job;
    line->length++;
}

static struct job *line_take(struct job_line *line)
{
    struct job *job = line->first;
    line->first = job->next;
    if (!line->first)
        line->last = NULL;
    line->length--;
    return job;
}

static bool is_read(const struct job *job)
{
    return strcmp(job->ctx.method, "GET") == 0 || job->head;
}

static bool reads_may_start(const struct reads *reads, int64_t now)
{
    int young = 0;
    for (int i = 0; i < reads->n_threads; i++)
        young += reads->began[i] != 0 && now - reads->began[i] < READ_YOUNG_US;
    return young < reads->at_once;
}

bool work_hand_over(struct job *job)
{
    struct http_server *server = job->server;
    struct job_queue *queue = &server->queue;
    (void)pthread_mutex_lock(&queue->mutex);
    bool closed = queue->closed;
    bool full = queue->fresh.length + queue->fresh_reads.length >= (size_t)server->settings.queue_max;
    if (!closed && !full) {
        job->mark = arena_mark(job->ctx.arena);
        /* Before anybody else can see the job: a connection may only be resumed once it is suspended. */
        MHD_suspend_connection(job->connection);
        line_append(is_read(job) ? &queue->fresh_reads : &queue->fresh, job);
        /* Nobody is woken for what may not start: who watches will see it, or who is done with another. */
        if (!is_read(job) || !queue->reads.watched || reads_may_start(&queue->reads, job->ctx.started))
            (void)pthread_cond_signal(&queue->filled);
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    if (closed) {
        job->err.retry_after_s = 1;
        return error_set(&job->err, ERROR_UNAVAILABLE, TEXT_HTTP_DRAINING);
    }
    if (full) {
        metrics_add(server->metrics, METRIC_SHED, 1);
        job->err.retry_after_s = 2;
        return error_set(&job->err, ERROR_OVERLOADED, TEXT_HTTP_OVERLOADED);
    }
    metrics_add(server->metrics, METRIC_HANDED_OVER, 1);
    return true;
}

void work_queue_again(struct job *job)
{
    struct http_server *server = job->server;
    job->mark = arena_mark(job->ctx.arena);
    job->ctx.deadline = clock_monotonic() + (int64_t)server->settings.deadline_ms * 1000;
    (void)pthread_mutex_lock(&server->queue.mutex);
    bool closed = server->queue.closed; /* the threads that would take it are leaving */
    if (!closed) {
        line_append(&server->queue.woken, job);
        (void)pthread_cond_signal(&server->queue.filled);
    }
    (void)pthread_mutex_unlock(&server->queue.mutex);
    if (closed) {
        (void)error_set(&job->err, ERROR_UNAVAILABLE, TEXT_HTTP_DRAINING);
        work_answer(job);
    }
}

/* A read that turned out to want more than company allows: nobody waits for it, and it waits for a thread of its own.
 */
static void queue_alone(struct http_server *server, struct job *job)
{
    arena_rewind(job->ctx.arena, job->mark);
    job->alone = true;
    (void)pthread_mutex_lock(&server->queue.mutex);
    line_append(&server->queue.fresh_reads, job);
    (void)pthread_cond_signal(&server->queue.filled);
    (void)pthread_mutex_unlock(&server->queue.mutex);
}

/* The line of the fresh one that came first and may start. */
static struct job_line *fresh_line(struct job_queue *queue, int64_t now)
{
    const struct job *read = queue->fresh_reads.first, *other = queue->fresh.first;
    bool read_may = read && (queue->closed || reads_may_start(&queue->reads, now));
    if (!read_may)
        return other ? &queue->fresh : NULL;
    return other && other->ctx.started < read->ctx.started ? &queue->fresh : &queue->fresh_reads;
}

/* Under the mutex. NULL: nobody whose turn it may be. */
static struct job *queue_take(struct job_queue *queue, int thread)
{
    int64_t now = clock_monotonic();
    queue->reads.began[thread] = 0;
    bool woken_may = queue->woken.first && (queue->closed || queue->woken_running < queue->woken_running_max);
    struct job_line *fresh = fresh_line(queue, now);
    bool fresh_first = fresh && (queue->woken_was_last || !woken_may);
    if (!fresh_first && !woken_may)
        return NULL;
    struct job *job = line_take(fresh_first ? fresh : &queue->woken);
    job->woken = queue->woken_was_last = !fresh_first;
    queue->woken_running += job->woken;
    if (fresh_first && fresh == &queue->fresh_reads)
        queue->reads.began[thread] = now;
    return job;
}

/* Until something is handed over; where reads may not start yet, one thread looks again by itself. */
static void queue_wait(struct job_queue *queue)
{
    if (!queue->fresh_reads.first || queue->reads.watched) {
        (void)pthread_cond_wait(&queue->filled, &queue->mutex);
        return;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += READ_YOUNG_US * 1000;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    queue->reads.watched = true;
    (void)pthread_cond_clockwait(&queue->filled, &queue->mutex, CLOCK_MONOTONIC, &until);
    queue->reads.watched = false;
}

/* Of a caller who is known, for a route that tells what it will read. */
static bool may_have_company(const struct job *job)
{
    return job->ctx.route->ask && !job->authenticate_later && !job->alone && job->wait_until == 0;
}

/* The reads behind `jobs[0]` that may share its round trip. Returns how many there are now. */
static size_t take_company(struct job_queue *queue, struct job **jobs)
{
    size_t count = 1;
    if (!may_have_company(jobs[0]))
        return count;
    while (count < COMPANY_MAX && queue->fresh_reads.first && may_have_company(queue->fresh_reads.first))
        jobs[count++] = line_take(&queue->fresh_reads);
    return count;
}

/* Up to COMPANY_MAX. 0: closed and empty. *ret_closed: what is left is only to be refused. */
static size_t queue_pop(struct job_queue *queue, int thread, struct job **ret_jobs, bool *ret_closed)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&queue->mutex);
    while (!(ret_jobs[0] = queue_take(queue, thread)) && !queue->closed)
        queue_wait(queue);
    if (ret_jobs[0])
        count = take_company(queue, ret_jobs);
    /* Who takes a job may have been the one who watched. */
    if (queue->fresh_reads.first && !queue->reads.watched)
        (void)pthread_cond_signal(&queue->filled);
    *ret_closed = queue->closed;
    (void)pthread_mutex_unlock(&queue->mutex);
    return count;
}

/* After a woken job: its thread comes back for the next one by itself. */
static void queue_done(struct job_queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    queue->woken_running--;
    (void)pthread_mutex_unlock(&queue->mutex);
}

size_t work_queue_length(const struct http_server *server)
{
    /* Reading it locks the mutex, which is no change of the server that a caller could see. */
    struct job_queue *queue = (struct job_queue *)(uintptr_t)&server->queue;
    (void)pthread_mutex_lock(&queue->mutex);
    size_t length = queue->fresh.length + queue->fresh_reads.length + queue->woken.length;
    (void)pthread_mutex_unlock(&queue->mutex);
    return length;
}

/* ---- a database thread ---- */

void work_answer(struct job *job)
{
    struct MHD_Connection *connection = job->connection;
    if (job->stream)
        stream_go_on(job);
    else if (respond_send(job, NULL) != MHD_YES)
        log_event(LOG_ERROR, "response_refused", LOG_S("request_id", job->ctx.request_id));
    job_release(job);
    MHD_resume_connection(connection);
}

/* Makes the job ready to run with `store`. False, with the error set, when it is too late for it. */
static bool begin(struct http_server *server, struct job *job, struct store *store, bool closed)
{
    if (closed)
        return error_set(&job->err, ERROR_UNAVAILABLE, TEXT_HTTP_DRAINING);
    if (clock_monotonic() > job->ctx.deadline) {
        metrics_add(server->metrics, METRIC_SHED, 1);
        return error_set(&job->err, ERROR_DEADLINE, TEXT_HTTP_DEADLINE);
    }
    if (job->wait_until != 0) { /* forget what the last run left */
        arena_rewind(job->ctx.arena, job->mark);
        context_forget_answer(job);
    }
    job->ctx.store = store;
    job->wait_wanted = false;
    return true;
}

static void end(struct job *job)
{
    job->ctx.store = NULL;
    if (job->wait_wanted && !error_is_set(&job->err))
        watch_park(job);
    else
        work_answer(job);
}

static void run(struct http_server *server, struct job *job, struct store *store, bool closed)
{
    if (begin(server, job, store, closed))
        (job->wait_until != 0 ? dispatch_again : dispatch_continue)(job);
    end(job);
}

/* One round trip for what several callers ask: waking threads and processes for each costs more than the reading. */
static void run_together(struct http_server *server, struct job **jobs, size_t count, struct store *store, bool closed)
{
    struct tx *asked[COMPANY_MAX];
    size_t n_asked = 0;
    for (size_t i = 0; i < count; i++) {
        struct tx *company = NULL;
        if (!begin(server, jobs[i], store, closed) || !dispatch_ask(jobs[i], &company)) {
            work_answer(jobs[i]);
        } else if (!company) {
            queue_alone(server, jobs[i]);
        } else {
            jobs[n_asked] = jobs[i];
            asked[n_asked++] = company;
        }
    }
    if (n_asked > 1 && server->settings.ask_together(asked, n_asked))
        metrics_add(server->metrics, METRIC_SHARED, (int64_t)n_asked);
    for (size_t i = 0; i < n_asked; i++) {
        dispatch_finish(jobs[i]);
        end(jobs[i]);
    }
}

static int thread_number(struct job_queue *queue)
{
    (void)pthread_mutex_lock(&queue->mutex);
    int number = queue->reads.n_threads++;
    (void)pthread_mutex_unlock(&queue->mutex);
    return number;
}

static void *database_main(void *cls)
{
    struct http_server *server = cls;
    const struct http_settings *settings = &server->settings;
    struct store *store = settings->store_open ? settings->store_open(settings->app) : NULL;
    struct job *jobs[COMPANY_MAX];
    size_t count;
    bool closed;
    int thread = thread_number(&server->queue);
    while ((count = queue_pop(&server->queue, thread, jobs, &closed)) > 0) {
        bool woken = jobs[0]->woken; /* the job is not ours any more after run() */
        metrics_add(server->metrics, METRIC_BUSY, 1);
        if (count == 1)
            run(server, jobs[0], store, closed);
        else
            run_together(server, jobs, count, store, closed);
        metrics_add(server->metrics, METRIC_BUSY, -1);
        if (woken)
            queue_done(&server->queue);
    }
    if (store && settings->store_close)
        settings->store_close(store);
    return NULL;
}

bool work_start(struct http_server *server, char *complaint, size_t complaint_size)
{
    server->queue.woken_running_max = server->settings.db_threads > 1 ? server->settings.db_threads / 2 : 1;
    server->db_threads = calloc((size_t)server->settings.db_threads, sizeof *server->db_threads);
    struct reads *reads = &server->queue.reads;
    reads->began = calloc((size_t)server->settings.db_threads, sizeof *reads->began);
    if (!server->db_threads || !reads->began)
        abort();
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    reads->at_once = processors > READS_AT_ONCE_LEAST ? (int)processors : READS_AT_ONCE_LEAST;
    for (int i = 0; i < server->settings.db_threads; i++, server->n_db_threads++)
        if (pthread_create(&server->db_threads[i], NULL, database_main, server) != 0) {
            (void)snprintf(complaint, complaint_size, "cannot start %d database threads", server->settings.db_threads);
            return false;
        }
    return true;
}

void work_stop(struct http_server *server)
{
    (void)pthread_mutex_lock(&server->queue.mutex);
    server->queue.closed = true;
    (void)pthread_cond_broadcast(&server->queue.filled);
    (void)pthread_mutex_unlock(&server->queue.mutex);
    for (int i = 0; i < server->n_db_threads; i++)
        (void)pthread_join(server->db_threads[i], NULL);
    free(server->db_threads);
    free(server->queue.reads.began);
}
