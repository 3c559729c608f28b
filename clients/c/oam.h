/* liboam: the OAM API from C. Every outcome is a value of enum oam_result; the reasons are in struct oam_error, which
 * needs no release. A client belongs to one thread at a time; several clients may run at once. */
#ifndef OAM_H
#define OAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define OAM_API   __attribute__((visibility("default")))
#define OAM_CHECK __attribute__((warn_unused_result))
#else
#define OAM_API
#define OAM_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum oam_result {
    OAM_OK = 0,
    OAM_NOT_MODIFIED,   /* 304: what the caller has is still true */
    OAM_DONE,           /* an iterator has nothing more now */
    OAM_E_ARGUMENT,     /* the call itself is wrong; nothing was sent */
    OAM_E_MEMORY,       /* an allocation failed */
    OAM_E_NETWORK,      /* no answer: connection, TLS, name */
    OAM_E_TIMEOUT,      /* no answer in time */
    OAM_E_AUTH,         /* 401 or 403 */
    OAM_E_NOT_FOUND,    /* 404: missing, or not to be seen by this caller */
    OAM_E_CONFLICT,     /* 409 or 412 */
    OAM_E_INVALID,      /* any other 4xx */
    OAM_E_RATE_LIMITED, /* 429, and the wait asked for is too long */
    OAM_E_SERVER,       /* 5xx */
    OAM_E_PROTOCOL      /* the answer is not what the contract says */
};

#define OAM_ERRORS_MAX 16

/* One violation of a problem document. */
struct oam_violation {
    char pointer[128];
    char parameter[64];
    char code[64];
    char detail[256];
};

/* Why a call failed: the problem document (RFC 9457) when the server gave one. Fixed buffers, so that failing never
 * allocates. */
struct oam_error {
    enum oam_result result;
    int http_status;    /* 0: no answer came */
    long retry_after_s; /* -1: not said */
    char type[128];
    char title[192];
    char code[64];
    char detail[512];
    char instance[64];
    char trace_id[40];
    size_t n_reported; /* violations in the answer */
    size_t n_errors;   /* those of them kept below */
    struct oam_violation errors[OAM_ERRORS_MAX];
};

struct oam_client;
struct oam_events;
struct oam_poller;

struct oam_client_options {
    const char *url;      /* scheme://host[:port], without a path */
    const char *language; /* Accept-Language; NULL: the server's default */
    const char *user_agent;
    const char *ca_file; /* NULL: the system's */
    long connect_timeout_ms;
    long timeout_ms; /* of one attempt */
    unsigned retries;
    long backoff_ms;     /* first pause; doubles, with jitter */
    long backoff_max_ms; /* of one pause; a longer Retry-After is not waited for */
    size_t response_max; /* bytes of one answer */
};

/* What an answer brought. Strings are NULL when the header was absent; body is always terminated. */
struct oam_response {
    int status;
    char *body;
    size_t body_length;
    char *content_type;
    char *content_language;
    char *etag;
    char *location;
    char *link;
    char *date;
    char *request_id;
    bool replayed; /* Idempotency-Replayed: the effect is from before */
    unsigned attempts;
};

/* What a single call may add. NULL everywhere is fine; so is NULL for the struct. */
struct oam_call {
    const char *if_match;
    const char *if_none_match;
    const char *idempotency_key; /* a POST without one gets a fresh UUID, kept through its retries */
    const char *content_type;    /* of the body; application/json, for PATCH application/merge-patch+json */
    const char *prefer;
    bool safe;       /* a POST without effect: no key, retried freely */
    long timeout_ms; /* 0: the client's */
};

struct oam_request_input {
    const char *service; /* catalogue code */
    const char *body;    /* ens10 */
    const char *title;
    const char *description;  /* or NULL */
    const char *data;         /* JSON object, or NULL */
    const char *channel;      /* or NULL */
    const char *external_ref; /* or NULL */
    bool submit;
};

