/* The status of many requests, for a program that waits in poll(2): a thread asks, a pipe tells that there is
 * something. */
#include "client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH        1000 /* refs that one question may have */
#define HOLD_S       20
#define PAUSE_MS     500
#define NOT_HELD_MS  5000
#define PAUSE_MAX_MS 30000

/* Behind a balancer, the server that is asked may not have heard yet what another one has told of: it believes its
   memory for a second at most. */
#define BEHIND_MS     50
#define BEHIND_ROUNDS 30

struct change {
    struct change *next;
    size_t place; /* of its ref */
    char *status;
};

struct oam_poller {
    struct oam_client *client;
    char **refs;             /* sorted, each once */
    bool *stale;             /* ref by ref: to be asked for */
    int64_t *heard;          /* ref by ref: the newest version that anybody has told of */
    size_t n_behind;         /* of the last answer: older than what was heard */
    unsigned rounds;         /* in which some were, one after the other */
    struct change **pending; /* ref by ref: told, and not yet taken */
    size_t n_refs;
    pthread_t thread;
    bool started;
    int told[2]; /* a byte in the pipe while there is something to say */
    pthread_mutex_t mutex;
    struct change *first, *last, *given;
    struct oam_error end; /* result OAM_OK: it goes on */
};

/* ---- what is told ---- */

static void change_free(struct change *change)
{
    if (!change)
        return;
    oami_free(change->status);
    oami_free(change);
}

/* Under the mutex. */
static void show(struct oam_poller *poller)
{
    char byte = 0;
    while (write(poller->told[1], &byte, 1) < 0 && errno == EINTR) {
    }
}

