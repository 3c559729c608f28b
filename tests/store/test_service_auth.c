/* Access against a real database, by two processes that share it: logging in and out, what revokes what and by when,
 * keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "auth/auth_internal.h"
#include "auth/credentials.h"
#include "service/service_auth.h"
#include "store/database.h"
#include "store/migrate.h"

#define SECOND   1000000LL
#define NOW      1790000000000000LL /* 2026-09-21 */
#define DAY      (24 * 3600 * SECOND)
#define ATTEMPTS 4

#define HERE  0
#define THERE 1

static char url[DATABASE_URL_SIZE], secret_text[AUTH_CLIENT_SECRET_SIZE];
static const unsigned char secret[32] = "one secret for both processes..";
static const char password[] = "set-ze-pometes";

/* One process: its memory and its connection. */
struct process {
    struct auth *auth;
    struct store *store;
};
static struct process processes[2];
static struct arena *arena;
static struct error err;

#define ask(sql)                     database_ask(url, (sql))
#define assert_answer(expected, sql) assert_string_equal((expected), ask(sql))

static struct call call_at(int process, int64_t now)
{
    err = (struct error){.arena = arena, .language = TEXT_EN};
    return (struct call){
        .store = processes[process].store, .auth = processes[process].auth, .arena = arena, .err = &err, .now = now};
}

static struct auth *new_auth(void)
{
    return auth_new(&(struct auth_settings){
        .secret = secret, .secret_length = sizeof secret, .issuer = "http://oam.test", .login_attempts = ATTEMPTS});
}

