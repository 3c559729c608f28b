/* JSON lines on stderr, batched per thread; keys (literals that need no escaping) and values only: tokens, bodies and
 * names of people stay out. */
#ifndef OAM_BASE_LOG_H
#define OAM_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER, LOG_FIELD_MS } kind;
    const char *text;
    int64_t number;
};
#define LOG_S(key_, text_)   ((struct log_field){.key = (key_), .kind = LOG_FIELD_TEXT, .text = (text_)})
#define LOG_N(key_, number_) ((struct log_field){.key = (key_), .kind = LOG_FIELD_NUMBER, .number = (int64_t)(number_)})
/* Microseconds, written as milliseconds with three decimals. */
#define LOG_MS(key_, us_) ((struct log_field){.key = (key_), .kind = LOG_FIELD_MS, .number = (int64_t)(us_)})

/* log_event(LOG_WARN, "job_retry", LOG_N("job", id), LOG_S("reason", why)); control characters and bad UTF-8 are
 * escaped. */
#define log_event(level, event, ...)                                                                                   \
    log_event_fields((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
void log_event_fields(enum log_level level, const char *event, const struct log_field fields[]);

/* Lines below `level` are dropped. Starts the flusher thread (lines leave within 100 ms; WARN and above at once). */
void log_open(enum log_level level, int fd);
void log_flush(void);
void log_close(void);

#endif
