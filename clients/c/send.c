/* A call: exchanges until one of them is final. */
#include "client_internal.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NAP_MS 100

/* Everything one call keeps through its attempts. */
struct sending {
    struct oam_client *client;
    const char *method, *path, *body;
    const struct oam_call *call;
    char *url;
    char key[37];
    const char *idempotency_key;
    unsigned attempts;
    bool renewed;
};

static bool add_headers(const struct sending *sending, struct curl_slist **headers)
{
    const struct oam_client *client = sending->client;
    const struct oam_call *call = sending->call;
    bool is_patch = strcmp(sending->method, "PATCH") == 0;
    const char *type = is_patch ? "application/merge-patch+json" : "application/json";
    char *bearer = NULL;
    if (client->token) {
        struct oami_buffer text;
        oami_buffer_init(&text, 8192);
        oami_buffer_text(&text, "Bearer ");
        oami_buffer_text(&text, client->token);
        bearer = oami_buffer_take(&text);
        if (!bearer)
            return false;
    }
    bool ok = oami_header_add(headers, "Authorization", bearer) &&
              oami_header_add(headers, "Accept", "application/json, */*;q=0.1") &&
              oami_header_add(headers, "Accept-Language", client->language) &&
              oami_header_add(headers, "Content-Type",
                              !sending->body       ? NULL
                              : call->content_type ? call->content_type
                                                   : type) &&
              oami_header_add(headers, "If-Match", call->if_match) &&
              oami_header_add(headers, "If-None-Match", call->if_none_match) &&
              oami_header_add(headers, "Prefer", call->prefer) &&
              oami_header_add(headers, "Idempotency-Key", sending->idempotency_key);
    oami_free_secret(bearer);
    if (ok) {
        /* Waiting for 100-continue costs a second with servers that do not send it. */
        struct curl_slist *longer = curl_slist_append(*headers, "Expect:");
        ok = longer != NULL;
        *headers = longer ? longer : *headers;
    }
    return ok;
}

/* One attempt; ret_attempt says what its outcome allows. */
static enum oam_result send_once(struct sending *sending, struct oami_attempt *ret_attempt,
                                 struct oam_response **ret_response, struct oam_error *err)
{
    struct oami_exchange exchange = {.method = sending->method, .url = sending->url, .body = sending->body};
    long timeout_ms = sending->call->timeout_ms;
    exchange.timeout_ms = timeout_ms > 0 ? timeout_ms : sending->client->options.timeout_ms;
    *ret_attempt = (struct oami_attempt){.method = sending->method,
                                         .keyed = sending->idempotency_key != NULL,
                                         .safe = sending->call->safe,
                                         .sent = true};
    exchange.once = !oami_is_harmless(ret_attempt);
    if (!add_headers(sending, &exchange.headers)) {
        curl_slist_free_all(exchange.headers);
        return oami_fail(err, OAM_E_ARGUMENT, "bad_header", "A header value is too long, or holds a line break");
    }
    struct oam_response *response = NULL;
    enum oam_result result = oami_exchange_run(sending->client, &exchange, &response, err);
    curl_slist_free_all(exchange.headers);
    sending->attempts++;
    ret_attempt->sent = exchange.sent;
    if (result != OAM_OK)
        return result;
    response->attempts = sending->attempts;
    ret_attempt->status = response->status;
    *ret_response = response;
    result = oami_result_of_status(response->status);
    if (result == OAM_OK || result == OAM_NOT_MODIFIED) {
        oami_error_clear(err);
        return result;
    }
    oami_error_from_answer(err, response, exchange.retry_after_s);
    ret_attempt->in_flight = strcmp(err->code, "idempotency_in_flight") == 0;
    return result;
}

/* In short naps, since another thread may cancel. */
void oami_pause(const struct oam_client *client, long ms)
{
    for (; ms > 0 && !atomic_load(&client->cancelled); ms -= NAP_MS) {
        long nap = ms < NAP_MS ? ms : NAP_MS;
        struct timespec left = {.tv_nsec = nap * 1000000L};
        while (nanosleep(&left, &left) != 0 && errno == EINTR) {
        }
    }
}

