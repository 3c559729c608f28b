/* The client's life: options in, handle out. */
#include "client_internal.h"

#include <pthread.h>
#include <string.h>

#ifndef OAM_VERSION
#define OAM_VERSION "0.1.0"
#endif

/* curl_global_init counts its callers but is not safe between threads everywhere: the one piece of global state. */
static pthread_mutex_t curl_lock = PTHREAD_MUTEX_INITIALIZER;

static bool curl_acquire(void)
{
    pthread_mutex_lock(&curl_lock);
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    pthread_mutex_unlock(&curl_lock);
    return code == CURLE_OK;
}

static void curl_release(void)
{
    pthread_mutex_lock(&curl_lock);
    curl_global_cleanup();
    pthread_mutex_unlock(&curl_lock);
}

const char *oam_version(void)
{
    return OAM_VERSION;
}

void oam_client_options_init(struct oam_client_options *options)
{
    *options = (struct oam_client_options){
        .user_agent = "liboam/" OAM_VERSION,
        .connect_timeout_ms = 5000,
        .timeout_ms = 30000,
        .retries = 4,
        .backoff_ms = 200,
        .backoff_max_ms = 10000,
        .response_max = (size_t)64 << 20,
    };
}

static bool options_are_sound(const struct oam_client_options *options)
{
    return options->user_agent && options->connect_timeout_ms > 0 && options->timeout_ms > 0 &&
           options->backoff_ms >= 0 && options->backoff_max_ms >= options->backoff_ms &&
           options->backoff_max_ms <= 3600000 && options->retries <= 100 && options->response_max > 0 &&
           options->response_max < SIZE_MAX / 4;
}

static bool copy_options(struct oam_client *client, const struct oam_client_options *options)
{
    if (!oami_strset(&client->url, options->url) || !oami_strset(&client->language, options->language) ||
        !oami_strset(&client->user_agent, options->user_agent) || !oami_strset(&client->ca_file, options->ca_file))
        return false;
    size_t length = strlen(client->url);
    if (client->url[length - 1] == '/')
        client->url[length - 1] = '\0';
    client->options = *options;
    client->options.url = client->url;
    client->options.language = client->language;
    client->options.user_agent = client->user_agent;
    client->options.ca_file = client->ca_file;
    return true;
}

enum oam_result oam_client_new(const struct oam_client_options *options, struct oam_client **ret_client,
                               struct oam_error *err)
{
    if (!oami_url_is_base(options->url))
        return oami_fail(err, OAM_E_ARGUMENT, "bad_url", "The URL is not like http://host or https://host:port");
    if (!options_are_sound(options))
        return oami_fail(err, OAM_E_ARGUMENT, "bad_options", "An option of the client is out of range");
    struct oam_client *client = oami_realloc(NULL, sizeof *client);
    if (!client)
        return oami_fail_memory(err);
    memset(client, 0, sizeof *client);
    if (!curl_acquire()) {
        oami_free(client);
        return oami_fail(err, OAM_E_NETWORK, "curl", "libcurl could not be started");
    }
    client->curl = curl_easy_init();
    if (!client->curl || !copy_options(client, options)) {
        oam_client_free(client);
        return oami_fail_memory(err);
    }
    oami_error_clear(err);
    *ret_client = client;
    return OAM_OK;
}

void oam_client_free(struct oam_client *client)
{
    if (!client)
        return;
    oami_session_forget(client);
    curl_easy_cleanup(client->curl);
    oami_free(client->url);
    oami_free(client->language);
    oami_free(client->user_agent);
    oami_free(client->ca_file);
    oami_free(client);
    curl_release();
}