/* People and an integration; each test starts with them as they are here. */
static bool people(void)
{
    char hash[AUTH_PASSWORD_HASH_SIZE], sql[4096];
    unsigned char digest[AUTH_DIGEST_SIZE];
    char hex[2 * AUTH_DIGEST_SIZE + 1];
    if (!auth_password_hash(password, hash) || !auth_client_secret_new(secret_text, sizeof secret_text))
        return false;
    auth_client_secret_hash(secret_text, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    (void)snprintf(
        sql, sizeof sql,
        "SET search_path = oam;"
        "INSERT INTO comarca VALUES ('41', 'Vallès Oriental', 1, 1);"
        "INSERT INTO body (code, kind, name, name_official, comarca_code, province_code, population) VALUES"
        " ('0800100001', 'municipality', 'A', 'A', '41', '08', 1), ('0800200002', 'municipality', 'B', 'B', '41', "
        "'08', 1);"
        "INSERT INTO unit (code, name) VALUES ('gov', '{\"ca\":\"G\",\"es\":\"G\",\"en\":\"G\"}');"
        "INSERT INTO user_account (login, name, password_hash) SELECT x, initcap(x), '%s'"
        " FROM unnest(ARRAY['anna', 'berta', 'carla', 'dolors', 'elena', 'fina']) x;"
        "UPDATE user_account SET password_hash = NULL WHERE login = 'fina';"
        "UPDATE user_account SET active = false WHERE login = 'dolors';"
        "INSERT INTO membership (user_id, role, body_id) SELECT u.id, 'local_user', b.id FROM user_account u, body b"
        " WHERE u.login IN ('anna', 'dolors', 'fina') AND b.code = '0800100001';"
        "INSERT INTO membership (user_id, role, body_id) SELECT u.id, r, b.id FROM user_account u, body b,"
        " (VALUES ('signer', '0800100001'), ('local_user', '0800200002')) v (r, c) WHERE u.login = 'berta' AND b.code "
        "= c;"
        "INSERT INTO membership (user_id, role, unit_id) SELECT u.id, 'agent', n.id FROM user_account u, unit n"
        " WHERE u.login = 'carla';"
        "INSERT INTO agent (user_id, unit_id) SELECT u.id, n.id FROM user_account u, unit n WHERE u.login = 'carla';"
        "INSERT INTO membership (user_id, role, valid_from, valid_to) SELECT id, 'operator', '2026-01-01', '2026-09-20'"
        " FROM user_account WHERE login = 'elena';"
        "INSERT INTO api_client (client_id, name, secret_hash, scopes) VALUES ('robot', 'Robot', '\\x%s',"
        " ARRAY['requests:read', 'events:read']);"
        "INSERT INTO api_client_body SELECT c.id, b.id FROM api_client c, body b WHERE b.code = '0800200002'",
        hash, hex);
    return ask(sql) != NULL;
}

static int begin_group(void **state)
{
    (void)state;
    FILE *nowhere = fopen("/dev/null", "w");
    bool done = database_new(url) && migrate_run(url, false, nowhere, stderr) && people();
    (void)fclose(nowhere);
    return done ? 0 : -1;
}

static int begin(void **state)
{
    (void)state;
    ask("DELETE FROM oam.session; DELETE FROM oam.login_failure; DELETE FROM oam.token_revoked; DELETE FROM "
        "oam.signing_key");
    arena = arena_new(16384);
    for (int i = 0; i < 2; i++) {
        processes[i].auth = new_auth();
        processes[i].store = store_new(&(struct store_settings){
            .url = url, .role = "oam_app", .statement_timeout_ms = 5000, .connect_timeout_s = 2});
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        auth_free(processes[i].auth);
        store_free(processes[i].store);
    }
    arena_free(arena);
    return 0;
}

/* ---- steps ---- */

static bool log_in_from(int process, int64_t now, const char *login, const char *tried, const char *address,
                        struct service_grant *ret)
{
    struct call call = call_at(process, now);
    return service_auth_login(&call, &(struct service_login){.login = login, .password = tried, .address = address},
                              ret);
}

static struct service_grant log_in(const char *login)
{
    struct service_grant grant;
    assert_true(log_in_from(HERE, NOW, login, password, NULL, &grant));
    return grant;
}

static enum service_client_outcome client_token(int64_t now, const char *tried, const char *scope,
                                                struct service_grant *ret)
{
    struct call call = call_at(HERE, now);
    return service_auth_client_token(
        &call,
        &(struct service_client_login){
            .client_id = "robot", .client_secret = tried, .scope = scope, .address = "192.0.2.9"},
        ret);
}

/* As a request is authenticated: memory first, then the database. The actor of the last success stays in `ret`. */
static bool is_let_in(int process, int64_t now, const char *token, const char *cookie, struct actor *ret)
{
    char *bearer = token ? arena_printf(arena, "Bearer %s", token) : NULL;
    struct call call = call_at(process, now);
    switch (auth_recall(call.auth, bearer, cookie, now, ret, &err)) {
    case AUTH_OK:
        return true;
    case AUTH_REFUSED:
        return false;
    case AUTH_NEEDS_DATABASE:
        break;
    }
    return service_auth_authenticate(&call, bearer, cookie, ret);
}

/* ---- people ---- */

static void test_login__gives_a_session_a_token_and_who_one_is(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant;
    assert_true(log_in_from(HERE, NOW, "Anna", password, "192.0.2.1", &grant));
    assert_int_equal(grant.actor.role, ROLE_LOCAL_USER);
    assert_int_equal(grant.actor.n_bodies, 1);
    assert_int_equal(grant.expires_in_s, 600);
    assert_true(is_let_in(HERE, NOW, grant.access_token, NULL, &actor));
    assert_string_equal(actor.login, "anna");
    assert_true(is_let_in(HERE, NOW, NULL, grant.session, &actor));
    assert_string_equal(actor.principal, grant.actor.principal);
    /* Neither the session nor the token can be read from the database. */
    unsigned char digest[AUTH_DIGEST_SIZE];
    assert_true(auth_session_digest(grant.session, digest));
    assert_answer("1", "SELECT count(*) FROM oam.session");
    assert_string_equal(
        "0", ask(arena_printf(arena, "SELECT count(*) FROM oam.session s WHERE s::text LIKE '%%%s%%'", grant.session)));
}

static void test_login__a_person_is_in_each_body_what_they_are_there(void **state)
{
    (void)state;
    struct service_grant grant = log_in("berta");
    assert_int_equal(grant.actor.role, ROLE_SIGNER);
    assert_int_equal(grant.actor.n_bodies, 2);
    int64_t signed_for = strtoll(ask("SELECT id FROM oam.body WHERE code = '0800100001'"), NULL, 10);
    for (size_t i = 0; i < 2; i++) {
        int64_t body = grant.actor.bodies[i];
        assert_int_equal(actor_is_in_body(&grant.actor, ROLE_SIGNER, body), body == signed_for);
        assert_int_equal(actor_is_in_body(&grant.actor, ROLE_LOCAL_USER, body), body != signed_for);
        assert_false(actor_is_in_body(&grant.actor, ROLE_COMPTROLLER, body));
    }
    assert_false(actor_is_in_body(&grant.actor, ROLE_SIGNER, 999999));
    assert_false(grant.actor.staff);
    grant = log_in("carla");
    assert_int_equal(grant.actor.role, ROLE_AGENT);
    assert_true(grant.actor.staff);
    assert_true(grant.actor.agent_id > 0);
    assert_true(grant.actor.unit_id > 0);
    assert_int_equal(grant.actor.n_bodies, 0);
}

static void test_login__every_failure_gives_the_same_answer(void **state)
{
    (void)state;
    static const struct {
        const char *login, *tried;
    } cases[] = {
        {"anna", "wrong"},         {"anna", ""},        {"nobody", "wrong"}, {"nobody", ""},
        {"dolors", password},                    /* inactive */
        {"elena", password},                     /* no role any more */
        {"fina", password},        {"fina", ""}, /* no password */
        {"' OR 1=1 --", password}, {"anna'", password},
    };
    struct service_grant grant;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        end(NULL); /* each without the failures of the one before */
        begin(NULL);
        assert_false(log_in_from(HERE, NOW, cases[i].login, cases[i].tried, "192.0.2.1", &grant));
        assert_int_equal(err.kind, ERROR_INVALID_CREDENTIALS);
        assert_string_equal(err.detail, "The login or the password is wrong.");
        assert_int_equal(err.retry_after_s, 0);
        assert_string_equal(grant.access_token, "");
        assert_string_equal(grant.session, "");
        assert_answer("2", "SELECT count(*) FROM oam.login_failure");
        assert_answer("0", "SELECT count(*) FROM oam.session");
    }
}