/* Whether the failure is worth another attempt; if so, after the pause it deserves. */
static bool prepare_retry(struct sending *sending, const struct oami_attempt *attempt, const struct oam_error *err)
{
    const struct oam_client_options *options = &sending->client->options;
    bool outcome_known = attempt->status != 0 || err->result == OAM_E_NETWORK || err->result == OAM_E_TIMEOUT;
    if (!outcome_known || sending->attempts > options->retries || !oami_should_retry(attempt))
        return false;
    long delay = oami_delay_ms(sending->attempts - 1, options->backoff_ms, options->backoff_max_ms, err->retry_after_s,
                               oami_random());
    if (delay > options->backoff_max_ms)
        return false;
    oami_pause(sending->client, delay);
    return !atomic_load(&sending->client->cancelled);
}

/* A token may end before its time (rotation, revocation): with credentials at hand, one new one is tried. */
static bool may_renew(const struct sending *sending, const struct oami_attempt *attempt)
{
    return attempt->status == 401 && !sending->renewed && sending->client->login != OAMI_LOGIN_NONE &&
           sending->client->token;
}

/* Whether the refused call may be sent again with a new token. A log-in that was refused leaves the refusal to speak;
 * one that did not come through is the failure there is: trying again later may well succeed. */
static bool renew(struct sending *sending, enum oam_result *result, struct oam_error *err)
{
    struct oam_error why;
    sending->renewed = true;
    enum oam_result renewed = oami_session_renew(sending->client, &why);
    if (renewed != OAM_OK && renewed != OAM_E_AUTH) {
        *result = renewed;
        *err = why;
    }
    return renewed == OAM_OK;
}

static enum oam_result send_until_final(struct sending *sending, struct oam_response **ret_response,
                                        struct oam_error *err)
{
    for (;;) {
        struct oami_attempt attempt;
        struct oam_response *response = NULL;
        enum oam_result result = send_once(sending, &attempt, &response, err);
        bool again = false;
        if (result != OAM_OK && result != OAM_NOT_MODIFIED)
            again = may_renew(sending, &attempt) ? renew(sending, &result, err) : prepare_retry(sending, &attempt, err);
        if (!again) {
            *ret_response = response;
            return result;
        }
        oam_response_free(response);
    }
}

static bool is_login_path(const char *path)
{
    return strcmp(path, "/api/v1/oauth/token") == 0 || strcmp(path, "/api/v1/session") == 0;
}

enum oam_result oam_send(struct oam_client *client, const char *method, const char *path, const char *body,
                         const struct oam_call *call, struct oam_response **ret_response, struct oam_error *err)
{
    static const struct oam_call plain;
    struct sending sending = {.client = client, .method = method, .path = path, .body = body};
    sending.call = call ? call : &plain;
    *ret_response = NULL;
    if (!oami_path_is_plain(path))
        return oami_fail(err, OAM_E_ARGUMENT, "bad_path", "The path does not begin with /, or is not encoded");
    /* A POST always has a body, or a proxy may wait for one. */
    if (!body && strcmp(method, "POST") == 0)
        sending.body = "";
    sending.idempotency_key = sending.call->idempotency_key;
    if (!sending.idempotency_key && !sending.call->safe && strcmp(method, "POST") == 0) {
        oam_uuid(sending.key);
        sending.idempotency_key = sending.key;
    }
    if (!is_login_path(path) && oami_session_due(client)) {
        enum oam_result result = oami_session_renew(client, err);
        if (result != OAM_OK)
            return result;
    }
    struct oami_buffer url;
    oami_buffer_init(&url, 131072);
    oami_buffer_text(&url, client->url);
    oami_buffer_text(&url, path);
    sending.url = oami_buffer_take(&url);
    if (!sending.url)
        return oami_fail_memory(err);
    enum oam_result result = send_until_final(&sending, ret_response, err);
    oami_free(sending.url);
    return result;
}

enum oam_result oam_get(struct oam_client *client, const char *path, const struct oam_call *call,
                        struct oam_response **ret_response, struct oam_error *err)
{
    return oam_send(client, "GET", path, NULL, call, ret_response, err);
}

enum oam_result oam_post(struct oam_client *client, const char *path, const char *json, const struct oam_call *call,
                         struct oam_response **ret_response, struct oam_error *err)
{
    return oam_send(client, "POST", path, json, call, ret_response, err);
}

enum oam_result oam_patch(struct oam_client *client, const char *path, const char *json, const struct oam_call *call,
                          struct oam_response **ret_response, struct oam_error *err)
{
    return oam_send(client, "PATCH", path, json, call, ret_response, err);
}

enum oam_result oam_delete(struct oam_client *client, const char *path, const struct oam_call *call,
                           struct oam_response **ret_response, struct oam_error *err)
{
    return oam_send(client, "DELETE", path, NULL, call, ret_response, err);
}
