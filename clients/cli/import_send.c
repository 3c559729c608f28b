/* The senders: threads that post batches, each with a client of its own. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "import.h"

#define ROUNDS_MAX 3
/* Some ten seconds: a server that starts again costs an import nothing. */
#define RETRIES 6

/* Waits for room. False when the senders have given up. */
bool queue_put(struct queue *queue, struct batch *batch)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->n == QUEUE_MAX && !queue->broken)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool taken = !queue->broken;
    if (taken) {
        queue->batches[(queue->first + queue->n++) % QUEUE_MAX] = batch;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

/* No batch comes any more: senders stop when they have sent what is there. */
void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* Nothing more is wanted: senders end with the batch they are at. */
void queue_stop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->broken = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static struct batch *queue_take(struct queue *queue)
{
    struct batch *batch = NULL;
    pthread_mutex_lock(&queue->lock);
    while (queue->n == 0 && !queue->closed && !queue->broken)
        pthread_cond_wait(&queue->changed, &queue->lock);
    if (queue->n > 0 && !queue->broken) {
        batch = queue->batches[queue->first];
        queue->first = (queue->first + 1) % QUEUE_MAX;
        queue->n--;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return batch;
}

/* The first failure of a whole batch stops everything: what comes after would fail alike. */
static void queue_break(struct import *import, const struct oam_error *err)
{
    struct queue *queue = &import->queue;
    pthread_mutex_lock(&queue->lock);
    if (!queue->broken)
        import->err = *err;
    queue->broken = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->n; i++)
        free(batch->rows[i].external_ref);
    json_decref(batch->items);
    free(batch->body);
    free(batch);
}

/* A refusal's own code is more telling than "invalid" of the problem around it. */
static void reject(struct import *import, const struct row *row, const json_t *problem)
{
    const json_t *violation = json_array_get(json_object_get(problem, "errors"), 0);
    const char *code = json_string_value(json_object_get(violation ? violation : problem, "code"));
    const char *detail = json_string_value(json_object_get(violation ? violation : problem, "detail"));
    tally_reject(&import->tally, row, code ? code : "unknown", json_string_value(json_object_get(violation, "pointer")),
                 detail);
}

struct outcome {
    size_t loaded, already, failed, rejected;
    bool settled[BATCH_ITEMS]; /* has its final answer */
};

/* Counts the answers to those rows that are still open. */
static bool take_results(struct import *import, const struct batch *batch, const struct oam_response *response,
                         struct outcome *outcome)
{
    json_t *answer = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
    json_t *items = json_object_get(answer, "items");
    bool whole = json_array_size(items) == batch->n;
    outcome->failed = 0;
    for (size_t i = 0; whole && i < batch->n; i++) {
        const json_t *item = json_array_get(items, i);
        json_int_t status = json_integer_value(json_object_get(item, "status"));
        if (outcome->settled[i])
            continue;
        if (status >= 500 || status == 429) {
            outcome->failed++;
            continue;
        }
        outcome->settled[i] = true;
        if (status == 201 && !response->replayed) {
            outcome->loaded++;
        } else if (status == 200 || status == 201) {
            outcome->already++;
        } else {
            outcome->rejected++;
            reject(import, &batch->rows[i], json_object_get(item, "problem"));
        }
    }
    json_decref(answer);
    return whole;
}

/* Posts the batch; rows that met a passing failure go again, with the whole batch under another key. */
static enum oam_result send_batch(struct import *import, struct oam_client *client, const struct batch *batch,
                                  struct outcome *outcome, struct oam_error *err)
{
    enum oam_result result = OAM_OK;
    outcome->failed = batch->n;
    for (unsigned round = 0; result == OAM_OK && outcome->failed > 0 && round < ROUNDS_MAX; round++) {
        char key[64];
        struct oam_response *response = NULL;
        struct timespec pause = {.tv_sec = round};
        nanosleep(&pause, NULL);
        snprintf(key, sizeof key, "import-%016llx-%zu-%u", (unsigned long long)import->digest, batch->number, round);
        struct oam_call call = {.idempotency_key = key, .timeout_ms = 120000};
        result = oam_post(client, "/api/v1/requests:batch", batch->body, &call, &response, err);
        if (result == OAM_OK && !take_results(import, batch, response, outcome)) {
            result = OAM_E_PROTOCOL;
            *err = (struct oam_error){.result = result, .retry_after_s = -1};
            snprintf(err->detail, sizeof err->detail, "%s", sentence(T_BATCH_ANSWER));
        }
        oam_response_free(response);
    }
    return result;
}

/* Notes a batch that need not be sent again. */
static void checkpoint(struct import *import, const struct batch *batch)
{
    if (import->checkpoint) {
        pthread_mutex_lock(&import->tally.lock);
        fprintf(import->checkpoint, "%zu\n", batch->number);
        fflush(import->checkpoint);
        pthread_mutex_unlock(&import->tally.lock);
    }
}

/* One thread's life. */
void *sender_run(void *place)
{
    struct import *import = place;
    struct oam_client *client = NULL;
    struct oam_error err;
    struct batch *batch;
    if (client_make(&import->cli->profile, RETRIES, &client, &err) != CLI_OK) {
        queue_break(import, &err);
        return NULL;
    }
    while (!import_interrupted() && (batch = queue_take(&import->queue)) != NULL) {
        struct outcome outcome = {0};
        enum oam_result result = send_batch(import, client, batch, &outcome, &err);
        if (result == OAM_OK) {
            tally_add(&import->tally, outcome.loaded, outcome.already, outcome.failed);
            if (outcome.failed == 0 && outcome.rejected == 0)
                checkpoint(import, batch);
        } else {
            queue_break(import, &err);
            tally_add(&import->tally, 0, 0, batch->n);
        }
        batch_free(batch);
    }
    /* The reader must not wait for room that nobody makes any more. */
    if (import_interrupted())
        queue_stop(&import->queue);
    oam_client_free(client);
    return NULL;
}
