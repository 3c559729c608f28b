#include "worker/sender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/bell.h"
#include "base/log.h"
#include "base/schedule.h"
#include "worker/posting.h"

#define AT_ONCE       256 /* messages under way */
#define EACH          8   /* of them to one webhook; to one that fails, one */
#define LEASE_S       30  /* longer than a message takes, and what we need to say so */
#define POLL_MS       200 /* events ring: this is for what another process has left, and for the first webhook of all */
#define FIGURES_US    (SECOND_US)
#define PURGE_US      (60 * SECOND_US)
#define PURGE_MORE_US (SECOND_US / 10) /* what is to be sent goes before */
#define MS_US         INT64_C(1000)
#define SECOND_US     INT64_C(1000000)

_Static_assert((int)WEBHOOK_OUTCOME_COUNT <= WEBHOOK_COUNTERS, "every outcome has its counter");

struct sender {
    struct app *app;
    struct store *store;
    pthread_t thread;
    atomic_bool stopping;
    CURLM *multi;
    struct posting_settings settings;
    int64_t waits_ms[SCHEDULE_MAX];
    struct posting postings[AT_ONCE];
    size_t n_postings, n_ended; /* not free; of them those that wait to be noted */
    bool failing;
    int64_t next_look, next_settle, next_figures, next_purge; /* monotonic µs */
    int64_t next_try;                                         /* what failed here is due again */
    int64_t all_by;                                           /* those that fail have their turn, whatever is new */
};

static struct call call_of(struct sender *sender, struct arena *arena, struct error *err)
{
    return (struct call){
        .store = sender->store,
        .arena = arena,
        .actor = &actor_system,
        .directory = directory_use(sender->app->directory, arena),
        .auth = sender->app->auth,
        .cache = sender->app->cache,
        .err = err,
        .now = clock_now(sender->app->clock),
        .language = TEXT_CA,
    };
}

/* ---- taking and sending ---- */

static void send_one(struct sender *sender, const struct webhook_post *post, int64_t now)
{
    struct posting *posting = sender->postings;
    while (posting->arena)
        posting++;
    sender->n_postings++;
    if (posting_begin(posting, post, &sender->settings, now))
        curl_multi_add_handle(sender->multi, posting->handle);
    else
        sender->n_ended++;
}

static bool take(struct sender *sender, const struct call *call, int64_t now, bool *ret_more)
{
    const bool all = now >= sender->all_by;
    struct webhook_post *posts = NULL;
    size_t n = 0;
    const struct webhook_room room = {.free = AT_ONCE - sender->n_postings, .all = AT_ONCE, .each = EACH};
    if (!webhook_collect(call, all, ret_more) || !webhook_take(call, &room, LEASE_S, &posts, &n))
        return false;
    if (all || !*ret_more)
        sender->all_by = now + SECOND_US;
    for (size_t i = 0; i < n; i++)
        send_one(sender, &posts[i], call->now);
    *ret_more = *ret_more || n > 0;
    return true;
}

static bool keep_house(struct sender *sender, const struct call *call, int64_t now)
{
    struct webhook_counters *told = &sender->app->webhooks;
    struct webhook_figures seen;
    bool more = false;
    if (now >= sender->next_purge) {
        if (!webhook_purge(call, sender->app->config->webhook_log_days, &more))
            return false;
        sender->next_purge = now + (more ? PURGE_MORE_US : PURGE_US);
    }
    if (now < sender->next_figures)
        return true;
    sender->next_figures = now + FIGURES_US;
    if (!webhook_figures(call, &seen))
        return false;
    atomic_store(&told->pending, seen.pending);
    atomic_store(&told->age_us, seen.age_us);
    atomic_store(&told->active, seen.active);
    atomic_store(&told->paused, seen.paused);
    atomic_store(&told->disabled, seen.disabled);
    atomic_store(&told->failing, seen.failing);
    return true;
}