struct oam_events_options {
    const char *after;   /* position to start behind; NULL: the beginning */
    const char *subject; /* only this request; or NULL */
    const char *type;    /* comma-separated types; or NULL */
    const char *filter;  /* an expression over the event, as "event.to == 'granted'"; or NULL */
    /* A file of the caller's that keeps the position, or NULL. What is in it goes before `after`; it is written, safe
     * against a crash, by oam_events_commit, and when the next event is asked for. */
    const char *cursor_file;
    unsigned limit;  /* events an answer may bring; 0: the server's default */
    unsigned wait_s; /* hold an empty answer so long; 0: do not */
};

/* Valid until the next call on its iterator. */
struct oam_event {
    const char *id;
    const char *type;
    const char *subject;
    const char *time;
    const char *json; /* the whole event */
};

/* A status that is new or has changed. Valid until the next call on its poller. */
struct oam_change {
    const char *ref;
    const char *status; /* JSON; NULL: there is no such request, or not for this caller */
};

/* --- the client ------------------------------------------------------------------------------------------------- */

/* Version of the library, as "0.1.0". */
OAM_API const char *oam_version(void);

/* Name of a result, as "not_found". */
OAM_API const char *oam_result_name(enum oam_result result);

/* Fills in every default but the URL. */
OAM_API void oam_client_options_init(struct oam_client_options *options);

/* Makes a client; the caller owns it. */
OAM_API OAM_CHECK enum oam_result oam_client_new(const struct oam_client_options *options,
                                                 struct oam_client **ret_client, struct oam_error *err);

/* Releases a client; NULL is fine. The server's session ends by oam_logout only. */
OAM_API void oam_client_free(struct oam_client *client);

/* Gets a token for an integration and remembers how to renew it. scope may be NULL. */
OAM_API OAM_CHECK enum oam_result oam_login_client(struct oam_client *client, const char *client_id,
                                                   const char *client_secret, const char *scope, struct oam_error *err);

/* Opens a session for a person and remembers how to renew it. */
OAM_API OAM_CHECK enum oam_result oam_login_password(struct oam_client *client, const char *login, const char *password,
                                                     struct oam_error *err);

/* Gives the credentials without asking for a token yet; the first call that needs one does. */
OAM_API OAM_CHECK enum oam_result oam_credentials_client(struct oam_client *client, const char *client_id,
                                                         const char *client_secret, const char *scope,
                                                         struct oam_error *err);

/* The same for a person. */
OAM_API OAM_CHECK enum oam_result oam_credentials_password(struct oam_client *client, const char *login,
                                                           const char *password, struct oam_error *err);

/* Uses a token obtained elsewhere, good until expires_at (seconds of the epoch; 0: unknown). */
OAM_API OAM_CHECK enum oam_result oam_client_set_token(struct oam_client *client, const char *token, int64_t expires_at,
                                                       struct oam_error *err);

/* The token in use, NULL without one. ret_expires_at may be NULL. Tied to the client. */
OAM_API const char *oam_client_token(const struct oam_client *client, int64_t *ret_expires_at);

/* Ends a person's session on the server and forgets token and credentials. */
OAM_API OAM_CHECK enum oam_result oam_logout(struct oam_client *client, struct oam_error *err);

/* --- any call --------------------------------------------------------------------------------------------------- */

/* Builds a path: each {} of the pattern takes the next argument, percent-encoded. End the arguments with (char *)NULL.
 * NULL when memory is short or the arguments do not match. Release with oam_string_free. */
OAM_API OAM_CHECK char *oam_path_new(const char *pattern, ...);

/* Adds ?name=value or &name=value, encoded, and gives the longer path; path is released. A NULL value adds nothing. */
OAM_API OAM_CHECK char *oam_path_query(char *path, const char *name, const char *value);

/* Releases a string of this library; NULL is fine. */
OAM_API void oam_string_free(char *string);

