#include "worker/posting.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "auth/webhook_secret.h"

#define HEAD_MAX     (16 * 1024)
#define ANSWER_MAX   (64 * 1024)
#define DAY_MS       (INT64_C(24) * 3600 * 1000)
#define SECOND_US    INT64_C(1000000)
#define JITTER_SHARE 5 /* a wait is up to a fifth longer, so that many do not come back at once */

/* ---- where it may go ---- */

static bool may_reach(struct posting *posting, const struct sockaddr *address)
{
    struct ip ip;
    return ip_of_sockaddr(address, &ip) && webhook_url_may_connect(&posting->url, &ip, &posting->reach);
}

/* For every address that a name resolves to, before anything is sent there. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct posting *posting = data;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_reach(posting, &address->addr)) {
        posting->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* And of the connection that is used, which may be an older one. */
static int may_use(struct posting *posting, const char *remote)
{
    struct ip ip;
    if (ip_parse(remote, strlen(remote), &ip) && webhook_url_may_connect(&posting->url, &ip, &posting->reach))
        return CURL_PREREQFUNC_OK;
    posting->refused = true;
    return CURL_PREREQFUNC_ABORT;
}

/* What has no two ends is no connection. */
static int before_request(void *data, char *remote, char *local, int remote_port, int local_port)
{
    return strlen(local) > 0 && remote_port > 0 && local_port > 0 ? may_use(data, remote) : CURL_PREREQFUNC_ABORT;
}

/* ---- the answer: nothing of it is kept ---- */

/* A head ends with an empty line; those of 1xx are not it yet. */
static bool head_ends(struct posting *posting, const char *line, size_t length)
{
    long status = 0;
    curl_easy_getinfo(posting->handle, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && length > 0 && length <= 2 && line[length - 1] == '\n' && (length == 1 || line[0] == '\r');
}

static size_t take_head(char *line, size_t size, size_t count, void *data)
{
    struct posting *posting = data;
    const size_t length = size * count;
    posting->received += length;
    posting->answered = posting->answered || head_ends(posting, line, length);
    return posting->received > HEAD_MAX ? 0 : length;
}

static size_t count_body(struct posting *posting, const char *bytes, size_t length)
{
    (void)bytes;
    posting->received += length;
    return posting->received > ANSWER_MAX ? 0 : length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    return count_body(data, bytes, size * count);
}

/* ---- beginning ---- */

static bool add_header(struct posting *posting, const char *name, const char *value)
{
    struct curl_slist *longer =
        curl_slist_append(posting->headers, arena_printf(posting->arena, "%s: %s", name, value));
    if (longer)
        posting->headers = longer;
    return longer != NULL;
}

static bool add_headers(struct posting *posting, const struct auth *auth, int64_t now)
{
    const struct webhook_post *post = &posting->post;
    const int64_t at = now / SECOND_US;
    char signatures[WEBHOOK_SIGNATURE_ALL_SIZE];
    return webhook_secret_sign(auth, post->webhook, post->secrets, post->uid, at, post->body, post->length,
                               signatures) &&
           add_header(posting, "Content-Type", "application/cloudevents+json; charset=utf-8") &&
           add_header(posting, "webhook-id", post->uid) &&
           add_header(posting, "webhook-timestamp", arena_printf(posting->arena, "%" PRId64, at)) &&
           add_header(posting, "webhook-signature", signatures) && add_header(posting, "traceparent", post->trace) &&
           add_header(posting, "Expect", "") && add_header(posting, "Accept", "*/*");
}

/* Nothing that the environment or a file of somebody's home says changes where it goes. */
static void set_reach(struct posting *posting, const struct posting_settings *settings)
{
    CURL *handle = posting->handle;
    curl_easy_setopt(handle, CURLOPT_URL, posting->post.url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, posting->url.https ? "https" : "http");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, posting);
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, posting);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* GnuTLS would read every certificate of the folder again for each connection: the file is the same in one. */
    curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    if (*settings->config->webhook_ca)
        curl_easy_setopt(handle, CURLOPT_CAINFO, settings->config->webhook_ca);
    if (settings->hosts)
        curl_easy_setopt(handle, CURLOPT_RESOLVE, settings->hosts);
}

static void set_options(struct posting *posting, const struct posting_settings *settings)
{
    CURL *handle = posting->handle;
    set_reach(posting, settings);
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, posting->post.body);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)posting->post.length);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, posting->headers);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "oamd/" OAM_VERSION);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, posting);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, posting);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)settings->config->webhook_timeout_ms);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    /* A name that nobody answers for must not hold the one thread that sends to everybody. */
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, posting);
}

