/* Credentials and tokens: getting one, renewing it before it ends, forgetting it. */
#include "client_internal.h"

#include <string.h>
#include <time.h>

#define RENEW_BEFORE_S 30

int64_t oami_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

/* Whether a call should get a token first. */
bool oami_session_due(const struct oam_client *client)
{
    if (client->login == OAMI_LOGIN_NONE)
        return false;
    return !client->token || (client->token_expires_at != 0 && client->token_expires_at - RENEW_BEFORE_S <= oami_now());
}

void oami_session_forget(struct oam_client *client)
{
    oami_free_secret(client->token);
    oami_free_secret(client->secret);
    oami_free(client->identity);
    oami_free(client->scope);
    client->token = client->secret = client->identity = client->scope = NULL;
    client->token_expires_at = 0;
    client->login = OAMI_LOGIN_NONE;
}

static char *form_of_client(const struct oam_client *client)
{
    struct oami_buffer form;
    oami_buffer_init(&form, 16384);
    oami_buffer_text(&form, "grant_type=client_credentials&client_id=");
    oami_encode(&form, client->identity);
    oami_buffer_text(&form, "&client_secret=");
    oami_encode(&form, client->secret);
    if (client->scope) {
        oami_buffer_text(&form, "&scope=");
        oami_encode(&form, client->scope);
    }
    return oami_buffer_take(&form);
}

static char *json_of_login(const struct oam_client *client)
{
    json_t *login = json_pack("{s:s, s:s}", "login", client->identity, "password", client->secret);
    char *text = oami_json_text(login);
    json_decref(login);
    return text;
}

static enum oam_result take_token(struct oam_client *client, const struct oam_response *response, struct oam_error *err)
{
    json_t *answer = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
    const char *token = json_string_value(json_object_get(answer, "access_token"));
    json_int_t seconds = json_integer_value(json_object_get(answer, "expires_in"));
    enum oam_result result = OAM_OK;
    if (!token || !*token || seconds <= 0)
        result = oami_fail(err, OAM_E_PROTOCOL, "bad_token_answer", "The answer to the log-in holds no token");
    else if (!oami_strset(&client->token, token))
        result = oami_fail_memory(err);
    else
        client->token_expires_at = oami_now() + seconds;
    json_decref(answer);
    return result;
}

/* Gets a token with the credentials kept; without any it does nothing. */
enum oam_result oami_session_renew(struct oam_client *client, struct oam_error *err)
{
    if (client->login == OAMI_LOGIN_NONE)
        return OAM_OK;
    bool is_client = client->login == OAMI_LOGIN_CLIENT;
    char *body = is_client ? form_of_client(client) : json_of_login(client);
    if (!body)
        return oami_fail_memory(err);
    oami_free_secret(client->token);
    client->token = NULL;
    /* Logging in has no effect worth a key, and a second try does no harm. */
    struct oam_call call = {.safe = true, .content_type = is_client ? "application/x-www-form-urlencoded" : NULL};
    struct oam_response *response = NULL;
    enum oam_result result =
        oam_send(client, "POST", is_client ? "/api/v1/oauth/token" : "/api/v1/session", body, &call, &response, err);
    if (result == OAM_OK)
        result = take_token(client, response, err);
    if (response)
        explicit_bzero(response->body, response->body_length);
    oam_response_free(response);
    oami_free_secret(body);
    return result;
}

static enum oam_result keep_credentials(struct oam_client *client, enum oami_login login, const char *identity,
                                        const char *secret, const char *scope, struct oam_error *err)
{
    if (!identity || !*identity || !secret || !*secret)
        return oami_fail(err, OAM_E_ARGUMENT, "bad_credentials", "A name and a secret are needed");
    oami_session_forget(client);
    if (!oami_strset(&client->identity, identity) || !oami_strset(&client->secret, secret) ||
        !oami_strset(&client->scope, scope)) {
        oami_session_forget(client);
        return oami_fail_memory(err);
    }
    client->login = login;
    oami_error_clear(err);
    return OAM_OK;
}

enum oam_result oam_credentials_client(struct oam_client *client, const char *client_id, const char *client_secret,
                                       const char *scope, struct oam_error *err)
{
    return keep_credentials(client, OAMI_LOGIN_CLIENT, client_id, client_secret, scope, err);
}

enum oam_result oam_credentials_password(struct oam_client *client, const char *login, const char *password,
                                         struct oam_error *err)
{
    return keep_credentials(client, OAMI_LOGIN_PASSWORD, login, password, NULL, err);
}

enum oam_result oam_login_client(struct oam_client *client, const char *client_id, const char *client_secret,
                                 const char *scope, struct oam_error *err)
{
    enum oam_result result = oam_credentials_client(client, client_id, client_secret, scope, err);
    return result == OAM_OK ? oami_session_renew(client, err) : result;
}

enum oam_result oam_login_password(struct oam_client *client, const char *login, const char *password,
                                   struct oam_error *err)
{
    enum oam_result result = oam_credentials_password(client, login, password, err);
    return result == OAM_OK ? oami_session_renew(client, err) : result;
}

enum oam_result oam_client_set_token(struct oam_client *client, const char *token, int64_t expires_at,
                                     struct oam_error *err)
{
    if (!oami_strset(&client->token, token))
        return oami_fail_memory(err);
    client->token_expires_at = expires_at;
    oami_error_clear(err);
    return OAM_OK;
}

const char *oam_client_token(const struct oam_client *client, int64_t *ret_expires_at)
{
    if (ret_expires_at)
        *ret_expires_at = client->token_expires_at;
    return client->token;
}

enum oam_result oam_logout(struct oam_client *client, struct oam_error *err)
{
    enum oam_result result = OAM_OK;
    oami_error_clear(err);
    bool has_session = client->token && client->login != OAMI_LOGIN_CLIENT;
    /* Without its credentials the client must not open a new session only to close it. */
    client->login = OAMI_LOGIN_NONE;
    if (has_session) {
        struct oam_response *response = NULL;
        result = oam_delete(client, "/api/v1/session", NULL, &response, err);
        oam_response_free(response);
    }
    oami_session_forget(client);
    return result;
}
