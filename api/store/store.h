/* The only door to PostgreSQL (the only user of libpq). A database thread owns one connection; a transaction owns it
   from begin to end. Statements are the named queries of schema/queries/, prepared at connect, sent in pipelines: queue
   what belongs together, flush once. Parameters travel as text, results come back binary. */
#ifndef OAM_STORE_STORE_H
#define OAM_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "generated/queries.h" /* enum query { QUERY_REQUEST_READ, … }; query_sources[] */
#include "model/actor.h"

struct store_settings {
    const char *url;
    const char *role; /* SET ROLE after connecting, or NULL */
    int statement_timeout_ms;
    int connect_timeout_s;
};

struct store; /* one connection with its prepared statements; used by one thread at a time */

/* Opens nothing yet: the first use connects, a broken connection is dropped and made anew by the next use. Caller
 * closes. */
struct store *store_new(const struct store_settings *settings);
void store_free(struct store *store);
/* True when connected and answering; connects if need be (readiness, start). UNAVAILABLE otherwise. */
bool store_ping(struct store *store, struct error *err);

/* ---- transactions ---- */

struct param {
    const char *text; /* NULL: SQL NULL */
    char inline_text[32];
};
struct param param_text(const char *text_or_null);
struct param param_number(int64_t value);
struct param param_number_or_null(int64_t value); /* 0 is NULL */
struct param param_bool(bool value);
struct param param_time(int64_t at_us); /* 0 is NULL */

enum tx_kind {
    TX_READ,  /* one implicit transaction per flush: scope + statements + sync, one round trip */
    TX_WRITE, /* BEGIN … COMMIT; rolled back when it ends without tx_commit */
};
struct tx {
    struct store *store;
    struct arena *arena; /* results are attached to it */
    struct error *err;
    enum tx_kind kind;
    bool open, failed;
    void *pending; /* internal */
};

/* Starts a transaction with the row-level-security scope of `actor` (NULL: the process itself, sees nothing
   tenant-owned unless the role is the worker's). Nothing is sent before the first flush. */
bool tx_begin(struct tx *ret, struct store *store, enum tx_kind kind, const struct actor *actor, struct arena *arena,
              struct error *err);

struct rows; /* the result of one statement */

/* Queues a statement; *ret_rows is filled by the next tx_flush (or tx_commit). `ret_rows` may be NULL. The parameters
   are copied into the arena. */
void tx_query(struct tx *tx, enum query query, const struct param *params, size_t n_params,
              const struct rows **ret_rows);
#define tx_run(tx, query, ret_rows, ...)                                                                               \
    tx_query((tx), (query), (const struct param[]){__VA_ARGS__},                                                       \
             sizeof((const struct param[]){__VA_ARGS__}) / sizeof(struct param), (ret_rows))

/* Sends what is queued and reads all its results, in one round trip. False (error set by store/sqlstate.c) when one
 * failed. */
bool tx_flush(struct tx *tx);
/* Sends what several reads of one connection have queued as one pipeline, one implicit transaction for all of them: a
 * scope stands before the statements that it is for. True: each one's results are there, and its own tx_flush has
 * nothing left to do. False: nothing was read and nothing told; each tx_flush tries by itself. */
bool tx_flush_together(struct tx *const *reads, size_t n_reads);
/* Flushes with COMMIT in the same round trip. False: nothing was done (or UNAVAILABLE: the outcome is unknown). */
bool tx_commit(struct tx *tx);
/* Rolls back if still open; always safe, also after commit. */
void tx_end(struct tx *tx);
#define tx_auto __attribute__((cleanup(tx_end)))

/* ---- results ---- */
size_t rows_count(const struct rows *rows);
size_t rows_affected(const struct rows *rows); /* rows that an INSERT, UPDATE or DELETE touched */
bool rows_null(const struct rows *rows, size_t row, int column);
/* The value as it is; text, json and jsonb (without its version byte) are NUL-terminated, arena-lived. NULL when SQL
 * NULL. */
const char *rows_text(const struct rows *rows, size_t row, int column);
const unsigned char *rows_bytes(const struct rows *rows, size_t row, int column, size_t *ret_length);
int64_t rows_number(const struct rows *rows, size_t row, int column); /* int2, int4, int8; 0 when NULL */
bool rows_bool(const struct rows *rows, size_t row, int column);
int64_t rows_time(const struct rows *rows, size_t row, int column); /* timestamptz -> µs since 1970; 0 when NULL */

#endif
