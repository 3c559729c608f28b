/* import: a file of requests that lived elsewhere, through the API. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"

#define SENDERS_MAX 32

static _Atomic sig_atomic_t interrupted; /* by a handler, and read by every sender */
static const char *stopping;             /* the sentence for it; a handler may not look it up */

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
    if (stopping && write(STDERR_FILENO, stopping, strlen(stopping)) < 0)
        interrupted = 1;
}

bool import_interrupted(void)
{
    return interrupted != 0;
}

/* ^C: what is on its way is finished and told, nothing new is sent. A second one ends at once. Who started us deaf to
 * it, as a shell does in the background, has a reason. */
static void catch_interrupts(const struct cli *cli)
{
    stopping = cli->quiet ? NULL : keep_join("\n", sentence(T_IMPORT_STOPPING), "\n");
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction present;
        if (sigaction(signals[i], NULL, &present) == 0 && present.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

/* Rows that will not be sent in this run. */
static void give_up(struct import *import, struct batch *batch)
{
    tally_add(&import->tally, 0, 0, batch->n);
    batch_free(batch);
}

static bool enqueue(struct import *import)
{
    struct batch *batch = import->batch;
    import->batch = NULL;
    if (!batch)
        return true;
    char number[24];
    snprintf(number, sizeof number, "%zu", batch->number);
    if (import->cli->dry_run || json_object_get(import->done, number)) {
        tally_add(&import->tally, import->cli->dry_run ? batch->n : 0, import->cli->dry_run ? 0 : batch->n, 0);
        batch_free(batch);
        return true;
    }
    json_t *body = json_object();
    json_object_set(body, "items", batch->items);
    batch->body = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (!batch->body || !queue_put(&import->queue, batch)) {
        give_up(import, batch);
        return false;
    }
    return true;
}

static void append(struct import *import, json_t *item, const struct row *row)
{
    if (!import->batch) {
        struct batch *batch = must_realloc(NULL, sizeof *batch);
        *batch = (struct batch){.number = ++import->n_batches, .items = json_array()};
        import->batch = batch;
    }
    struct batch *batch = import->batch;
    batch->rows[batch->n] = *row;
    batch->rows[batch->n].external_ref = strdup(row->external_ref);
    batch->n++;
    batch->bytes += 600 + 2 * strlen(input_field(&import->input, "description"));
    json_array_append_new(batch->items, item);
}

/* Reads, maps and hands over every row. */
static enum exit_code read_rows(struct import *import)
{
    struct input *input = &import->input;
    enum csv_result result = CSV_END;
    while (!interrupted && (result = input_next(input)) == CSV_RECORD) {
        const char *reason = NULL;
        json_t *item = map_row(import, &reason);
        struct row row = {.number = ++import->tally.rows,
                          .line = csv_line(input->csv),
                          .external_ref = (char *)(uintptr_t)input_field(input, "source_id")};
        if (item)
            append(import, item, &row);
        else
            tally_reject(&import->tally, &row, reason, NULL, NULL);
        const struct batch *batch = import->batch;
        if (batch && (batch->n == BATCH_ITEMS || batch->bytes > BATCH_BYTES) && !enqueue(import))
            return CLI_OK;
        progress_draw(import, false);
    }
    if (interrupted)
        return CLI_INTERRUPTED;
    if (result != CSV_END)
        return fail_csv(input, result);
    enqueue(import);
    return CLI_OK;
}

/* Starts the senders, reads, and waits for them. */
static enum exit_code run_import(struct import *import, size_t n_senders)
{
    pthread_t senders[SENDERS_MAX];
    size_t started = 0;
    while (!import->cli->dry_run && started < n_senders &&
           pthread_create(&senders[started], NULL, sender_run, import) == 0)
        started++;
    if (started == 0 && !import->cli->dry_run)
        return fail_plain(CLI_FAILED, T_NO_THREADS);
    catch_interrupts(import->cli);
    enum exit_code code = read_rows(import);
    queue_close(&import->queue);
    for (size_t i = 0; i < started; i++)
        pthread_join(senders[i], NULL);
    if (import->batch)
        give_up(import, import->batch);
    while (import->queue.n > 0) {
        give_up(import, import->queue.batches[import->queue.first]);
        import->queue.first = (import->queue.first + 1) % QUEUE_MAX;
        import->queue.n--;
    }
    return interrupted && import->tally.failed > 0 ? CLI_INTERRUPTED : code;
}

/* The checkpoint holds the digest of its run on the first line, and then the batches that are through. */
static enum exit_code checkpoint_open(struct import *import, const char *path)
{
    char expected[64];
    snprintf(expected, sizeof expected, "oamctl-import 1 %016" PRIx64, import->digest);
    import->done = keep_json(json_object());
    char *content = access(path, F_OK) == 0 ? file_read(path, 16 << 20, NULL) : NULL;
    char *rest = content;
    const char *first = content ? strsep(&rest, "\n") : NULL;
    if (first && *first && strcmp(first, expected) != 0)
        return fail_plain(CLI_FAILED, T_CHECKPOINT_FOREIGN, path);
    for (const char *line; rest && (line = strsep(&rest, "\n")) != NULL;)
        if (*line)
            json_object_set_new(import->done, line, json_true());
    import->checkpoint = fopen(path, "ae");
    if (!import->checkpoint)
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, path);
    if (!first || !*first) {
        fprintf(import->checkpoint, "%s\n", expected);
        fflush(import->checkpoint);
    }
    return CLI_OK;
}

static enum exit_code prepare_files(struct import *import)
{
    static const char *const needed[] = {"dataset", "source_id", "opened_at", "status", "service", "title"};
    const struct cli *cli = import->cli;
    const char *const files[] = {cli->arguments[0], cli->values[OPT_MAP], cli->values[OPT_MUNICIPALITIES]};
    import->digest = FNV_OFFSET;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!file_digest(files[i], &import->digest))
            return fail_plain(CLI_FAILED, T_CANNOT_READ, files[i], reason_of(errno));
    enum exit_code code = map_load_services(import, files[1]);
    if (code == CLI_OK)
        code = map_load_towns(import, files[2]);
    if (code == CLI_OK && !input_open(&import->input, files[0]))
        code = fail_csv(&import->input, CSV_END);
    for (size_t i = 0; code == CLI_OK && i < sizeof needed / sizeof *needed; i++)
        if (!input_has(&import->input, needed[i]))
            code = fail_plain(CLI_FAILED, T_BAD_MAP, files[0], needed[i]);
    if (code == CLI_OK && cli->values[OPT_STATE_FILE] && !cli->dry_run)
        code = checkpoint_open(import, cli->values[OPT_STATE_FILE]);
    return code;
}