static void copy_post(struct posting *posting, const struct webhook_post *post)
{
    struct arena *arena = posting->arena;
    posting->post = *post;
    posting->post.uid = arena_strdup(arena, post->uid);
    posting->post.webhook = arena_strdup(arena, post->webhook);
    posting->post.url = arena_strdup(arena, post->url);
    posting->post.secrets = arena_strdup(arena, post->secrets ? post->secrets : "");
    posting->post.trace = arena_strdup(arena, post->trace);
    posting->post.body = arena_strndup(arena, post->body, post->length);
}

/* ---- what comes of it ---- */

static int64_t jitter(int64_t wait_ms)
{
    uint32_t chance = 0;
    const int64_t more = wait_ms / JITTER_SHARE;
    if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
        chance = UINT32_MAX / 2;
    return wait_ms + (int64_t)((double)more * ((double)chance / (double)UINT32_MAX));
}

/* Again by the schedule, or later where the receiver asks for that; after the last try it is a dead letter. */
static void decide(struct posting *posting, enum webhook_outcome outcome, int64_t retry_after_s,
                   const struct posting_settings *settings)
{
    const struct webhook_post *post = &posting->post;
    struct webhook_result *result = &posting->result;
    result->outcome = outcome;
    if (outcome == WEBHOOK_OUTCOME_DELIVERED) {
        result->fate = WEBHOOK_DELIVERED;
    } else if (post->ping || post->tries >= (int64_t)settings->n_waits) {
        result->fate = WEBHOOK_DEAD;
    } else {
        const int64_t asked_ms = retry_after_s < DAY_MS / 1000 ? retry_after_s * 1000 : DAY_MS;
        result->fate = WEBHOOK_AGAIN;
        result->wait_ms = jitter(settings->waits_ms[post->tries]);
        if (outcome == WEBHOOK_OUTCOME_THROTTLED && result->wait_ms < asked_ms)
            result->wait_ms = asked_ms;
    }
}

bool posting_begin(struct posting *posting, const struct webhook_post *post, const struct posting_settings *settings,
                   int64_t now)
{
    const struct config *config = settings->config;
    *posting = (struct posting){.arena = arena_new(post->length + 2048), .started_us = clock_monotonic()};
    posting->reach = (struct webhook_reach){.networks = config->webhook_networks, .ports = config->webhook_ports};
    copy_post(posting, post);
    posting->result = (struct webhook_result){.id = post->id, .lease = post->lease, .webhook = posting->post.webhook};
    /* What an operator let pass when it was made may be forbidden by now. */
    if (webhook_url_parse(posting->post.url, &posting->reach, &posting->url) != WEBHOOK_URL_FINE) {
        decide(posting, WEBHOOK_OUTCOME_ADDRESS_REFUSED, 0, settings);
        return false;
    }
    if (!add_headers(posting, settings->auth, now)) {
        decide(posting, WEBHOOK_OUTCOME_BROKEN_OFF, 0, settings);
        return false;
    }
    posting->handle = curl_easy_init();
    if (!posting->handle)
        abort();
    set_options(posting, settings);
    return true;
}

static enum webhook_outcome outcome_of_status(long status)
{
    if (status >= 200 && status < 300)
        return WEBHOOK_OUTCOME_DELIVERED;
    if (status >= 300 && status < 400)
        return WEBHOOK_OUTCOME_REDIRECTED;
    if (status == 410)
        return WEBHOOK_OUTCOME_GONE;
    return status == 429 || status == 503 ? WEBHOOK_OUTCOME_THROTTLED : WEBHOOK_OUTCOME_REFUSED;
}

static enum webhook_outcome outcome_of_code(const struct posting *posting, CURLcode code)
{
    if (posting->refused)
        return WEBHOOK_OUTCOME_ADDRESS_REFUSED;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return WEBHOOK_OUTCOME_NOT_RESOLVED;
    case CURLE_COULDNT_CONNECT:
        return WEBHOOK_OUTCOME_NOT_CONNECTED;
    case CURLE_OPERATION_TIMEDOUT:
        return WEBHOOK_OUTCOME_TIMED_OUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return WEBHOOK_OUTCOME_TLS_FAILED;
    default:
        return WEBHOOK_OUTCOME_BROKEN_OFF;
    }
}

void posting_end(struct posting *posting, CURLcode code, const struct posting_settings *settings)
{
    long status = 0;
    curl_off_t retry_after = 0;
    posting->result.took_ms = (clock_monotonic() - posting->started_us) / 1000;
    if (posting->answered) {
        curl_easy_getinfo(posting->handle, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(posting->handle, CURLINFO_RETRY_AFTER, &retry_after);
        posting->result.status = (int)status;
    }
    decide(posting, posting->answered ? outcome_of_status(status) : outcome_of_code(posting, code),
           (int64_t)retry_after, settings);
}

void posting_release(struct posting *posting)
{
    curl_slist_free_all(posting->headers);
    arena_free(posting->arena);
    *posting = (struct posting){0};
}
