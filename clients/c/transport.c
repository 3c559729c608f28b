/* One HTTP exchange over libcurl: the only file that knows curl's options. */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct receiver {
    struct oam_response *response;
    struct oami_buffer body;
    bool out_of_memory;
};

bool oami_header_add(struct curl_slist **headers, const char *name, const char *value)
{
    if (!value)
        return true;
    /* A line break in a value would start a header of the caller's choice. */
    if (strpbrk(value, "\r\n"))
        return false;
    struct oami_buffer line;
    oami_buffer_init(&line, 8192);
    oami_buffer_text(&line, name);
    oami_buffer_text(&line, ": ");
    oami_buffer_text(&line, value);
    char *text = oami_buffer_take(&line);
    struct curl_slist *longer = text ? curl_slist_append(*headers, text) : NULL;
    oami_free(text);
    if (!longer)
        return false;
    *headers = longer;
    return true;
}

static void take_value(char **place, const char *value, size_t length)
{
    char *copy = oami_realloc(*place, length + 1);
    if (copy) {
        memcpy(copy, value, length);
        copy[length] = '\0';
        *place = copy;
    }
}

/* Keeps the headers that a caller can use; a value that memory has no room for is as if absent. */
void oami_header_take(struct oam_response *response, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (!colon)
        return;
    size_t name_length = (size_t)(colon - line);
    const char *value = colon + 1;
    const char *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && strchr("\r\n\t ", end[-1]))
        end--;
    const struct {
        const char *name;
        char **place;
    } kept[] = {
        {"content-type", &response->content_type},
        {"content-language", &response->content_language},
        {"etag", &response->etag},
        {"location", &response->location},
        {"link", &response->link},
        {"date", &response->date},
        {"request-id", &response->request_id},
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strlen(kept[i].name) == name_length && strncasecmp(kept[i].name, line, name_length) == 0) {
            take_value(kept[i].place, value, (size_t)(end - value));
            return;
        }
    }
    if (name_length == 20 && strncasecmp("idempotency-replayed", line, name_length) == 0)
        response->replayed = end - value == 4 && strncasecmp(value, "true", 4) == 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *place)
{
    struct receiver *receiver = place;
    oami_header_take(receiver->response, data, size * count);
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *place)
{
    struct receiver *receiver = place;
    size_t length = size * count;
    receiver->out_of_memory = length <= receiver->body.max - receiver->body.length;
    oami_buffer_append(&receiver->body, data, length);
    return receiver->body.failed ? 0 : length;
}

static int on_progress(void *place, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct oam_client *client = place;
    (void)down_total, (void)down, (void)up_total, (void)up;
    return atomic_load(&client->cancelled);
}

static void set_options(struct oam_client *client, const struct oami_exchange *exchange, struct receiver *receiver)
{
    CURL *curl = client->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, exchange->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, client->options.connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, exchange->timeout_ms);
    /* A long poll is silent by design: only the kernel can tell that nobody is there any more. */
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 10L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 5L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, client->options.user_agent);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, receiver);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiver);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    if (client->options.ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->options.ca_file);
    /* libcurl sends again by itself when a connection it kept turns out dead: not where twice is once too often. */
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, exchange->once ? 1L : 0L);
    if (exchange->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(exchange->body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, exchange->body);
    }
    if (strcmp(exchange->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, exchange->method);
}

static enum oam_result fail_exchange(const struct oami_exchange *exchange, const struct receiver *receiver,
                                     struct oam_error *err)
{
    const char *detail = curl_easy_strerror(exchange->code);
    switch (exchange->code) {
    case CURLE_OPERATION_TIMEDOUT:
        return oami_fail(err, OAM_E_TIMEOUT, "timeout", detail);
    case CURLE_ABORTED_BY_CALLBACK:
        return oami_fail(err, OAM_E_ARGUMENT, "cancelled", "The call was ended from outside");
    case CURLE_OUT_OF_MEMORY:
        return oami_fail_memory(err);
    case CURLE_WRITE_ERROR:
        return receiver->out_of_memory
                   ? oami_fail_memory(err)
                   : oami_fail(err, OAM_E_PROTOCOL, "response_too_large", "The answer is longer than allowed");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return oami_fail(err, OAM_E_ARGUMENT, "bad_url", detail);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return oami_fail(err, OAM_E_NETWORK, "unknown_host", detail);
    case CURLE_COULDNT_CONNECT:
        return oami_fail(err, OAM_E_NETWORK, "no_connection", detail);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return oami_fail(err, OAM_E_NETWORK, "tls", detail);
    default:
        return oami_fail(err, OAM_E_NETWORK, "network", detail);
    }
}

/* Runs the exchange once. An answer of any status is OAM_OK here; *ret_response is the caller's then. */
enum oam_result oami_exchange_run(struct oam_client *client, struct oami_exchange *exchange,
                                  struct oam_response **ret_response, struct oam_error *err)
{
    struct receiver receiver = {.response = oami_realloc(NULL, sizeof *receiver.response)};
    if (!receiver.response)
        return oami_fail_memory(err);
    memset(receiver.response, 0, sizeof *receiver.response);
    oami_buffer_init(&receiver.body, client->options.response_max);
    set_options(client, exchange, &receiver);

    exchange->code = curl_easy_perform(client->curl);
    exchange->sent = exchange->code != CURLE_COULDNT_CONNECT && exchange->code != CURLE_COULDNT_RESOLVE_HOST &&
                     exchange->code != CURLE_COULDNT_RESOLVE_PROXY && exchange->code != CURLE_SSL_CONNECT_ERROR;
    exchange->retry_after_s = -1;
    if (exchange->code != CURLE_OK) {
        enum oam_result result = fail_exchange(exchange, &receiver, err);
        oami_buffer_free(&receiver.body);
        oam_response_free(receiver.response);
        return result;
    }
    long status = 0;
    curl_off_t wait_s = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(client->curl, CURLINFO_RETRY_AFTER, &wait_s);
    exchange->retry_after_s = wait_s > 0 ? (long)wait_s : -1;
    receiver.response->status = (int)status;
    receiver.response->body_length = receiver.body.length;
    receiver.response->body = oami_buffer_take(&receiver.body);
    if (!receiver.response->body) {
        oam_response_free(receiver.response);
        return oami_fail_memory(err);
    }
    *ret_response = receiver.response;
    return OAM_OK;
}

void oam_response_free(struct oam_response *response)
{
    if (!response)
        return;
    char *owned[] = {response->body, response->content_type, response->content_language,
                     response->etag, response->location,     response->link,
                     response->date, response->request_id};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        oami_free(owned[i]);
    oami_free(response);
}