static void fail_to_log_in(int process, int64_t now, const char *login, const char *address)
{
    struct service_grant grant;
    assert_false(log_in_from(process, now, login, "wrong", address, &grant));
    assert_int_equal(err.kind, ERROR_INVALID_CREDENTIALS);
}

static void assert_throttled(int process, int64_t now, const char *login, const char *address)
{
    struct service_grant grant;
    assert_false(log_in_from(process, now, login, password, address, &grant));
    assert_int_equal(err.kind, ERROR_TOO_MANY_REQUESTS);
    assert_true(err.retry_after_s > 0 && err.retry_after_s <= THROTTLE_WINDOW_SECONDS);
}

static void test_login__guessing_one_login_is_throttled_in_every_process(void **state)
{
    (void)state;
    struct service_grant grant;
    for (int i = 0; i < ATTEMPTS; i++)
        fail_to_log_in(i % 2, NOW + i, "anna", NULL);
    assert_throttled(HERE, NOW + 10, "anna", NULL);
    assert_throttled(THERE, NOW + 10, "anna", NULL);
    assert_throttled(THERE, NOW + 10, "ANNA", "192.0.2.1");
    assert_true(log_in_from(HERE, NOW, "berta", password, NULL, &grant));
    assert_true(log_in_from(THERE, NOW + (THROTTLE_WINDOW_SECONDS + 1) * SECOND, "anna", password, NULL, &grant));
}

static void test_login__an_unknown_login_is_throttled_alike(void **state)
{
    (void)state;
    for (int i = 0; i < ATTEMPTS; i++)
        fail_to_log_in(HERE, NOW, "nobody", NULL);
    assert_throttled(HERE, NOW, "nobody", NULL);
    assert_throttled(THERE, NOW, "nobody", NULL);
}

static void test_login__guessing_from_one_address_is_throttled(void **state)
{
    (void)state;
    struct service_grant grant;
    for (int i = 0; i < ATTEMPTS; i++)
        fail_to_log_in(HERE, NOW, arena_printf(arena, "guess%d", i), "192.0.2.1");
    assert_throttled(HERE, NOW, "anna", "192.0.2.1");
    assert_throttled(THERE, NOW, "anna", "192.0.2.1");
    assert_true(log_in_from(HERE, NOW, "anna", password, "192.0.2.2", &grant));
}

