/* What the files of http/ share; nobody else includes it. */
#ifndef OAM_HTTP_INTERNAL_H
#define OAM_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/http.h"
#include "http/negotiate.h"
#include "http/router.h"

struct _u_request;
struct connection_info_struct;
struct metrics;
struct limiter;
struct receiving;
struct tally;

/* All of a request's head and the head of its answer live in this memory of its connection; an idle connection keeps it
   too, all of it, so it decides what 10,000 of them weigh. */
#define HTTP_CONNECTION_MEMORY ((size_t)4608)
#define HTTP_ANSWER_HEAD       ((size_t)900) /* room that the head of an answer needs */
#define HTTP_HEADER_COST       ((size_t)72)  /* what libmicrohttpd adds for each header */
#define HTTP_HEAD_MAX          (HTTP_CONNECTION_MEMORY - HTTP_ANSWER_HEAD)
#define HTTP_URI_MAX           ((size_t)3 * 1024)
/* A body of up to this many bytes is read whoever sends it: less than what a new connection would cost. */
#define HTTP_SHORT_BODY ((uint64_t)4 * 1024)

/* One request on its way: made on an IO thread, perhaps finished on a database thread. */
struct job {
    struct job *all_next, *all_previous; /* every job of the server, to free them at the end; under jobs_mutex */
    struct context ctx;                  /* from here on it is its owner's, and blank when a request begins */
    struct error err;
    struct http_server *server;
    struct MHD_Connection *connection;
    const struct _u_request *request; /* NULL where ulfius has not got it: refused early */
    struct request_headers headers;
    const char *raw_query;     /* "" when there is none */
    struct error *query_error; /* kept until the caller is known to be allowed here */
    size_t route_index;        /* n_routes: none */
    const char *route_label;   /* template for log and metrics; "-" when no route matched */
    struct arena_mark mark;    /* where a long-poll's next run starts */
    struct job *next;          /* in the queue, the waiting list or the free list */
    int64_t wait_until;        /* monotonic µs; 0: never waited */
    uint64_t wait, place;      /* what it holds of its principal's long-polls and places: tally_take() */
    uint64_t access;           /* auth_generation() before it was asked who that is */
    struct watch *watch;       /* what it waits for, when wait_wanted */
    struct stream *stream;     /* it asks on behalf of this one, which is being sent already */
    bool wait_wanted, stream_wanted, authenticate_later, close_connection, head, old_protocol;
    bool alone;                                        /* wants a round trip for itself */
    bool woken;                                        /* taken from the queue of those who had waited */
    int rate_per_minute, rate_remaining, rate_reset_s; /* remaining < 0: not limited */
};

struct job_line {
    struct job *first, *last;
    size_t length;
};

/* Reads take microseconds of a processor: more of them at once than there are processors only push each other out of
   the caches. One that is still at work after a while waits for a lock or a disk, and keeps nobody out any more. */
struct reads {
    int at_once;    /* young ones */
    int64_t *began; /* monotonic µs, for each database thread; 0: it is not reading */
    int n_threads;  /* that have come to work */
    bool watched;   /* a thread looks again soon, for those who may not start yet */
};

/* Fresh ones and woken ones are served in turns: thousands whom one event wakes hold up nobody who has just come. */
struct job_queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct job_line fresh, fresh_reads, woken;
    struct reads reads;
    int woken_running, woken_running_max; /* half of the threads stay free for the fresh ones */
    bool woken_was_last;
    bool closed;
};

/* A request that waits, without a thread and without a job: thousands do at once, and libmicrohttpd keeps its head. */
struct parked {
    struct parked *next;
    struct MHD_Connection *connection;
    const struct _u_request *request;
    struct watch *watch;
    struct stream *stream; /* NULL: a long-poll */
    int64_t until;         /* monotonic µs */
    uint64_t wait;         /* of tally_take() */
    uint64_t who, access;  /* auth_who(), and auth_generation() before it was last asked */
};

struct watching {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct parked *first;
    bool woken, closed;
    pthread_t thread;
    bool started;
};

/* ---- address.c ---- */
struct network {
    uint32_t address, mask; /* host byte order; nobody is in {0, UINT32_MAX} */
};
/* "10.0.3.0/24"; "" or NULL is nobody. False when it is neither. */
bool network_parse(const char *text, struct network *ret);

