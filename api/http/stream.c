/* Answers that go on: an IO thread sends what memory tells, and the stream is parked when that is all. Every
   STREAM_BEAT_S it shows that it is alive, so that both sides notice when the other is gone, and that who listens still
   may. A reader that is too slow is not waited for: what it has not taken is asked for again from where it is, and a
   connection that takes nothing at all ends as every idle one does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define STREAM_BEAT_S 15
#define STREAM_BLOCK  128 /* for clients that know no chunks; the others are sent from their connection's memory */

struct stream {
    struct parked parked; /* while it is */
    struct http_server *server;
    struct MHD_Response *response;
    char *bytes; /* to be sent; NULL: none */
    size_t length, sent;
    bool ended;
};

static void beat_later(struct stream *stream)
{
    stream->parked.until = clock_monotonic() + STREAM_BEAT_S * INT64_C(1000000);
}

static void keep(struct stream *stream, const char *bytes, size_t length)
{
    stream->bytes = malloc(length);
    if (!stream->bytes)
        abort();
    memcpy(stream->bytes, bytes, length);
    stream->length = length;
    stream->sent = 0;
}

static ssize_t send_kept(struct stream *stream, char *buffer, size_t room)
{
    size_t left = stream->length - stream->sent, now = left < room ? left : room;
    memcpy(buffer, stream->bytes + stream->sent, now);
    stream->sent += now;
    if (stream->sent == stream->length) {
        free(stream->bytes);
        stream->bytes = NULL;
    }
    return (ssize_t)now;
}

/* Keeps what memory tells. False when the database has to be asked. */
static bool pull(struct stream *stream)
{
    const char *bytes;
    size_t length = 0;
    struct job *job = job_take(stream->server);
    bool known = stream->parked.watch->pull(stream->parked.watch, job->ctx.arena, &bytes, &length);
    if (known && length > 0)
        keep(stream, bytes, length);
    job_release(job);
    return known;
}

/* Somebody's rights have changed: perhaps of who listens. */
static bool asks_anew(const struct stream *stream)
{
    return auth_changed(stream->server->settings.auth, stream->parked.who, stream->parked.access);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct http_pair *pair = cls;
    (void)kind;
    *pair = (struct http_pair){name, value};
    return MHD_NO;
}

/* The head is sent: what it was made of would stay for as long as the stream does, a kilobyte for each. */
static void forget_head(struct stream *stream)
{
    struct http_pair header;
    while (MHD_get_response_headers(stream->response, take_header, &header) > 0) {
        char name[64], value[256]; /* its own are gone before it has looked at them for the last time */
        (void)snprintf(name, sizeof name, "%s", header.name);
        (void)snprintf(value, sizeof value, "%s", header.value);
        if (MHD_del_response_header(stream->response, name, value) != MHD_YES)
            break;
    }
    receive_forget_maps(stream->parked.connection);
}

/* On an IO thread: what is to be sent now; nothing, and suspended, until there is something. */
static ssize_t read_stream(void *cls, uint64_t position, char *buffer, size_t room)
{
    struct stream *stream = cls;
    if (position == 0)
        forget_head(stream);
    if (!stream->bytes && !stream->ended && clock_monotonic() < stream->parked.until &&
        (asks_anew(stream) || !pull(stream)))
        stream->parked.until = 0; /* at once, on the thread that has a job for it */
    if (stream->bytes)
        return send_kept(stream, buffer, room);
    if (stream->ended || !watch_park_stream(stream->server, &stream->parked))
        return MHD_CONTENT_READER_END_OF_STREAM;
    return 0;
}

static void free_stream(void *cls)
{
    struct stream *stream = cls;
    tally_give(stream->server->waits, stream->parked.wait);
    metrics_add(stream->server->metrics, METRIC_STREAMS, -1);
    stream->parked.watch->release(stream->parked.watch);
    free(stream->bytes);
    free(stream);
}

struct MHD_Response *stream_open(struct job *job)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        abort();
    stream->server = job->server;
    stream->parked = (struct parked){
        .connection = job->connection,
        .request = job->request,
        .watch = job->watch,
        .stream = stream,
        .wait = job->wait,
        .who = auth_who(job->ctx.actor.principal),
        .access = job->access,
    };
    job->watch = NULL;
    job->wait = 0;
    metrics_add(stream->server->metrics, METRIC_STREAMS, 1);
    keep(stream, job->ctx.response, job->ctx.response_length);
    beat_later(stream);
    stream->response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, stream, free_stream);
    if (!stream->response) {
        free_stream(stream);
        return NULL;
    }
    /* To HEAD, libmicrohttpd 0.9.75 sends the last chunk of a chunked answer too, and whoever goes on with the
       connection would take it for the answer to what comes next: without chunks, and the connection ends. */
    stream->ended = job->head;
    if (job->head)
        (void)MHD_set_response_options(stream->response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return stream->response;
}

void stream_go_on(struct job *job)
{
    struct stream *stream = job->stream;
    stream->ended = error_is_set(&job->err) || !stream->parked.watch->allows(stream->parked.watch, &job->ctx.actor);
    if (!stream->ended && job->ctx.response_length > 0)
        keep(stream, job->ctx.response, job->ctx.response_length);
    stream->parked.access = job->access;
    job->watch = NULL; /* the stream's */
    beat_later(stream);
}

void stream_check(struct http_server *server, struct parked *parked)
{
    struct job *job = job_take(server);
    context_begin(job, parked->connection, parked->request);
    job->stream = parked->stream;
    job->ctx.watch = parked->watch;
    job->wait_until = 1; /* it is no fresh request */
    if (dispatch_woken(job) == DISPATCH_HAND_OVER)
        work_queue_again(job);
    else
        work_answer(job);
}