static void test_login__a_success_forgets_the_failures_of_the_login(void **state)
{
    (void)state;
    struct service_grant grant;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < ATTEMPTS - 1; i++)
            fail_to_log_in(i % 2, NOW, "anna", NULL);
        assert_true(log_in_from(HERE, NOW, "anna", password, NULL, &grant));
        assert_answer("0", "SELECT count(*) FROM oam.login_failure");
        /* The other process counted its own; its memory has them until the window ends. */
        throttle_free(processes[THERE].auth->throttle);
        processes[THERE].auth->throttle = throttle_new(ATTEMPTS);
    }
}

/* ---- the end of sessions ---- */

static void test_logout__ends_the_session_and_its_tokens_here_at_once_and_there_in_thirty_seconds(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant = log_in("anna");
    for (int process = HERE; process <= THERE; process++) {
        assert_true(is_let_in(process, NOW, grant.access_token, NULL, &actor));
        assert_true(is_let_in(process, NOW, NULL, grant.session, &actor));
    }
    struct call call = call_at(HERE, NOW);
    assert_true(service_auth_logout(&call, arena_printf(arena, "Bearer %s", grant.access_token), NULL));
    assert_false(is_let_in(HERE, NOW, grant.access_token, NULL, &actor));
    assert_int_equal(err.kind, ERROR_UNAUTHENTICATED);
    assert_false(is_let_in(HERE, NOW, NULL, grant.session, &actor));
    assert_true(is_let_in(THERE, NOW + SECOND, grant.access_token, NULL, &actor));
    assert_false(is_let_in(THERE, NOW + AUTH_RECHECK_SECONDS * SECOND, grant.access_token, NULL, &actor));
    assert_false(is_let_in(THERE, NOW + AUTH_RECHECK_SECONDS * SECOND, NULL, grant.session, &actor));
}

static void test_logout__by_cookie_ends_that_session_only(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant first = log_in("anna"), second = log_in("anna");
    struct call call = call_at(HERE, NOW);
    assert_true(service_auth_logout(&call, NULL, first.session));
    assert_false(is_let_in(HERE, NOW, NULL, first.session, &actor));
    assert_false(is_let_in(HERE, NOW, first.access_token, NULL, &actor));
    assert_true(is_let_in(HERE, NOW, NULL, second.session, &actor));
    assert_true(is_let_in(HERE, NOW, second.access_token, NULL, &actor));
}

static void test_session__ends_after_eight_hours(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant = log_in("anna");
    assert_true(is_let_in(HERE, NOW + (AUTH_SESSION_SECONDS - 1) * SECOND, NULL, grant.session, &actor));
    assert_answer("t", "SELECT last_seen_at > created_at + interval '7 hours' FROM oam.session");
    assert_false(is_let_in(HERE, NOW + AUTH_SESSION_SECONDS * SECOND, NULL, grant.session, &actor));
    assert_false(is_let_in(THERE, NOW + AUTH_SESSION_SECONDS * SECOND, NULL, grant.session, &actor));
}

static void test_session__a_cookie_that_nobody_gave_is_nobody(void **state)
{
    (void)state;
    struct actor actor;
    char cookie[AUTH_SESSION_TEXT_SIZE];
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_session_new(cookie, digest);
    assert_false(is_let_in(HERE, NOW, NULL, cookie, &actor));
    assert_int_equal(err.kind, ERROR_UNAUTHENTICATED);
}

/* What happens to the account, and what puts it back. */
static void test_account__its_changes_end_its_sessions_within_thirty_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *change, *back;
        bool cookie_survives; /* the session goes on with the new role; the token says the old one */
    } cases[] = {
        {"UPDATE oam.user_account SET active = false WHERE login = 'anna'",
         "UPDATE oam.user_account SET active = true WHERE login = 'anna'", false},
        {"UPDATE oam.user_account SET password_hash = password_hash || '=' WHERE login = 'anna'",
         "UPDATE oam.user_account SET password_hash = rtrim(password_hash, '=') WHERE login = 'anna'", false},
        {"UPDATE oam.membership SET valid_to = '2026-09-20' WHERE user_id = (SELECT id FROM oam.user_account WHERE "
         "login = 'anna')",
         "UPDATE oam.membership SET valid_to = NULL WHERE user_id = (SELECT id FROM oam.user_account WHERE login = "
         "'anna')",
         false},
        {"UPDATE oam.membership SET role = 'signer' WHERE user_id = (SELECT id FROM oam.user_account WHERE login = "
         "'anna')",
         "UPDATE oam.membership SET role = 'local_user' WHERE user_id = (SELECT id FROM oam.user_account WHERE login = "
         "'anna')",
         true},
    };
    struct actor actor;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct service_grant grant = log_in("anna");
        assert_true(is_let_in(HERE, NOW, grant.access_token, NULL, &actor));
        assert_true(is_let_in(HERE, NOW, NULL, grant.session, &actor));
        assert_non_null(ask(cases[i].change));
        assert_true(is_let_in(HERE, NOW + 10 * SECOND, grant.access_token, NULL, &actor));
        assert_false(is_let_in(HERE, NOW + AUTH_RECHECK_SECONDS * SECOND, grant.access_token, NULL, &actor));
        bool lives = is_let_in(HERE, NOW + AUTH_RECHECK_SECONDS * SECOND, NULL, grant.session, &actor);
        assert_int_equal(lives, cases[i].cookie_survives);
        if (lives)
            assert_int_equal(actor.role, ROLE_SIGNER);
        assert_non_null(ask(cases[i].back));
    }
}

