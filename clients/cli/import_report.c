/* What became of the rows: counted as it happens, told at the end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"

bool tally_start(struct tally *tally)
{
    *tally = (struct tally){.reasons = json_object(), .rejections = json_array()};
    return pthread_mutex_init(&tally->lock, NULL) == 0 && tally->reasons && tally->rejections;
}

void tally_free(struct tally *tally)
{
    pthread_mutex_destroy(&tally->lock);
    json_decref(tally->reasons);
    json_decref(tally->rejections);
}

/* A row the server, or the mapping, did not take. */
void tally_reject(struct tally *tally, const struct row *row, const char *code, const char *pointer, const char *detail)
{
    pthread_mutex_lock(&tally->lock);
    json_int_t count = json_integer_value(json_object_get(tally->reasons, code));
    json_object_set_new(tally->reasons, code, json_integer(count + 1));
    json_array_append_new(tally->rejections,
                          json_pack("{s:I, s:I, s:s*, s:s, s:s*, s:s*}", "row", (json_int_t)row->number, "line",
                                    (json_int_t)row->line, "external_ref", row->external_ref, "code", code, "pointer",
                                    pointer, "detail", detail));
    tally->rejected++;
    pthread_mutex_unlock(&tally->lock);
}

void tally_add(struct tally *tally, size_t loaded, size_t already, size_t failed)
{
    pthread_mutex_lock(&tally->lock);
    tally->loaded += loaded;
    tally->already += already;
    tally->failed += failed;
    pthread_mutex_unlock(&tally->lock);
}

static json_t *summary(struct import *import)
{
    struct tally *tally = &import->tally;
    double seconds = (double)(monotonic_ms() - import->began_ms) / 1000.0;
    char digest[24];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)import->digest);
    return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:O, s:f}", "file", import->cli->arguments[0], "digest",
                     digest, "dry_run", import->cli->dry_run, "rows", (json_int_t)tally->rows, "loaded",
                     (json_int_t)tally->loaded, "already", (json_int_t)tally->already, "rejected",
                     (json_int_t)tally->rejected, "failed", (json_int_t)tally->failed, "reasons", tally->reasons,
                     "seconds", seconds);
}

/* A line for each outcome; the rejected ones by reason. */
void tally_print(struct import *import)
{
    static const struct column columns[] = {
        {"outcome", T_COL_OUTCOME, 0}, {"reason", T_COL_REASON, 0}, {"rows", T_COL_ROWS, 0}};
    struct tally *tally = &import->tally;
    json_t *whole = keep_json(summary(import));
    if (import->cli->format == FORMAT_JSON) {
        output_json(import->cli, whole);
        return;
    }
    const struct {
        enum text outcome;
        size_t rows;
    } lines[] = {{T_IMPORT_ROWS, tally->rows},
                 {import->cli->dry_run ? T_IMPORT_MAPPED : T_IMPORT_LOADED, tally->loaded},
                 {T_IMPORT_ALREADY, tally->already},
                 {T_IMPORT_REJECTED, tally->rejected},
                 {T_IMPORT_FAILED, tally->failed}};
    json_t *items = keep_json(json_array());
    const char *code;
    json_t *count;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        json_array_append_new(items, json_pack("{s:s, s:s, s:I}", "outcome", sentence(lines[i].outcome), "reason", "",
                                               "rows", (json_int_t)lines[i].rows));
    }
    json_object_foreach(tally->reasons, code, count)
    {
        json_array_append_new(
            items, json_pack("{s:s, s:s, s:O}", "outcome", sentence(T_IMPORT_REJECTED), "reason", code, "rows", count));
    }
    output_items(import->cli, items, columns, sizeof columns / sizeof *columns);
}

static int by_row(const void *a, const void *b)
{
    json_int_t left = json_integer_value(json_object_get(*(json_t *const *)a, "row"));
    json_int_t right = json_integer_value(json_object_get(*(json_t *const *)b, "row"));
    return (left > right) - (left < right);
}

/* Senders finish in any order; a report that is read, or compared, is in the order of the file. */
static json_t *sorted_rejections(const struct tally *tally)
{
    size_t n = json_array_size(tally->rejections);
    json_t **rows = must_realloc(NULL, (n + 1) * sizeof *rows);
    json_t *sorted = json_array();
    for (size_t i = 0; i < n; i++)
        rows[i] = json_array_get(tally->rejections, i);
    qsort(rows, n, sizeof *rows, by_row);
    for (size_t i = 0; i < n; i++)
        json_array_append(sorted, rows[i]);
    free(rows);
    return sorted;
}

bool tally_report(struct import *import, const char *path)
{
    json_t *report = keep_json(summary(import));
    json_object_set_new(report, "rejections", sorted_rejections(&import->tally));
    char *dumped = json_dumps(report, JSON_INDENT(1));
    bool ok = dumped && file_write(path, dumped, strlen(dumped));
    free(dumped);
    return ok;
}

/* A bar on stderr, at most ten times a second; only on a terminal. */
void progress_draw(struct import *import, bool last)
{
    enum { CELLS = 30 };
    int64_t now = monotonic_ms();
    if (!import->draw_progress || (!last && now - import->drawn_ms < 100))
        return;
    import->drawn_ms = now;
    if (last) {
        fputs("\r\033[K", stderr);
        return;
    }
    unsigned percent = input_percent(&import->input);
    fputs("\r[", stderr);
    for (unsigned i = 0; i < CELLS; i++)
        fputs(i * 100 < percent * CELLS ? "█" : "░", stderr);
    fprintf(stderr, "] %3u %%  %zu ", percent, import->tally.rows);
    fflush(stderr);
}