struct http_server {
    struct http_settings settings;
    const char *cookie_name;
    struct network proxy;
    struct router *router;
    struct metrics *metrics;
    struct limiter *limiter;
    struct receiving *receiving;
    struct tally *waits, *places; /* long-polls; requests that wait for a database thread or have one */
    struct job_queue queue;
    struct watching watching;
    pthread_mutex_t jobs_mutex;
    struct job *free_jobs, *all_jobs;
    size_t n_free_jobs;
    pthread_t *db_threads;
    int n_db_threads;
    atomic_bool draining;
    void *instance; /* struct _u_instance */
    struct MHD_Daemon *daemon;
    int listen_socket, port;
};

/* ---- dispatch.c: the order of checks ---- */
enum dispatch_outcome { DISPATCH_ANSWER, DISPATCH_HAND_OVER };
/* On the IO thread. DISPATCH_ANSWER: ctx or err holds the answer. */
enum dispatch_outcome dispatch_begin(struct job *job);
/* On a database thread, with ctx->store. */
void dispatch_continue(struct job *job);
/* The same for one that has waited. */
void dispatch_again(struct job *job);
/* For one that has waited, without the database; a job that was begun anew. */
enum dispatch_outcome dispatch_woken(struct job *job);
/* Its two halves, for a caller who is known: what the route asks, and the handler. False: err is set, nothing is left
 * to do. */
bool dispatch_ask(struct job *job, struct tx **ret_company);
void dispatch_finish(struct job *job);
/* True, with the answer in ctx or err, when the head alone says that the body would be read for nothing: whatever
 * dispatch_begin() refuses without the body, but for what the database or the rate limit would say. */
bool dispatch_refuses_body(struct job *job);

/* ---- message.c: what a message says of itself. False: err is set ---- */
/* *ret_length: of the body as far as the head tells it; 1 for a chunked one, of which it does not. */
bool message_check_framing(struct job *job, uint64_t *ret_length);
/* The whole head, framing included. */
bool message_check_head(struct job *job);
/* These know the route. */
bool message_check_body(struct job *job, uint64_t body_length);
bool message_check_idempotency_key(struct job *job);
bool message_check_if_match(struct job *job);

/* ---- caller.c: who is asking, what that one may do here, and how much of it. False: err is set ---- */
/* *ret_later: memory does not know the caller, caller_find() may. */
bool caller_recall(struct job *job, bool *ret_later);
bool caller_find(struct job *job); /* on a database thread */
bool caller_authorize(struct job *job);
/* One more request of this minute. */
bool caller_take_rate(struct job *job);
/* A wait for a route that waits or streams; who has too many waits already is answered at once, as if this one were
   over, but there is no such answer for a stream. */
bool caller_take_wait(struct job *job);
/* A place with the database. At most half of the queue, and the threads: whoever asks more of the database than it can
   do never shuts out the others. All whom only the database knows count as one, since anybody can make up a session. */
bool caller_take_place(struct job *job);

/* ---- context.c ---- */
/* Ids, times, headers, language. `request` may be NULL, or as far as it has arrived. */
void context_begin(struct job *job, struct MHD_Connection *connection, const struct _u_request *request);
void context_read_headers(struct MHD_Connection *connection, struct request_headers *ret);
void context_forget_answer(struct job *job); /* before a handler runs again */

/* ---- problem.c ---- */
/* Turns job->err (or a silent failure) into the answer in ctx. */
void problem_render(struct job *job);
enum error_kind problem_kind_of_status(unsigned status);

/* ---- respond.c ---- */
/* Completes the answer and gives it to libmicrohttpd. `empty`: an MHD response without body to use for answers that
   have none, or NULL. Logs and counts before, since the job's request may be gone right after. */
enum MHD_Result respond_send(struct job *job, struct MHD_Response *empty);

/* Writes the problem to the socket itself and ends that direction, for a connection that libmicrohttpd has no memory
   left to answer on, or would answer wrongly: what it still sends there goes nowhere. */
void respond_directly(struct job *job);

/* ---- park.c: libmicrohttpd's entry points, interposed ---- */
bool park_check(char *complaint, size_t complaint_size); /* is libmicrohttpd interposed? */
bool park_serve(struct http_server *server_or_null);     /* whose requests arrive; false: there is another one */
/* From ulfius's callback: the next MHD_queue_response of this thread is about this request. */
void park_announce(const struct _u_request *request);
/* To one who is too slow, on a connection that ends. */
void park_refuse_slow(struct http_server *server, struct MHD_Connection *connection);
enum MHD_Result park_queue_real(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);