/* ---- integrations ---- */

static void test_client__gets_its_scopes_or_fewer(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant;
    assert_int_equal(client_token(NOW, secret_text, NULL, &grant), SERVICE_CLIENT_GRANTED);
    assert_string_equal(grant.session, "");
    assert_true(is_let_in(HERE, NOW, grant.access_token, NULL, &actor));
    assert_int_equal(actor.role, ROLE_INTEGRATION);
    assert_int_equal(actor.scopes, SCOPE_REQUESTS_READ | SCOPE_EVENTS_READ);
    assert_int_equal(actor.n_bodies, 1);
    assert_false(actor.all_bodies);
    assert_int_equal(client_token(NOW, secret_text, "events:read", &grant), SERVICE_CLIENT_GRANTED);
    assert_true(is_let_in(THERE, NOW, grant.access_token, NULL, &actor));
    assert_int_equal(actor.scopes, SCOPE_EVENTS_READ);
    static const char *const refused[] = {"requests:write", "events:read requests:write", "admin", " events:read",
                                          "events:read  requests:read"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(client_token(NOW, secret_text, refused[i], &grant), SERVICE_CLIENT_INVALID_SCOPE);
}

static void test_client__a_wrong_secret_and_an_unknown_client_are_the_same(void **state)
{
    (void)state;
    struct service_grant grant;
    struct call call = call_at(HERE, NOW);
    assert_int_equal(client_token(NOW, "oam_live_wrong", NULL, &grant), SERVICE_CLIENT_INVALID);
    assert_int_equal(
        service_auth_client_token(
            &call, &(struct service_client_login){.client_id = "nobody", .client_secret = secret_text}, &grant),
        SERVICE_CLIENT_INVALID);
    ask("UPDATE oam.api_client SET active = false");
    assert_int_equal(client_token(NOW, secret_text, NULL, &grant), SERVICE_CLIENT_INVALID);
    ask("UPDATE oam.api_client SET active = true");
    assert_int_equal(client_token(NOW, secret_text, NULL, &grant), SERVICE_CLIENT_GRANTED);
}

static void test_client__wrong_secrets_throttle_the_address_but_neither_people_nor_the_right_secret(void **state)
{
    (void)state;
    struct service_grant grant;
    for (int i = 0; i < ATTEMPTS; i++)
        assert_int_equal(client_token(NOW, "oam_live_wrong", NULL, &grant), SERVICE_CLIENT_INVALID);
    assert_int_equal(client_token(NOW, "oam_live_wrong", NULL, &grant), SERVICE_CLIENT_FAILED);
    assert_int_equal(err.kind, ERROR_TOO_MANY_REQUESTS);
    assert_int_equal(client_token(NOW, secret_text, NULL, &grant), SERVICE_CLIENT_GRANTED);
    assert_true(log_in_from(HERE, NOW, "anna", password, "192.0.2.9", &grant));
}

static void test_client__what_it_loses_its_tokens_lose_within_thirty_seconds(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant;
    int64_t later = NOW + AUTH_RECHECK_SECONDS * SECOND;
    assert_int_equal(client_token(NOW, secret_text, NULL, &grant), SERVICE_CLIENT_GRANTED);
    assert_true(is_let_in(HERE, NOW, grant.access_token, NULL, &actor));
    ask("UPDATE oam.api_client SET scopes = ARRAY['events:read']");
    assert_true(is_let_in(HERE, later, grant.access_token, NULL, &actor));
    assert_int_equal(actor.scopes, SCOPE_EVENTS_READ);
    ask("UPDATE oam.api_client SET scopes = ARRAY['requests:read', 'events:read'], secret_hash = sha256('another')");
    assert_false(is_let_in(HERE, later + AUTH_RECHECK_SECONDS * SECOND, grant.access_token, NULL, &actor));
    char hex[2 * AUTH_DIGEST_SIZE + 1];
    unsigned char digest[AUTH_DIGEST_SIZE];
    auth_client_secret_hash(secret_text, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_non_null(ask(arena_printf(arena, "UPDATE oam.api_client SET secret_hash = '\\x%s'", hex)));
}

static void test_client__may_give_back_one_token(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant first, second;
    assert_int_equal(client_token(NOW, secret_text, NULL, &first), SERVICE_CLIENT_GRANTED);
    assert_int_equal(client_token(NOW, secret_text, NULL, &second), SERVICE_CLIENT_GRANTED);
    assert_true(is_let_in(HERE, NOW, first.access_token, NULL, &actor));
    struct call call = call_at(HERE, NOW);
    assert_true(service_auth_logout(&call, arena_printf(arena, "Bearer %s", first.access_token), NULL));
    assert_false(is_let_in(HERE, NOW, first.access_token, NULL, &actor));
    assert_false(is_let_in(THERE, NOW, first.access_token, NULL, &actor));
    assert_true(is_let_in(HERE, NOW, second.access_token, NULL, &actor));
}

/* ---- keys ---- */

static bool rotate(int process, int64_t now, bool force)
{
    return service_auth_rotate(processes[process].store, processes[process].auth, now, force);
}

static void test_keys__a_token_of_one_process_is_taken_by_the_other(void **state)
{
    (void)state;
    struct actor actor;
    assert_true(rotate(THERE, NOW, false));
    assert_true(rotate(HERE, NOW, true)); /* a key that the other has not read */
    struct service_grant grant = log_in("anna");
    processes[THERE].auth->ring.reloaded_at = 0;
    assert_true(is_let_in(THERE, NOW, grant.access_token, NULL, &actor));
    assert_answer("2", "SELECT count(*) FROM oam.signing_key");
}

static void test_keys__the_next_one_is_made_an_hour_ahead_and_the_old_one_outlives_its_tokens(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant old;
    assert_true(rotate(HERE, NOW, false));
    assert_true(rotate(HERE, NOW + DAY - 3601 * SECOND, false));
    assert_answer("1", "SELECT count(*) FROM oam.signing_key");
    assert_true(rotate(HERE, NOW + DAY - 3599 * SECOND, false));
    assert_true(rotate(THERE, NOW + DAY - 3599 * SECOND, false));
    assert_answer("2", "SELECT count(*) FROM oam.signing_key");
    int64_t last = NOW + DAY - SECOND;
    assert_int_equal(client_token(last, secret_text, NULL, &old), SERVICE_CLIENT_GRANTED);
    assert_true(is_let_in(THERE, last + 599 * SECOND, old.access_token, NULL, &actor));
    assert_true(rotate(HERE, NOW + 3 * DAY, false));
    assert_answer("2",
                  "SELECT count(*) FROM oam.signing_key"); /* both old ones purged but for a day's grace, a new one */
}

static void test_keys__force_stops_the_present_ones_at_once(void **state)
{
    (void)state;
    char kid[AUTH_KEY_ID_SIZE], next[AUTH_KEY_ID_SIZE], pem[AUTH_PEM_SIZE];
    assert_true(rotate(HERE, NOW, false));
    assert_true(auth_keys_private(processes[HERE].auth, NOW, kid, pem));
    assert_true(rotate(HERE, NOW, true));
    assert_true(auth_keys_private(processes[HERE].auth, NOW, next, pem));
    assert_string_not_equal(kid, next);
    assert_true(auth_keys_public(processes[HERE].auth, kid, NOW, pem));
    assert_false(auth_keys_public(processes[HERE].auth, kid, NOW + 661 * SECOND, pem));
}

static void test_keys__a_login_makes_one_when_the_worker_has_not(void **state)
{
    (void)state;
    struct actor actor;
    struct service_grant grant;
    assert_true(log_in_from(HERE, NOW + 40 * DAY, "anna", password, NULL, &grant));
    assert_true(is_let_in(HERE, NOW + 40 * DAY, grant.access_token, NULL, &actor));
}

static void *rotate_there(void *context)
{
    (void)context;
    return (void *)(uintptr_t)rotate(THERE, NOW, false);
}

static void test_keys__two_processes_that_start_at_once_make_one(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        pthread_t thread;
        void *done = NULL;
        ask("DELETE FROM oam.signing_key");
        assert_int_equal(pthread_create(&thread, NULL, rotate_there, NULL), 0);
        assert_true(rotate(HERE, NOW, false));
        pthread_join(thread, &done);
        assert_non_null(done);
        assert_answer("1", "SELECT count(*) FROM oam.signing_key");
    }
}

static void test_keys__a_row_that_somebody_wrote_signs_nothing(void **state)
{
    (void)state;
    struct actor actor;
    assert_true(rotate(HERE, NOW, false));
    struct service_grant grant = log_in("anna");
    assert_true(is_let_in(THERE, NOW, grant.access_token, NULL, &actor));
    /* The public key of another pair in place of ours: the column is never read. */
    assert_non_null(ask("UPDATE oam.signing_key SET public_pem = 'forged'"));
    assert_true(rotate(THERE, NOW, false));
    processes[THERE].auth->ring.reloaded_at = 0;
    auth_forget(processes[THERE].auth, (const unsigned char[AUTH_DIGEST_SIZE]){0});
    assert_true(is_let_in(THERE, NOW + AUTH_RECHECK_SECONDS * SECOND, grant.access_token, NULL, &actor));
}

static void test_purge__drops_what_is_over_and_nothing_else(void **state)
{
    (void)state;
    log_in("anna");
    fail_to_log_in(HERE, NOW, "anna", NULL);
    assert_true(rotate(HERE, NOW + 600 * SECOND, false));
    assert_answer("1", "SELECT count(*) FROM oam.session");
    assert_answer("1", "SELECT count(*) FROM oam.login_failure");
    assert_true(rotate(HERE, NOW + 3 * DAY, false));
    assert_answer("0", "SELECT count(*) FROM oam.session");
    assert_answer("0", "SELECT count(*) FROM oam.login_failure");
}

int main(void)
{
    if (!database_server()) {
        puts("OAM_TEST_DATABASE_URL is not set");
        return 77;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_login__gives_a_session_a_token_and_who_one_is),
        TEST(test_login__a_person_is_in_each_body_what_they_are_there),
        TEST(test_login__every_failure_gives_the_same_answer),
        TEST(test_login__guessing_one_login_is_throttled_in_every_process),
        TEST(test_login__an_unknown_login_is_throttled_alike),
        TEST(test_login__guessing_from_one_address_is_throttled),
        TEST(test_login__a_success_forgets_the_failures_of_the_login),
        TEST(test_logout__ends_the_session_and_its_tokens_here_at_once_and_there_in_thirty_seconds),
        TEST(test_logout__by_cookie_ends_that_session_only),
        TEST(test_session__ends_after_eight_hours),
        TEST(test_session__a_cookie_that_nobody_gave_is_nobody),
        TEST(test_account__its_changes_end_its_sessions_within_thirty_seconds),
        TEST(test_client__gets_its_scopes_or_fewer),
        TEST(test_client__a_wrong_secret_and_an_unknown_client_are_the_same),
        TEST(test_client__wrong_secrets_throttle_the_address_but_neither_people_nor_the_right_secret),
        TEST(test_client__what_it_loses_its_tokens_lose_within_thirty_seconds),
        TEST(test_client__may_give_back_one_token),
        TEST(test_keys__a_token_of_one_process_is_taken_by_the_other),
        TEST(test_keys__the_next_one_is_made_an_hour_ahead_and_the_old_one_outlives_its_tokens),
        TEST(test_keys__force_stops_the_present_ones_at_once),
        TEST(test_keys__a_login_makes_one_when_the_worker_has_not),
        TEST(test_keys__two_processes_that_start_at_once_make_one),
        TEST(test_keys__a_row_that_somebody_wrote_signs_nothing),
        TEST(test_purge__drops_what_is_over_and_nothing_else),
    };
    return cmocka_run_group_tests_name("service_auth", tests, begin_group, NULL);
}
