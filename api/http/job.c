#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define ARENA_FIRST_SIZE ((size_t)16 * 1024)
#define FREE_JOBS_MOST   64 /* thousands have waited at once; so many are not needed again soon */

/* An IO thread answers most requests itself, so it mostly takes the job that it has just released. */
static _Thread_local struct job *spare;

static struct job *job_new(struct http_server *server)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->server = server;
    job->ctx.arena = arena_new(ARENA_FIRST_SIZE);
    job->all_next = server->all_jobs;
    if (job->all_next)
        job->all_next->all_previous = job;
    server->all_jobs = job;
    return job;
}

static void job_free(struct job *job)
{
    arena_free(job->ctx.arena);
    free(job);
}

/* Under the mutex. */
static void job_unlink(struct job *job)
{
    *(job->all_previous ? &job->all_previous->all_next : &job->server->all_jobs) = job->all_next;
    if (job->all_next)
        job->all_next->all_previous = job->all_previous;
}

struct job *job_take(struct http_server *server)
{
    struct job *job = spare;
    if (job && job->server == server) {
        spare = NULL;
        return job;
    }
    (void)pthread_mutex_lock(&server->jobs_mutex);
    job = server->free_jobs;
    if (job) {
        server->free_jobs = job->next;
        server->n_free_jobs--;
    } else {
        job = job_new(server);
    }
    (void)pthread_mutex_unlock(&server->jobs_mutex);
    return job;
}

void job_release(struct job *job)
{
    struct http_server *server = job->server;
    tally_give(server->waits, job->wait);
    tally_give(server->places, job->place);
    if (job->watch)
        job->watch->release(job->watch);
    job->wait = job->place = 0;
    job->watch = NULL;
    arena_reset(job->ctx.arena);
    if (!spare) {
        spare = job;
        return;
    }
    (void)pthread_mutex_lock(&server->jobs_mutex);
    bool kept = server->n_free_jobs < FREE_JOBS_MOST;
    if (kept) {
        job->next = server->free_jobs;
        server->free_jobs = job;
        server->n_free_jobs++;
    } else {
        job_unlink(job);
    }
    (void)pthread_mutex_unlock(&server->jobs_mutex);
    if (!kept)
        job_free(job);
}

void jobs_free_all(struct http_server *server)
{
    for (struct job *job = server->all_jobs, *next; job; job = next) {
        next = job->all_next;
        job_free(job);
    }
    server->all_jobs = server->free_jobs = NULL;
}
