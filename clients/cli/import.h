/* import: what its files share. Read struct import first. */
#ifndef IMPORT_H
#define IMPORT_H

#include <pthread.h>

#include "cli.h"
#include "csv.h"
#include "town.h"

#define BATCH_ITEMS 100
#define BATCH_BYTES 800000 /* of text, below the server's limit of a megabyte for JSON */
#define QUEUE_MAX   16

/* A file of rows, plain or .gz, read as a stream. */
struct input {
    void *gz;
    const char *path;
    struct csv_reader *csv;
    const char *const *fields;
    size_t n_fields;
    char **titles; /* of the first record */
    size_t n_titles;
    uint64_t size; /* of the file, for progress */
};

/* One row on its way. */
struct row {
    size_t number, line; /* of the record from 1, of the file */
    char *external_ref;
};

struct batch {
    size_t number; /* from 1 */
    size_t n;
    struct row rows[BATCH_ITEMS];
    json_t *items;
    size_t bytes;
    char *body;
};

/* What became of the rows. */
struct tally {
    pthread_mutex_t lock;
    size_t rows, loaded, already, rejected, failed;
    json_t *reasons;    /* code -> count */
    json_t *rejections; /* [{row, line, external_ref, code, pointer, detail}] */
};

/* Batches between the reader and the senders. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct batch *batches[QUEUE_MAX];
    size_t first, n;
    bool closed; /* nothing more comes */
    bool broken; /* nothing more is wanted */
};

struct import {
    struct cli *cli;
    struct input input;
    struct towns towns;
    json_t *services; /* "dataset\nservice" -> code */
    uint64_t digest;  /* of the three files: names the run in the Idempotency-Keys */
    struct tally tally;
    struct queue queue;
    FILE *checkpoint;
    json_t *done; /* batch numbers the checkpoint holds */
    struct batch *batch;
    size_t n_batches;
    bool draw_progress;
    int64_t began_ms, drawn_ms;
    struct oam_error err; /* why the queue is broken */
};

/* import_input.c */
bool input_open(struct input *input, const char *path);
enum csv_result input_next(struct input *input);
const char *input_field(const struct input *input, const char *title);
bool input_has(const struct input *input, const char *title);
unsigned input_percent(const struct input *input);
void input_close(struct input *input);
bool file_digest(const char *path, uint64_t *digest);
enum exit_code fail_csv(const struct input *input, enum csv_result result);

/* import_map.c: a row as the API wants it. */
enum exit_code map_load_services(struct import *import, const char *path);
enum exit_code map_load_towns(struct import *import, const char *path);
json_t *map_row(const struct import *import, const char **ret_reason);
bool map_time(const char *source, char *ret_time, size_t size);
const char *map_state(const char *status);
const char *map_channel(const char *channel);

/* cmd_import.c */
bool import_interrupted(void);

/* import_send.c */
bool queue_put(struct queue *queue, struct batch *batch);
void queue_close(struct queue *queue);
void queue_stop(struct queue *queue);
void batch_free(struct batch *batch);
void *sender_run(void *import);

/* import_report.c */
bool tally_start(struct tally *tally);
void tally_reject(struct tally *tally, const struct row *row, const char *code, const char *pointer,
                  const char *detail);
void tally_add(struct tally *tally, size_t loaded, size_t already, size_t failed);
void tally_print(struct import *import);
bool tally_report(struct import *import, const char *path);
void tally_free(struct tally *tally);
void progress_draw(struct import *import, bool last);

#endif
