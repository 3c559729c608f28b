/* What the files of liboam share. Nothing here is exported; names begin with oami_. */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include <curl/curl.h>
#include <jansson.h>
#include <stdatomic.h>

#include "oam.h"

/* A growing text with a limit. After a failure it stays failed, so that only the end has to be checked. */
struct oami_buffer {
    char *data;
    size_t length, capacity, max;
    bool failed;
};

enum oami_login { OAMI_LOGIN_NONE, OAMI_LOGIN_CLIENT, OAMI_LOGIN_PASSWORD };

struct oam_client {
    CURL *curl;
    struct oam_client_options options; /* its strings are the four below */
    char *url, *language, *user_agent, *ca_file;
    enum oami_login login;
    char *identity, *secret, *scope;
    char *token;
    int64_t token_expires_at; /* seconds of the epoch, 0: unknown */
    atomic_bool cancelled;    /* by another thread: what is under way ends, and nothing begins */
};

/* One HTTP exchange, without retries. */
struct oami_exchange {
    const char *method, *url, *body;
    bool once; /* must not be sent twice */
    struct curl_slist *headers;
    long timeout_ms;
    /* what came of it */
    CURLcode code;
    bool sent; /* the server may have seen it */
    long retry_after_s;
};

/* What decides whether an exchange is repeated. */
struct oami_attempt {
    const char *method;
    bool keyed;     /* carries an Idempotency-Key */
    bool safe;      /* a POST without effect */
    bool sent;      /* the server may have seen it */
    int status;     /* 0: no answer */
    bool in_flight; /* 409 of a first try that is still at work */
};

/* alloc.c */
void *oami_realloc(void *memory, size_t size);
void oami_free(void *memory);
void oami_free_secret(char *secret);
char *oami_strdup(const char *text);
bool oami_strset(char **place, const char *text);
void oami_buffer_init(struct oami_buffer *buffer, size_t max);
void oami_buffer_append(struct oami_buffer *buffer, const char *data, size_t length);
void oami_buffer_text(struct oami_buffer *buffer, const char *text);
char *oami_buffer_take(struct oami_buffer *buffer);
void oami_buffer_free(struct oami_buffer *buffer);
char *oami_json_text(const json_t *json);

/* error.c */
void oami_copy(char *place, size_t size, const char *text);
void oami_error_clear(struct oam_error *err);
enum oam_result oami_fail(struct oam_error *err, enum oam_result result, const char *code, const char *detail);
enum oam_result oami_fail_memory(struct oam_error *err);
enum oam_result oami_result_of_status(int status);
enum oam_result oami_error_from_answer(struct oam_error *err, const struct oam_response *response, long retry_after_s);

/* url.c */
void oami_encode(struct oami_buffer *buffer, const char *text);
bool oami_url_is_base(const char *url);
bool oami_path_is_plain(const char *path);

/* retry.c */
bool oami_is_harmless(const struct oami_attempt *attempt);
bool oami_should_retry(const struct oami_attempt *attempt);
long oami_delay_ms(unsigned attempt, long base_ms, long max_ms, long retry_after_s, uint32_t random);

/* sha256.c */
#define OAMI_SHA256 32
struct oami_piece {
    const void *bytes;
    size_t length;
};
void oami_hmac_sha256(const unsigned char *key, size_t key_length, const struct oami_piece *pieces, size_t n_pieces,
                      unsigned char ret[OAMI_SHA256]);

/* random.c */
uint32_t oami_random(void);

/* transport.c */
bool oami_header_add(struct curl_slist **headers, const char *name, const char *value);
enum oam_result oami_exchange_run(struct oam_client *client, struct oami_exchange *exchange,
                                  struct oam_response **ret_response, struct oam_error *err);
void oami_header_take(struct oam_response *response, const char *line, size_t length);

/* send.c */
void oami_pause(const struct oam_client *client, long ms);

/* session.c */
int64_t oami_now(void);
bool oami_session_due(const struct oam_client *client);
enum oam_result oami_session_renew(struct oam_client *client, struct oam_error *err);
void oami_session_forget(struct oam_client *client);

#endif
