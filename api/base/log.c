/* A line is written into the batch of its thread; the flusher, or the thread itself when it is urgent or full, hands
   the batch to the file. A thread locks only its own batch, which nobody else touches but the flusher ten times a
   second. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define BATCH_SIZE        ((size_t)64 * 1024)
#define LINE_SIZE         ((size_t)8 * 1024)
#define TEXT_SIZE_MAX     ((size_t)1024)
#define FLUSH_INTERVAL_MS 100

struct batch {
    pthread_mutex_t mutex;
    struct batch *next;
    size_t length;
    char bytes[BATCH_SIZE];
};

static struct {
    pthread_mutex_t mutex; /* guards the list, the key and the flusher's state */
    pthread_cond_t wake;
    struct batch *batches;
    pthread_key_t key;
    bool key_made, running;
    pthread_t flusher;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static atomic_int threshold = LOG_INFO;
static atomic_int output = STDERR_FILENO;
static _Thread_local struct batch *own_batch;

static void write_all(const char *bytes, size_t length)
{
    int file = atomic_load_explicit(&output, memory_order_relaxed);
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody reads the log: dropping lines beats stopping the service */
        bytes += written;
        length -= (size_t)written;
    }
}

static void batch_flush_locked(struct batch *batch)
{
    write_all(batch->bytes, batch->length);
    batch->length = 0;
}

static void batch_retire(void *object)
{
    struct batch *batch = object;
    (void)pthread_mutex_lock(&state.mutex);
    for (struct batch **link = &state.batches; *link; link = &(*link)->next)
        if (*link == batch) {
            *link = batch->next;
            break;
        }
    batch_flush_locked(batch);
    (void)pthread_mutex_unlock(&state.mutex);
    (void)pthread_mutex_destroy(&batch->mutex);
    free(batch);
    own_batch = NULL;
}

static struct batch *batch_of_thread(void)
{
    if (own_batch)
        return own_batch;
    struct batch *batch = malloc(sizeof *batch);
    if (!batch)
        return NULL;
    (void)pthread_mutex_init(&batch->mutex, NULL);
    batch->length = 0;
    (void)pthread_mutex_lock(&state.mutex);
    if (!state.key_made)
        state.key_made = pthread_key_create(&state.key, batch_retire) == 0;
    batch->next = state.batches;
    state.batches = batch;
    (void)pthread_setspecific(state.key, batch);
    (void)pthread_mutex_unlock(&state.mutex);
    return own_batch = batch;
}

struct line {
    char bytes[LINE_SIZE];
    size_t length;
};

static void line_raw(struct line *line, const char *text)
{
    size_t length = strlen(text);
    if (length > sizeof line->bytes - line->length)
        return;
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

/* A quoted text, cut so that the line ends well-formed whatever comes; 16 bytes stay for what closes it. */
static void line_text(struct line *line, const char *text)
{
    size_t room = sizeof line->bytes - line->length;
    size_t length = strnlen(text, TEXT_SIZE_MAX);
    if (room < 16)
        return;
    if (length > (room - 16) / 6)
        length = (room - 16) / 6;
    line_raw(line, "\"");
    line->length += utf8_json_escape(line->bytes + line->length, text, length);
    line_raw(line, "\"");
}

static void line_number(struct line *line, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits - 1;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--at = '-';
    line_raw(line, at);
}

static void line_milliseconds(struct line *line, int64_t us)
{
    const char decimals[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10), (char)('0' + us % 10), '\0'};
    line_number(line, us / 1000);
    line_raw(line, us < 0 ? "" : decimals);
}

static void line_compose(struct line *line, enum log_level level, const char *event, const struct log_field fields[])
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char at[TIME_TEXT_SIZE];
    line->length = 0;
    line_raw(line, "{\"ts\":\"");
    line_raw(line, time_format(clock_wall(), at));
    line_raw(line, "\",\"level\":\"");
    line_raw(line, names[level]);
    line_raw(line, "\",\"event\":");
    line_text(line, event);
    for (; fields->key; fields++) {
        if (sizeof line->bytes - line->length < 128)
            break;
        line_raw(line, ",\"");
        line_raw(line, fields->key);
        line_raw(line, "\":");
        if (fields->kind == LOG_FIELD_NUMBER)
            line_number(line, fields->number);
        else if (fields->kind == LOG_FIELD_MS)
            line_milliseconds(line, fields->number);
        else if (fields->text)
            line_text(line, fields->text);
        else
            line_raw(line, "null");
    }
    line_raw(line, "}\n");
}

void log_event_fields(enum log_level level, const char *event, const struct log_field fields[])
{
    if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed))
        return;
    struct line line;
    line_compose(&line, level, event, fields);
    struct batch *batch = batch_of_thread();
    if (!batch) {
        write_all(line.bytes, line.length);
        return;
    }
    (void)pthread_mutex_lock(&batch->mutex);
    if (batch->length + line.length > sizeof batch->bytes)
        batch_flush_locked(batch);
    memcpy(batch->bytes + batch->length, line.bytes, line.length);
    batch->length += line.length;
    if (level >= LOG_WARN)
        batch_flush_locked(batch);
    (void)pthread_mutex_unlock(&batch->mutex);
}

static void flush_all_locked(void)
{
    for (struct batch *batch = state.batches; batch; batch = batch->next) {
        (void)pthread_mutex_lock(&batch->mutex);
        if (batch->length > 0)
            batch_flush_locked(batch);
        (void)pthread_mutex_unlock(&batch->mutex);
    }
}

void log_flush(void)
{
    (void)pthread_mutex_lock(&state.mutex);
    flush_all_locked();
    (void)pthread_mutex_unlock(&state.mutex);
}

static void *flusher_main(void *unused)
{
    (void)unused;
    (void)pthread_mutex_lock(&state.mutex);
    while (state.running) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += FLUSH_INTERVAL_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_timedwait(&state.wake, &state.mutex, &until);
        flush_all_locked();
    }
    (void)pthread_mutex_unlock(&state.mutex);
    return NULL;
}

void log_open(enum log_level level, int fd)
{
    atomic_store(&threshold, (int)level);
    atomic_store(&output, fd);
    (void)pthread_mutex_lock(&state.mutex);
    if (!state.running)
        state.running = pthread_create(&state.flusher, NULL, flusher_main, NULL) == 0;
    (void)pthread_mutex_unlock(&state.mutex);
}

void log_close(void)
{
    (void)pthread_mutex_lock(&state.mutex);
    bool was_running = state.running;
    state.running = false;
    (void)pthread_cond_signal(&state.wake);
    (void)pthread_mutex_unlock(&state.mutex);
    if (was_running)
        (void)pthread_join(state.flusher, NULL);
    log_flush();
}