/* Any method. *ret_response is set whenever an answer came, also a refusal; release it in every case. */
OAM_API OAM_CHECK enum oam_result oam_send(struct oam_client *client, const char *method, const char *path,
                                           const char *body, const struct oam_call *call,
                                           struct oam_response **ret_response, struct oam_error *err);

/* GET, with retries. */
OAM_API OAM_CHECK enum oam_result oam_get(struct oam_client *client, const char *path, const struct oam_call *call,
                                          struct oam_response **ret_response, struct oam_error *err);

/* POST with an Idempotency-Key, with retries. */
OAM_API OAM_CHECK enum oam_result oam_post(struct oam_client *client, const char *path, const char *json,
                                           const struct oam_call *call, struct oam_response **ret_response,
                                           struct oam_error *err);

/* PATCH; repeated only when the request never reached the server. */
OAM_API OAM_CHECK enum oam_result oam_patch(struct oam_client *client, const char *path, const char *json,
                                            const struct oam_call *call, struct oam_response **ret_response,
                                            struct oam_error *err);

/* DELETE, with retries. */
OAM_API OAM_CHECK enum oam_result oam_delete(struct oam_client *client, const char *path, const struct oam_call *call,
                                             struct oam_response **ret_response, struct oam_error *err);

/* Releases an answer; NULL is fine. */
OAM_API void oam_response_free(struct oam_response *response);

/* Writes a fresh UUIDv4 of 36 characters, for an Idempotency-Key that has to outlive the process. */
OAM_API void oam_uuid(char ret_uuid[37]);

/* --- requests --------------------------------------------------------------------------------------------------- */

/* Files a request. key NULL: a fresh one. */
OAM_API OAM_CHECK enum oam_result oam_request_file(struct oam_client *client, const struct oam_request_input *input,
                                                   const char *key, struct oam_response **ret_response,
                                                   struct oam_error *err);

/* Reads a request; with the ETag of a former answer it may be OAM_NOT_MODIFIED. */
OAM_API OAM_CHECK enum oam_result oam_request_show(struct oam_client *client, const char *ref, const char *etag,
                                                   struct oam_response **ret_response, struct oam_error *err);

/* What may be done with a request now, and why not the rest. */
OAM_API OAM_CHECK enum oam_result oam_request_transitions(struct oam_client *client, const char *ref,
                                                          struct oam_response **ret_response, struct oam_error *err);

/* Performs a transition. etag NULL: the present one is read first. data (JSON object) and comment may be NULL. */
OAM_API OAM_CHECK enum oam_result oam_request_transition(struct oam_client *client, const char *ref, const char *etag,
                                                         const char *event, const char *data, const char *comment,
                                                         struct oam_response **ret_response, struct oam_error *err);

/* Edits a draft by a merge patch (RFC 7396). etag NULL: the present one is read first. Sent once: see oam_patch. */
OAM_API OAM_CHECK enum oam_result oam_request_edit(struct oam_client *client, const char *ref, const char *etag,
                                                   const char *patch, struct oam_response **ret_response,
                                                   struct oam_error *err);

/* Gives a request to another agent (a login), for a reason that stays with it. */
OAM_API OAM_CHECK enum oam_result oam_request_assign(struct oam_client *client, const char *ref, const char *agent,
                                                     const char *reason, struct oam_response **ret_response,
                                                     struct oam_error *err);

/* Says something both sides see; internal: a note of the provider's people. */
OAM_API OAM_CHECK enum oam_result oam_request_comment(struct oam_client *client, const char *ref, const char *text,
                                                      bool internal, struct oam_response **ret_response,
                                                      struct oam_error *err);

/* The execution status of one request. */
OAM_API OAM_CHECK enum oam_result oam_status(struct oam_client *client, const char *ref, const char *etag,
                                             struct oam_response **ret_response, struct oam_error *err);