/* ---- receive.c: requests on their way in ---- */
/* Ends those that take more than `limit_s` seconds (0: none); NULL when there is no thread for it. */
struct receiving *receive_start(int limit_s);
void receive_stop(struct receiving *receiving);
void receive_connection(void *cls, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode what); /* cls: the server */
/* The first line is there; ulfius keeps the request in `info`, until receive_completed(). */
void receive_begun(struct MHD_Connection *connection, struct connection_info_struct *info);
/* What has arrived of the request of this connection; NULL before its first line. */
const struct _u_request *receive_request(struct MHD_Connection *connection);
/* All of it is there: it takes as long as it takes. */
void receive_whole(struct MHD_Connection *connection);
/* This request is answered before its body is read, and the connection will be closed: what is sent all the same is
   read and thrown away for a while, since the answer is lost with a connection that is reset. */
void receive_reads_on(struct MHD_Connection *connection);
/* Has it been ended since it took too long to arrive? Nobody has told it then. */
bool receive_is_slow(struct MHD_Connection *connection);
uint64_t receive_ended(const struct receiving *receiving); /* connections, since the start */
void receive_completed(struct receiving *receiving, struct MHD_Connection *connection);
/* Frees what ulfius keeps of a connection's request that it has handed over, and nobody reads. */
void receive_forget_maps(struct MHD_Connection *connection);

/* ---- work.c: database threads ---- */
bool work_start(struct http_server *server, char *complaint, size_t complaint_size);
void work_stop(struct http_server *server); /* 503 to what is queued; joins the threads */
/* Suspends the connection and queues the job; false when the queue is full or closed (err is set). */
bool work_hand_over(struct job *job);
/* Into the queue, whatever its length, of a suspended connection: the request was admitted before. */
void work_queue_again(struct job *job);
/* Answers on a suspended connection, which goes on, and releases the job. */
void work_answer(struct job *job);
size_t work_queue_length(const struct http_server *server);

/* ---- watch.c: who waits for something to happen ---- */
bool watch_start(struct http_server *server, char *complaint, size_t complaint_size);
void watch_let_go(struct http_server *server); /* every long-poll answers what it has, every stream ends */
void watch_stop(struct http_server *server);
/* On a suspended connection: the job's wait goes on without it; released. */
void watch_park(struct job *job);
/* The same for a stream. False, and not suspended, when the server is about to stop. */
bool watch_park_stream(struct http_server *server, struct parked *parked);

/* ---- stream.c: answers that go on ---- */
/* The response of a job that wants one; takes its watch and its place among the waits. */
struct MHD_Response *stream_open(struct job *job);
/* What the job found out for its stream, on a suspended connection. */
void stream_go_on(struct job *job);
/* Is it still allowed, and what has memory for it? On the thread of watch.c. */
void stream_check(struct http_server *server, struct parked *parked);

/* ---- job.c ---- */
struct job *job_take(struct http_server *server);
void job_release(struct job *job);
void jobs_free_all(struct http_server *server);

/* ---- metrics.c ---- */
struct metrics *metrics_new(size_t n_routes);
void metrics_free(struct metrics *metrics);
void metrics_begun(struct metrics *metrics);
void metrics_completed(struct metrics *metrics);
int64_t metrics_in_flight(const struct metrics *metrics);
int64_t metrics_all_begun(const struct metrics *metrics);
void metrics_answered(struct metrics *metrics, size_t route_index, int status, int64_t duration_us);
enum metric_gauge {
    METRIC_BUSY,
    METRIC_PARKED,
    METRIC_SHED,
    METRIC_SHARED,
    METRIC_HANDED_OVER,
    METRIC_UNWAITED,
    METRIC_STREAMS,
    METRIC_GAUGES
};
void metrics_add(struct metrics *metrics, enum metric_gauge gauge, int64_t delta);
int64_t metrics_value(const struct metrics *metrics, enum metric_gauge gauge);
char *metrics_text(const struct http_server *server, struct arena *arena);

/* ---- limit.c: one token bucket for each principal ---- */
struct limiter *limiter_new(void);
void limiter_free(struct limiter *limiter);
/* Takes a token. False when there is none; then *ret_reset_s is when there will be. */
bool limiter_take(struct limiter *limiter, const char *principal, int per_minute, int64_t now_us, int *ret_remaining,
                  int *ret_reset_s);

/* ---- tally.c: what each principal holds at once ---- */
struct tally *tally_new(void);
void tally_free(struct tally *tally);
/* Under what it is to be given back, never 0; 0: it holds as many as it may. */
uint64_t tally_take(struct tally *tally, const char *principal, int most);
void tally_give(struct tally *tally, uint64_t taken); /* 0: nothing was */

/* ---- ids.c ---- */
/* Ids that need to be unique, not secret: random bytes are fetched in batches for each thread. */
void id_random(void *ret, size_t length);
void id_uuid7(int64_t now_us, char ret[37]);
void id_trace(char ret[33]);

#endif