static bool has_nobody(const struct sender *sender)
{
    const struct webhook_counters *seen = &sender->app->webhooks;
    return atomic_load(&seen->active) == 0 && atomic_load(&seen->pending) == 0;
}

/* Monotonic µs of the next look. A database that fails is not asked more often for it. */
static int64_t due(const struct sender *sender)
{
    return sender->failing || sender->next_look < sender->next_try ? sender->next_look : sender->next_try;
}

static void look(struct sender *sender, struct arena *arena)
{
    const int64_t now = clock_monotonic();
    if (sender->n_postings == AT_ONCE || now < due(sender) || atomic_load(&sender->stopping))
        return;
    struct error err = {.language = TEXT_EN, .arena = arena};
    const struct call call = call_of(sender, arena, &err);
    bool more = false;
    const bool looked = call.directory && take(sender, &call, now, &more) && keep_house(sender, &call, now);
    if (looked == sender->failing)
        log_event(looked ? LOG_INFO : LOG_WARN, looked ? "sender_recovered" : "sender_failed",
                  LOG_S("where", err.where));
    sender->failing = !looked;
    sender->next_look = now + (looked && more ? 0 : POLL_MS * MS_US);
    if (looked && now >= sender->next_try)
        sender->next_try = INT64_MAX;
}

/* ---- what became of it ---- */

static void tell(struct sender *sender, const struct posting *posting)
{
    const struct webhook_result *result = &posting->result;
    const int64_t again = clock_monotonic() + result->wait_ms * MS_US;
    if (result->fate == WEBHOOK_AGAIN && again < sender->next_try)
        sender->next_try = again;
    (void)atomic_fetch_add_explicit(&sender->app->webhooks.tries[result->outcome], 1, memory_order_relaxed);
    if (result->fate != WEBHOOK_DELIVERED)
        log_event(LOG_INFO, "webhook_failed", LOG_S("webhook", result->webhook), LOG_S("delivery", posting->post.uid),
                  LOG_S("outcome", webhook_outcome_word(result->outcome)), LOG_N("status", result->status),
                  LOG_N("tries", posting->post.tries), LOG_N("dead", result->fate == WEBHOOK_DEAD));
}

static void take_ended(struct sender *sender)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        struct posting *posting = NULL;
        const CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &posting);
        posting_end(posting, code, &sender->settings);
        curl_multi_remove_handle(sender->multi, posting->handle);
        curl_easy_cleanup(posting->handle);
        posting->handle = NULL;
        sender->n_ended++;
    }
}

static bool is_ended(const struct posting *posting)
{
    return posting->arena && !posting->handle;
}

/* All that is over, in one transaction. What cannot be noted now is kept and tried again: it is not sent twice because
   the database was away for a moment. */
