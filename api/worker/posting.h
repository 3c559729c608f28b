/* One message on its way to a receiver: https to where it may go and nowhere else, and what came of it. For sender.c.
 */
#ifndef OAM_WORKER_POSTING_H
#define OAM_WORKER_POSTING_H

#include <curl/curl.h>

#include "model/webhook_url.h"
#include "service/app.h"
#include "service/webhook_send.h"

struct posting {
    struct webhook_post post; /* its own copy: it outlives the look in which it was taken */
    struct arena *arena;      /* NULL: free */
    struct webhook_url url;
    struct webhook_reach reach;
    CURL *handle; /* NULL: it is over, and `result` waits to be noted */
    struct curl_slist *headers;
    size_t received;    /* bytes of the answer, none of which is read */
    bool answered;      /* the head of an answer is there: whatever becomes of the rest */
    bool refused;       /* an address that it may not go to */
    int64_t started_us; /* monotonic */
    struct webhook_result result;
};

/* What all postings of a process share. */
struct posting_settings {
    const struct config *config;
    const struct auth *auth;
    struct curl_slist *hosts; /* fixed addresses, as CURLOPT_RESOLVE takes them; or NULL */
    const int64_t *waits_ms;  /* before each try */
    size_t n_waits;
};

/* Makes it ready to be added to a multi handle; `now` goes into its signature. False: it may not be sent at all, and
   `result` says why. */
bool posting_begin(struct posting *posting, const struct webhook_post *post, const struct posting_settings *settings,
                   int64_t now);

/* Fills `result`; the handle is left to the caller. */
void posting_end(struct posting *posting, CURLcode code, const struct posting_settings *settings);

/* Frees all but the handle, and makes it free to be used again. */
void posting_release(struct posting *posting);

#endif
