#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define ARENA_FIRST_SIZE ((size_t)16 * 1024)

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
    server->all_jobs = job;
    return job;
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
    if (job)
        server->free_jobs = job->next;
    else
        job = job_new(server);
    (void)pthread_mutex_unlock(&server->jobs_mutex);
    return job;
}

void job_release(struct job *job)
{
    struct http_server *server = job->server;
    if (job->holds_wait)
        waits_give(server->waits, job->ctx.actor.principal);
    job->holds_wait = false;
    arena_reset(job->ctx.arena);
    if (!spare) {
        spare = job;
        return;
    }
    (void)pthread_mutex_lock(&server->jobs_mutex);
    job->next = server->free_jobs;
    server->free_jobs = job;
    (void)pthread_mutex_unlock(&server->jobs_mutex);
}

void jobs_free_all(struct http_server *server)
{
    for (struct job *job = server->all_jobs, *next; job; job = next) {
        next = job->all_next;
        arena_free(job->ctx.arena);
        free(job);
    }
    server->all_jobs = server->free_jobs = NULL;
}