/* The execution status of up to 1,000 requests. */
OAM_API OAM_CHECK enum oam_result oam_status_query(struct oam_client *client, const char *const *refs, size_t n_refs,
                                                   const char *etag, struct oam_response **ret_response,
                                                   struct oam_error *err);

/* --- the feed --------------------------------------------------------------------------------------------------- */

/* Starts reading the feed of events; the client must outlive the iterator. */
OAM_API OAM_CHECK enum oam_result oam_events_new(struct oam_client *client, const struct oam_events_options *options,
                                                 struct oam_events **ret_events, struct oam_error *err);

/* The next event, or OAM_DONE when there is none now (after wait_s); calling again asks again. */
OAM_API OAM_CHECK enum oam_result oam_events_next(struct oam_events *events, struct oam_event *ret_event,
                                                  struct oam_error *err);

/* Says that the last event has been dealt with: the cursor file, if there is one, keeps its position. */
OAM_API OAM_CHECK enum oam_result oam_events_commit(struct oam_events *events, struct oam_error *err);

/* Where a reader that restarts goes on: behind the last event that oam_events_next gave. Tied to the iterator. */
OAM_API const char *oam_events_position(const struct oam_events *events);

/* Whether events of the present answer are still unread, so that next will not ask the server. */
OAM_API bool oam_events_pending(const struct oam_events *events);

/* From the next answer on, an empty one is held so many seconds; 0: not at all. For a reader with a deadline. */
OAM_API void oam_events_set_wait(struct oam_events *events, unsigned wait_s);

/* Releases the iterator; NULL is fine. Commits nothing: the last event may not have been dealt with. */
OAM_API void oam_events_free(struct oam_events *events);

/* --- many statuses, for a program that has a loop of its own ----------------------------------------------------- */

/* Follows the status of many requests on a thread of its own: each as it is now, and again whenever it has changed.
 * Of one that changes before its last change is taken, only the newest is kept: a slow reader holds no memory.
 * One held answer of the feed for all of them; what passes (a lost connection, a server that is away) is waited out.
 * The client is the poller's from here on, whatever the result. refs are copied. */
OAM_API OAM_CHECK enum oam_result oam_poller_new(struct oam_client *client, const char *const *refs, size_t n_refs,
                                                 struct oam_poller **ret_poller, struct oam_error *err);

/* A descriptor that is readable while oam_poller_next has something to say: for poll(2). Only to be waited on. */
OAM_API int oam_poller_fd(const struct oam_poller *poller);

/* The next change, without waiting: OAM_DONE when there is none now. Any other result is why the poller has ended. */
OAM_API OAM_CHECK enum oam_result oam_poller_next(struct oam_poller *poller, struct oam_change *ret_change,
                                                  struct oam_error *err);

/* Ends the thread, whatever it is waiting for, and releases poller and client; NULL is fine. */
OAM_API void oam_poller_free(struct oam_poller *poller);

/* --- webhooks --------------------------------------------------------------------------------------------------- */

/* A message as it came: three headers and the body, to the byte. */
struct oam_webhook_message {
    const char *id;        /* webhook-id */
    const char *timestamp; /* webhook-timestamp */
    const char *signature; /* webhook-signature */
    const void *body;
    size_t body_length;
};

/* Whether somebody who knows the secret (whsec_…) has sent it now: Standard Webhooks 1.0.0. now_s is the clock's time
 * in seconds since 1970, and tolerance_s how far the message's may be from it (300 is usual). OAM_E_AUTH: do not
 * believe it (codes webhook_stale, webhook_signature). What has come before under the same id is for the caller to
 * know. */
OAM_API OAM_CHECK enum oam_result oam_webhook_verify(const char *secret, const struct oam_webhook_message *message,
                                                     int64_t now_s, unsigned tolerance_s, struct oam_error *err);

#ifdef __cplusplus
}
#endif

#endif