/* A token got once here is what every sender starts with; a bad secret shows before anything is read. */
static enum exit_code prepare_token(struct cli *cli)
{
    json_t *me = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/me", (char *)NULL), &me);
    if (code == CLI_OK) {
        cli->profile.token = keep_text(oam_client_token(cli->client, &cli->profile.expires_at));
        if (cli->profile_path)
            (void)profile_save(cli->profile_path, &cli->profile, !cli->profile_is_cache);
    }
    return code;
}

static enum exit_code conclude(struct import *import, enum exit_code code)
{
    struct cli *cli = import->cli;
    progress_draw(import, true);
    bool failed = import->err.result != OAM_OK;
    if (failed) {
        cli->err = import->err;
        code = fail_call(cli);
    }
    if (failed || code == CLI_INTERRUPTED)
        note(cli, T_IMPORT_RESUME);
    tally_print(import);
    if (cli->values[OPT_REPORT] && !tally_report(import, cli->values[OPT_REPORT]))
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, cli->values[OPT_REPORT]);
    bool bad = import->tally.failed > 0 || (cli->values[OPT_STRICT] && import->tally.rejected > 0);
    return code == CLI_OK && bad ? CLI_FAILED : code;
}

enum exit_code command_import(struct cli *cli)
{
    bool ok;
    long n_senders = option_number(cli, OPT_CONCURRENCY, 4, 1, SENDERS_MAX, &ok);
    struct import import = {.cli = cli, .began_ms = monotonic_ms()};
    if (!ok)
        return CLI_USAGE;
    if (!cli->values[OPT_MAP] || !cli->values[OPT_MUNICIPALITIES])
        return fail_usage(T_NEEDS_OPTION, "import", cli->values[OPT_MAP] ? "--municipalities" : "--map");
    import.draw_progress = !cli->quiet && isatty(STDERR_FILENO);
    json_object_seed(0);
    pthread_mutex_init(&import.queue.lock, NULL);
    pthread_cond_init(&import.queue.changed, NULL);
    enum exit_code code = tally_start(&import.tally) ? prepare_files(&import) : CLI_FAILED;
    if (code == CLI_OK && !cli->dry_run)
        code = prepare_token(cli);
    if (code == CLI_OK && !cli->dry_run && !ask_yes(cli, T_IMPORT_SURE, cli->arguments[0], cli->profile.url))
        code = fail_plain(CLI_FAILED, T_GIVEN_UP);
    else if (code == CLI_OK)
        code = conclude(&import, run_import(&import, (size_t)n_senders));
    if (import.checkpoint)
        fclose(import.checkpoint);
    input_close(&import.input);
    towns_free(&import.towns);
    tally_free(&import.tally);
    pthread_cond_destroy(&import.queue.changed);
    pthread_mutex_destroy(&import.queue.lock);
    return code;
}
