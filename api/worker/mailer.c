#include "worker/mailer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "service/mail.h"

#define AT_ONCE   16 /* letters under way */
#define CONNECT_S 5
#define LETTER_S  20
#define LEASE_S   60 /* longer than a letter takes, and what we need to say so */
#define POLL_MS   100
#define IDLE_MS   500
#define SECOND_US INT64_C(1000000)

/* One letter under way; id 0: free. */
struct sending {
    struct mail mail;
    struct arena *arena;
    CURL *handle;
    struct curl_slist *to;
    size_t sent;
    char error[CURL_ERROR_SIZE];
};

struct mailer {
    struct app *app;
    struct store *store;
    pthread_t thread;
    atomic_bool stopping;
    CURLM *multi;
    struct sending sending[AT_ONCE];
    size_t n_sending;
    bool failing;
    int64_t next_look; /* monotonic µs */
};

static struct call call_of(struct mailer *mailer, struct arena *arena, struct error *err)
{
    return (struct call){
        .store = mailer->store,
        .arena = arena,
        .actor = &actor_system,
        .directory = directory_use(mailer->app->directory, arena),
        .auth = mailer->app->auth,
        .err = err,
        .now = clock_now(mailer->app->clock),
        .language = TEXT_EN,
    };
}

/* ---- one letter ---- */

static size_t give(char *into, size_t size, size_t count, void *data)
{
    struct sending *one = data;
    size_t room = size * count, left = one->mail.length - one->sent, n = left < room ? left : room;
    memcpy(into, one->mail.message + one->sent, n);
    one->sent += n;
    return n;
}

static void set_options(struct sending *one, const struct config *config)
{
    CURL *handle = one->handle;
    bool secret = strchr(config->smtp_url, '@') != NULL;
    curl_easy_setopt(handle, CURLOPT_URL, config->smtp_url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    /* A password is not said in the clear; without one, encryption is taken where it is offered. */
    curl_easy_setopt(handle, CURLOPT_USE_SSL, (long)(secret ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, config->mail_from);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, one->to);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(handle, CURLOPT_READDATA, one);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, (long)LETTER_S);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, one->error);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, one);
}

static void finish(struct mailer *mailer, struct sending *one)
{
    curl_multi_remove_handle(mailer->multi, one->handle);
    curl_easy_cleanup(one->handle);
    curl_slist_free_all(one->to);
    arena_free(one->arena);
    *one = (struct sending){0};
    mailer->n_sending--;
}

/* Its own copy of what it sends, since it outlives the look in which it was taken. */
static void begin(struct mailer *mailer, const struct mail *mail)
{
    struct sending *one = mailer->sending;
    while (one->handle)
        one++;
    *one = (struct sending){.mail = *mail, .arena = arena_new(mail->length + 512)};
    char *message = arena_alloc(one->arena, mail->length + 1);
    memcpy(message, mail->message, mail->length);
    one->mail.message = message;
    one->mail.address = arena_strdup(one->arena, mail->address);
    one->to = curl_slist_append(NULL, one->mail.address);
    one->handle = curl_easy_init();
    if (!one->handle || !one->to)
        abort();
    set_options(one, mailer->app->config);
    curl_multi_add_handle(mailer->multi, one->handle);
    mailer->n_sending++;
}

/* ---- what became of it ---- */

static void count(struct mailer *mailer, bool sent)
{
    struct runtime_counters *counters = &mailer->app->runtime;
    (void)atomic_fetch_add_explicit(sent ? &counters->effects_done : &counters->effects_failed, 1,
                                    memory_order_relaxed);
}

static void ended(struct mailer *mailer, struct sending *one, CURLcode code)
{
    struct error err = {.language = TEXT_EN, .arena = one->arena};
    struct call call = call_of(mailer, one->arena, &err);
    long status = 0;
    char answer[16];
    curl_easy_getinfo(one->handle, CURLINFO_RESPONSE_CODE, &status);
    snprintf(answer, sizeof answer, "%ld", status);
    const bool sent = code == CURLE_OK;
    const char *why = one->error[0] ? one->error : curl_easy_strerror(code);
    const bool noted = sent ? mail_sent(&call, &one->mail, answer) : mail_failed(&call, &one->mail, why);
    count(mailer, sent);
    if (!sent)
        log_event(LOG_WARN, "mail_failed",
                  LOG_N(one->mail.asks     ? "asks"
                        : one->mail.notice ? "notice"
                                           : "effect",
                        one->mail.id),
                  LOG_N("tries", one->mail.tries), LOG_N("code", (int64_t)code), LOG_N("smtp", (int64_t)status));
    if (!noted) /* its lease ends, and it is sent again under the same key */
        log_event(LOG_WARN, "mail_not_noted", LOG_N("effect", one->mail.id), LOG_S("where", err.where));
    finish(mailer, one);
}

static void take_ended(struct mailer *mailer)
{
    const CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(mailer->multi, &left)) != NULL) {
        struct sending *one = NULL;
        const CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &one);
        ended(mailer, one, code);
    }
}

/* ---- the thread ---- */

static void look(struct mailer *mailer)
{
    const int64_t now = clock_monotonic();
    if (mailer->n_sending == AT_ONCE || now < mailer->next_look || atomic_load(&mailer->stopping))
        return;
    struct arena *arena = arena_new(64 * 1024);
    struct error err = {.language = TEXT_EN, .arena = arena};
    struct call call = call_of(mailer, arena, &err);
    struct mail *mails = NULL;
    size_t n = 0;
    const bool looked = call.directory && mail_take(&call, mailer->app->config->mail_from, AT_ONCE - mailer->n_sending,
                                                    LEASE_S, &mails, &n);
    for (size_t i = 0; looked && i < n; i++)
        begin(mailer, &mails[i]);
    if (looked == mailer->failing)
        log_event(looked ? LOG_INFO : LOG_WARN, looked ? "mailer_recovered" : "mailer_failed");
    mailer->failing = !looked;
    mailer->next_look = now + (looked && n > 0 ? 0 : SECOND_US / 2);
    arena_free(arena);
}

static void *run(void *data)
{
    struct mailer *mailer = data;
    while (!atomic_load(&mailer->stopping) || mailer->n_sending > 0) {
        int running = 0;
        look(mailer);
        curl_multi_perform(mailer->multi, &running);
        take_ended(mailer);
        curl_multi_poll(mailer->multi, NULL, 0, mailer->n_sending > 0 ? POLL_MS : IDLE_MS, NULL);
    }
    return NULL;
}

struct mailer *mailer_start(struct app *app, struct store *store)
{
    struct mailer *mailer = calloc(1, sizeof *mailer);
    if (!mailer || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    mailer->app = app;
    mailer->store = store;
    mailer->multi = curl_multi_init();
    if (!mailer->multi || pthread_create(&mailer->thread, NULL, run, mailer) != 0)
        abort();
    return mailer;
}

void mailer_stop(struct mailer *mailer)
{
    if (!mailer)
        return;
    atomic_store(&mailer->stopping, true);
    curl_multi_wakeup(mailer->multi);
    pthread_join(mailer->thread, NULL);
    curl_multi_cleanup(mailer->multi);
    curl_global_cleanup();
    store_free(mailer->store);
    free(mailer);
}