static void settle(struct sender *sender, struct arena *arena)
{
    const int64_t now = clock_monotonic();
    struct error err = {.language = TEXT_EN, .arena = arena};
    const struct call call = call_of(sender, arena, &err);
    struct webhook_result results[AT_ONCE];
    size_t n = 0;
    if (sender->n_ended == 0 || now < sender->next_settle)
        return;
    for (size_t i = 0; i < AT_ONCE; i++)
        if (is_ended(&sender->postings[i]))
            results[n++] = sender->postings[i].result;
    if (!webhook_settle(&call, results, n, sender->app->config->webhook_patience_s)) {
        log_event(LOG_WARN, "webhooks_not_noted", LOG_N("deliveries", (int64_t)n), LOG_S("where", err.where));
        sender->next_settle = now + SECOND_US / 2;
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (results[i].disabled)
            log_event(LOG_WARN, "webhook_disabled", LOG_S("webhook", results[i].webhook));
    for (size_t i = 0; i < AT_ONCE; i++)
        if (is_ended(&sender->postings[i])) {
            tell(sender, &sender->postings[i]);
            posting_release(&sender->postings[i]);
        }
    sender->n_postings -= n;
    sender->n_ended = 0;
    sender->next_look = 0; /* what came behind them is due now */
}

/* ---- the thread ---- */

static int rest_ms(const struct sender *sender)
{
    if (sender->n_ended == 0 && (sender->n_postings == AT_ONCE || atomic_load(&sender->stopping)))
        return POLL_MS; /* or until something moves */
    const int64_t until = sender->n_ended > 0 ? sender->next_settle : due(sender);
    const int64_t left = (until - clock_monotonic()) / MS_US + 1;
    return left < 0 ? 0 : left > POLL_MS ? POLL_MS : (int)left;
}

/* Until something moves, somebody rings, or it is time to look. Where nobody has a webhook, what happens is no news. */
static void rest(struct sender *sender)
{
    struct bell *news = sender->app->news;
    struct curl_waitfd ear = {.fd = bell_descriptor(news), .events = CURL_WAIT_POLLIN};
    curl_multi_poll(sender->multi, &ear, 1, rest_ms(sender), NULL);
    if (bell_wait(news, 0) && !has_nobody(sender))
        sender->next_look = 0;
}

/* Once asked to stop it takes nothing more, and ends with what is under way; what it cannot note any more is sent again
   by somebody else. */
static bool goes_on(const struct sender *sender, int64_t *stopped)
{
    if (!atomic_load(&sender->stopping))
        return true;
    if (*stopped == 0)
        *stopped = clock_monotonic();
    return sender->n_postings > 0 &&
           clock_monotonic() < *stopped + (sender->app->config->webhook_timeout_ms + 1000) * MS_US;
}

static void *run(void *data)
{
    struct sender *sender = data;
    struct arena *arena = arena_new(64 * 1024);
    int64_t stopped = 0;
    while (goes_on(sender, &stopped)) {
        int running = 0;
        look(sender, arena);
        curl_multi_perform(sender->multi, &running);
        take_ended(sender);
        settle(sender, arena);
        arena_reset(arena);
        rest(sender);
    }
    arena_free(arena);
    return NULL;
}

/* "host:port:address host:port:address" */
static struct curl_slist *hosts_of(const char *text)
{
    struct curl_slist *hosts = NULL;
    char one[512];
    for (const char *at = text; *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        if (length > 0 && length < sizeof one) {
            memcpy(one, at, length);
            one[length] = '\0';
            struct curl_slist *longer = curl_slist_append(hosts, one);
            hosts = longer ? longer : hosts;
        }
        at += length;
    }
    return hosts;
}

struct sender *sender_start(struct app *app, struct store *store)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    sender->app = app;
    sender->store = store;
    sender->next_try = INT64_MAX;
    sender->settings = (struct posting_settings){
        .config = app->config,
        .auth = app->auth,
        .hosts = hosts_of(app->config->webhook_hosts),
        .waits_ms = sender->waits_ms,
        .n_waits = schedule_parse(app->config->webhook_schedule, sender->waits_ms),
    };
    sender->multi = curl_multi_init();
    if (!sender->multi || pthread_create(&sender->thread, NULL, run, sender) != 0)
        abort();
    return sender;
}

void sender_stop(struct sender *sender)
{
    if (!sender)
        return;
    atomic_store(&sender->stopping, true);
    curl_multi_wakeup(sender->multi);
    pthread_join(sender->thread, NULL);
    for (size_t i = 0; i < AT_ONCE; i++)
        if (sender->postings[i].handle) {
            curl_multi_remove_handle(sender->multi, sender->postings[i].handle);
            curl_easy_cleanup(sender->postings[i].handle);
        }
    for (size_t i = 0; i < AT_ONCE; i++)
        if (sender->postings[i].arena)
            posting_release(&sender->postings[i]);
    curl_multi_cleanup(sender->multi);
    curl_slist_free_all(sender->settings.hosts);
    curl_global_cleanup();
    store_free(sender->store);
    free(sender);
}