static int compare_refs(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* False: it is none of ours. */
static bool find_place(const struct oam_poller *poller, const char *ref, size_t *ret_place)
{
    char *const *found = bsearch(&ref, poller->refs, poller->n_refs, sizeof *poller->refs, compare_refs);
    *ret_place = found ? (size_t)(found - poller->refs) : 0;
    return found;
}

/* Under the mutex. */
static void append(struct oam_poller *poller, struct change *change)
{
    if (poller->last)
        poller->last->next = change;
    else
        poller->first = change;
    poller->last = change;
    poller->pending[change->place] = change;
    show(poller);
}

/* What has not been taken yet is replaced: who is slow has one change of each ref to take, the newest, however many
   there were. */
static bool tell(struct oam_poller *poller, const char *ref, char *status)
{
    struct change *change = oami_realloc(NULL, sizeof *change);
    if (!change) {
        oami_free(status);
        return false;
    }
    *change = (struct change){.status = status};
    bool ours = find_place(poller, ref, &change->place);
    (void)pthread_mutex_lock(&poller->mutex);
    struct change *before = ours ? poller->pending[change->place] : NULL;
    if (before) {
        change->status = before->status;
        before->status = status;
    } else if (ours) {
        append(poller, change);
        change = NULL;
    }
    (void)pthread_mutex_unlock(&poller->mutex);
    change_free(change);
    return true;
}

static void tell_end(struct oam_poller *poller, const struct oam_error *why)
{
    (void)pthread_mutex_lock(&poller->mutex);
    poller->end = *why;
    show(poller);
    (void)pthread_mutex_unlock(&poller->mutex);
}

/* ---- what is asked, on the thread ---- */

/* An older one is not told, and asked for again; false: it is as new as what was heard. */
static bool is_behind(struct oam_poller *poller, const char *ref, int64_t version)
{
    size_t place;
    if (!find_place(poller, ref, &place))
        return false;
    const bool behind = version < poller->heard[place] && poller->rounds < BEHIND_ROUNDS;
    if (behind) {
        poller->stale[place] = true;
        poller->n_behind++;
    } else {
        poller->heard[place] = version;
    }
    return behind;
}

static void mark_stale(struct oam_poller *poller, const struct oam_event *event)
{
    size_t place;
    if (!find_place(poller, event->subject, &place))
        return;
    json_t *whole = json_loads(event->json, 0, NULL);
    const int64_t version = json_integer_value(json_object_get(json_object_get(whole, "data"), "version"));
    json_decref(whole);
    if (version > poller->heard[place])
        poller->heard[place] = version;
    poller->stale[place] = true;
}

static enum oam_result tell_answer(struct oam_poller *poller, const struct oam_response *response,
                                   struct oam_error *err)
{
    json_t *answer = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *items = json_object_get(answer, "items"), *missing = json_object_get(answer, "missing");
    enum oam_result result = OAM_OK;
    if (!json_is_array(items) || !json_is_array(missing))
        result = oami_fail(err, OAM_E_PROTOCOL, "bad_status_answer", "The answer has no items");
    for (size_t i = 0; result == OAM_OK && i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *ref = json_string_value(json_object_get(item, "ref"));
        if (ref && is_behind(poller, ref, json_integer_value(json_object_get(item, "version"))))
            continue;
        char *status = oami_json_text(item);
        if (!ref || !status || !tell(poller, ref, status))
            result = oami_fail_memory(err);
    }
    for (size_t i = 0; result == OAM_OK && i < json_array_size(missing); i++) {
        const char *ref = json_string_value(json_array_get(missing, i));
        if (!ref || !tell(poller, ref, NULL))
            result = oami_fail_memory(err);
    }
    json_decref(answer);
    return result;
}

/* One question for up to BATCH of those that are stale. OAM_DONE: none is. */
static enum oam_result ask_batch(struct oam_poller *poller, struct oam_error *err)
{
    const char *refs[BATCH];
    size_t places[BATCH], count = 0;
    for (size_t i = 0; i < poller->n_refs && count < BATCH; i++)
        if (poller->stale[i]) {
            places[count] = i;
            refs[count++] = poller->refs[i];
        }
    if (count == 0)
        return OAM_DONE;
    struct oam_response *response = NULL;
    enum oam_result result = oam_status_query(poller->client, refs, count, NULL, &response, err);
    for (size_t i = 0; i < count; i++)
        poller->stale[places[i]] = result != OAM_OK;
    poller->n_behind = 0;
    if (result == OAM_OK)
        result = tell_answer(poller, response, err);
    poller->rounds = poller->n_behind > 0 ? poller->rounds + 1 : 0;
    oam_response_free(response);
    return result;
}

/* Waits for something to happen, and reads all that has; then asks for those that it happened to. */
static enum oam_result turn(struct oam_poller *poller, struct oam_events *events, struct oam_error *err)
{
    struct oam_event event;
    enum oam_result result;
    while ((result = ask_batch(poller, err)) == OAM_OK)
        if (poller->n_behind > 0)
            oami_pause(poller->client, BEHIND_MS);
    if (result != OAM_DONE)
        return result;
    const int64_t asked_at = oami_now();
    while ((result = oam_events_next(events, &event, err)) == OAM_OK) {
        mark_stale(poller, &event);
        if (!oam_events_pending(events))
            return OAM_OK;
    }
    /* Who holds too many answers open already is answered at once, and must not ask again at once. */
    if (result == OAM_DONE && oami_now() - asked_at < HOLD_S / 2)
        oami_pause(poller->client, NOT_HELD_MS);
    return result == OAM_DONE ? OAM_OK : result;
}

static bool passes(enum oam_result result)
{
    return result == OAM_E_NETWORK || result == OAM_E_TIMEOUT || result == OAM_E_RATE_LIMITED || result == OAM_E_SERVER;
}

/* Where the feed ends now: what happens from here on will be heard of. */
static enum oam_result find_start(struct oam_poller *poller, struct oam_events **ret_events, struct oam_error *err)
{
    struct oam_response *response = NULL;
    enum oam_result result = oam_get(poller->client, "/api/v1/events?after=latest", NULL, &response, err);
    if (result == OAM_OK) {
        json_t *page = json_loadb(response->body, response->body_length, 0, NULL);
        const struct oam_events_options options = {
            .after = json_string_value(json_object_get(page, "next")), .limit = 200, .wait_s = HOLD_S};
        result = options.after ? oam_events_new(poller->client, &options, ret_events, err)
                               : oami_fail(err, OAM_E_PROTOCOL, "bad_event_page", "The answer of the feed has no next");
        json_decref(page);
    }
    oam_response_free(response);
    return result;
}

static void *poller_main(void *place)
{
    struct oam_poller *poller = place;
    struct oam_events *events = NULL;
    struct oam_error err;
    long pause = PAUSE_MS;
    while (!atomic_load(&poller->client->cancelled)) {
        enum oam_result result = events ? turn(poller, events, &err) : find_start(poller, &events, &err);
        if (result != OAM_OK && !passes(result)) {
            tell_end(poller, &err);
            break;
        }
        pause = result == OAM_OK ? PAUSE_MS : pause < PAUSE_MAX_MS / 2 ? pause * 2 : PAUSE_MAX_MS;
        if (result != OAM_OK)
            oami_pause(poller->client, pause);
    }
    oam_events_free(events);
    return NULL;
}

/* ---- from outside ---- */

static bool keep_refs(struct oam_poller *poller, const char *const *refs, size_t n_refs)
{
    poller->refs = oami_realloc(NULL, (n_refs + 1) * sizeof *poller->refs);
    poller->stale = oami_realloc(NULL, (n_refs + 1) * sizeof *poller->stale);
    poller->heard = oami_realloc(NULL, (n_refs + 1) * sizeof *poller->heard);
    poller->pending = oami_realloc(NULL, (n_refs + 1) * sizeof *poller->pending);
    if (!poller->refs || !poller->stale || !poller->heard || !poller->pending)
        return false;
    for (size_t i = 0; i < n_refs; i++, poller->n_refs++)
        if (!(poller->refs[i] = oami_strdup(refs[i])))
            return false;
    qsort(poller->refs, n_refs, sizeof *poller->refs, compare_refs);
    size_t kept = 0;
    for (size_t i = 0; i < n_refs; i++)
        if (kept > 0 && strcmp(poller->refs[kept - 1], poller->refs[i]) == 0)
            oami_free(poller->refs[i]);
        else
            poller->refs[kept++] = poller->refs[i];
    poller->n_refs = kept;
    memset(poller->stale, true, kept * sizeof *poller->stale);
    memset(poller->heard, 0, kept * sizeof *poller->heard);
    memset(poller->pending, 0, kept * sizeof *poller->pending);
    return true;
}

enum oam_result oam_poller_new(struct oam_client *client, const char *const *refs, size_t n_refs,
                               struct oam_poller **ret_poller, struct oam_error *err)
{
    struct oam_poller *poller = oami_realloc(NULL, sizeof *poller);
    if (!poller) {
        oam_client_free(client);
        return oami_fail_memory(err);
    }
    *poller = (struct oam_poller){.client = client, .told = {-1, -1}};
    (void)pthread_mutex_init(&poller->mutex, NULL);
    bool ready = keep_refs(poller, refs, n_refs) && pipe2(poller->told, O_CLOEXEC | O_NONBLOCK) == 0;
    poller->started = ready && pthread_create(&poller->thread, NULL, poller_main, poller) == 0;
    if (!poller->started) {
        oam_poller_free(poller);
        return oami_fail_memory(err);
    }
    oami_error_clear(err);
    *ret_poller = poller;
    return OAM_OK;
}

int oam_poller_fd(const struct oam_poller *poller)
{
    return poller->told[0];
}

/* Under the mutex: the pipe is empty when there is nothing more to say. The end is said again and again. */
static void hide(struct oam_poller *poller)
{
    char bytes[256];
    while (read(poller->told[0], bytes, sizeof bytes) > 0) {
    }
}

enum oam_result oam_poller_next(struct oam_poller *poller, struct oam_change *ret_change, struct oam_error *err)
{
    oami_error_clear(err);
    (void)pthread_mutex_lock(&poller->mutex);
    struct change *change = poller->first;
    enum oam_result result = change ? OAM_OK : OAM_DONE;
    if (change) {
        poller->first = change->next;
        poller->pending[change->place] = NULL;
        if (!poller->first)
            poller->last = NULL;
    } else if (poller->end.result != OAM_OK) {
        *err = poller->end;
        result = err->result;
    }
    if (!poller->first && poller->end.result == OAM_OK)
        hide(poller);
    (void)pthread_mutex_unlock(&poller->mutex);
    change_free(poller->given);
    poller->given = change;
    if (change)
        *ret_change = (struct oam_change){.ref = poller->refs[change->place], .status = change->status};
    return result;
}

void oam_poller_free(struct oam_poller *poller)
{
    if (!poller)
        return;
    atomic_store(&poller->client->cancelled, true);
    if (poller->started)
        (void)pthread_join(poller->thread, NULL);
    for (struct change *change = poller->first, *next; change; change = next) {
        next = change->next;
        change_free(change);
    }
    change_free(poller->given);
    for (size_t i = 0; i < poller->n_refs; i++)
        oami_free(poller->refs[i]);
    oami_free(poller->refs);
    oami_free(poller->stale);
    oami_free(poller->heard);
    oami_free(poller->pending);
    for (size_t i = 0; i < 2; i++)
        if (poller->told[i] >= 0)
            (void)close(poller->told[i]);
    (void)pthread_mutex_destroy(&poller->mutex);
    oam_client_free(poller->client);
    oami_free(poller);
}
