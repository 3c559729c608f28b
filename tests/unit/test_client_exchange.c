/* liboam against a server that misbehaves on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "client_internal.h"
#include "test_client_server.h"

#define OK_BODY                       "{\"ok\":true}"
#define ANSWER(status, headers, body) "HTTP/1.1 " status "\r\n" headers "\r\n" body
#define OK_ANSWER                     ANSWER("200 OK", "Content-Length: 11\r\nETag: \"v1-ca\"\r\n", OK_BODY)
#define BUSY_ANSWER                   ANSWER("503 Busy", "Content-Length: 0\r\nRetry-After: 0\r\n", "")
#define TOKEN_BODY                    "{\"access_token\":\"new\",\"token_type\":\"Bearer\",\"expires_in\":600}"
#define TOKEN_ANSWER                  ANSWER("200 OK", "Content-Length: 61\r\nContent-Type: application/json\r\n", TOKEN_BODY)

/* What the server gives, in turn, and what it was asked. */
struct script {
    const char *answers[8];
    size_t n;
    char keys[8][64];
    char tokens[8][64];
    char prefer[8][16];
    char first_line[8][128];
};

static void copy_header(const char *request, const char *name, char *place, size_t size)
{
    const char *at = strstr(request, name);
    place[0] = '\0';
    if (at) {
        at += strlen(name);
        snprintf(place, size, "%.*s", (int)strcspn(at, "\r"), at);
    }
}

static const char *from_script(void *place, const char *request)
{
    struct script *script = place;
    size_t turn = script->n++;
    copy_header(request, "Idempotency-Key: ", script->keys[turn], sizeof script->keys[turn]);
    copy_header(request, "Authorization: ", script->tokens[turn], sizeof script->tokens[turn]);
    copy_header(request, "Prefer: ", script->prefer[turn], sizeof script->prefer[turn]);
    snprintf(script->first_line[turn], sizeof script->first_line[turn], "%.*s", (int)strcspn(request, "\r"), request);
    return script->answers[turn];
}

static struct oam_client *start(struct scripted_server *server, struct script *script)
{
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    assert_true(scripted_start(server, from_script, script));
    oam_client_options_init(&options);
    options.url = server->url;
    options.backoff_ms = 1;
    options.backoff_max_ms = 20;
    options.timeout_ms = 3000;
    options.response_max = 4096;
    assert_int_equal(oam_client_new(&options, &client, &err), OAM_OK);
    return client;
}

/* Only a server that has stopped has its script read. */
static void stop(struct scripted_server *server, struct oam_client *client)
{
    oam_client_free(client);
    scripted_stop(server);
}

static void test_post__keeps_its_key_through_busy_answers_and_lost_ones(void **state)
{
    struct script script = {.answers = {BUSY_ANSWER, NULL, OK_ANSWER}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_post(client, "/api/v1/requests", "{}", NULL, &response, &err), OAM_OK);
    stop(&server, client);
    assert_int_equal(script.n, 3);
    assert_int_equal(strlen(script.keys[0]), 36);
    assert_string_equal(script.keys[0], script.keys[1]);
    assert_string_equal(script.keys[0], script.keys[2]);
    oam_response_free(response);
}

static void test_patch__is_not_repeated_once_it_may_have_arrived(void **state)
{
    /* The first call leaves a connection behind, which libcurl would otherwise use, and retry, by itself. */
    struct script script = {.answers = {OK_ANSWER, NULL, OK_ANSWER}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_get(client, "/api/v1/requests/x", NULL, &response, &err), OAM_OK);
    oam_response_free(response);
    assert_int_equal(oam_patch(client, "/api/v1/requests/x", "{}", NULL, &response, &err), OAM_E_NETWORK);
    assert_null(response);
    stop(&server, client);
    assert_int_equal(script.n, 2);
    oam_response_free(response);
}

static void test_get__gives_up_after_its_retries(void **state)
{
    struct script script = {.answers = {BUSY_ANSWER, BUSY_ANSWER, BUSY_ANSWER, BUSY_ANSWER, BUSY_ANSWER, OK_ANSWER}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_get(client, "/x", NULL, &response, &err), OAM_E_SERVER);
    stop(&server, client);
    assert_int_equal(script.n, 5);
    assert_int_equal(response->status, 503);
    oam_response_free(response);
}

static void test_get__does_not_wait_longer_than_it_may(void **state)
{
    struct script script = {
        .answers = {ANSWER("429 Wait", "Content-Length: 0\r\nRetry-After: 3600\r\n", ""), OK_ANSWER}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_get(client, "/x", NULL, &response, &err), OAM_E_RATE_LIMITED);
    assert_int_equal(err.retry_after_s, 3600);
    stop(&server, client);
    assert_int_equal(script.n, 1);
    oam_response_free(response);
}

static void test_call__renews_a_token_that_is_refused_once(void **state)
{
    struct script script = {.answers = {ANSWER("401 No", "Content-Length: 0\r\n", ""), TOKEN_ANSWER, OK_ANSWER}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_credentials_client(client, "id", "secret", NULL, &err), OAM_OK);
    assert_int_equal(oam_client_set_token(client, "old", 0, &err), OAM_OK);
    assert_int_equal(oam_get(client, "/x", NULL, &response, &err), OAM_OK);
    stop(&server, client);
    assert_string_equal(script.tokens[0], "Bearer old");
    assert_string_equal(script.first_line[1], "POST /api/v1/oauth/token HTTP/1.1");
    assert_string_equal(script.tokens[1], "");
    assert_string_equal(script.keys[1], "");
    assert_string_equal(script.tokens[2], "Bearer new");
    oam_response_free(response);
}

/* A call is refused, then so is the log-in: what each refusal makes of the call. */
static enum oam_result refused_then(const char *login_answer, struct oam_error *ret_err)
{
    struct script script = {.answers = {ANSWER("401 No", "Content-Length: 0\r\n", ""), login_answer, login_answer,
                                        login_answer, login_answer, login_answer}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    assert_int_equal(oam_credentials_client(client, "id", "secret", NULL, ret_err), OAM_OK);
    assert_int_equal(oam_client_set_token(client, "old", 0, ret_err), OAM_OK);
    enum oam_result result = oam_get(client, "/x", NULL, &response, ret_err);
    stop(&server, client);
    oam_response_free(response);
    return result;
}

static void test_call__a_token_that_could_not_be_renewed_is_no_refusal(void **state)
{
    struct oam_error err;
    (void)state;
    assert_int_equal(refused_then(NULL, &err), OAM_E_NETWORK);
    assert_int_equal(err.result, OAM_E_NETWORK);
    assert_int_equal(refused_then(BUSY_ANSWER, &err), OAM_E_SERVER);
    assert_int_equal(err.http_status, 503);
    assert_int_equal(refused_then(ANSWER("401 No", "Content-Length: 0\r\n", ""), &err), OAM_E_AUTH);
    assert_int_equal(err.http_status, 401);
}

static void test_events__hold_an_answer_as_long_as_they_are_told(void **state)
{
    static const char empty[] =
        ANSWER("200 OK", "Content-Length: 36\r\n", "{\"items\":[],\"next\":\"41\",\"prev\":null}");
    struct script script = {.answers = {empty, empty}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_events_options options = {.after = "latest"};
    struct oam_events *events = NULL;
    struct oam_event event;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_events_new(client, &options, &events, &err), OAM_OK);
    assert_int_equal(oam_events_next(events, &event, &err), OAM_DONE);
    assert_string_equal(oam_events_position(events), "41");
    oam_events_set_wait(events, 7);
    assert_int_equal(oam_events_next(events, &event, &err), OAM_DONE);
    stop(&server, client);
    assert_string_equal(script.prefer[0], "");
    assert_string_equal(script.prefer[1], "wait=7");
    assert_string_equal(script.first_line[1], "GET /api/v1/events?after=41 HTTP/1.1");
    oam_events_free(events);
}

static void test_call__an_answer_that_is_too_long_is_no_answer(void **state)
{
    static char answer[8192];
    struct script script = {.answers = {answer}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    int head = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    memset(answer + head, 'x', 5000);
    assert_int_equal(oam_post(client, "/x", "{}", NULL, &response, &err), OAM_E_PROTOCOL);
    assert_string_equal(err.code, "response_too_large");
    stop(&server, client);
    assert_int_equal(script.n, 1);
    oam_response_free(response);
}

static void test_transition__reads_the_etag_it_acts_on(void **state)
{
    struct script script = {.answers = {OK_ANSWER, ANSWER("412 Gone by", "Content-Length: 0\r\n", "")}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &script);
    struct oam_response *response = NULL;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_request_transition(client, "OAM-2026-000001", NULL, "take", NULL, "hola", &response, &err),
                     OAM_E_CONFLICT);
    stop(&server, client);
    assert_string_equal(script.first_line[0], "GET /api/v1/requests/OAM-2026-000001 HTTP/1.1");
    assert_string_equal(script.first_line[1], "POST /api/v1/requests/OAM-2026-000001/transitions HTTP/1.1");
    oam_response_free(response);
}

static void test_client__refuses_options_that_make_no_sense(void **state)
{
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    (void)state;
    oam_client_options_init(&options);
    assert_int_equal(oam_client_new(&options, &client, &err), OAM_E_ARGUMENT);
    options.url = "http://127.0.0.1:1/elsewhere";
    assert_int_equal(oam_client_new(&options, &client, &err), OAM_E_ARGUMENT);
    options.url = "http://127.0.0.1:1";
    options.timeout_ms = 0;
    assert_int_equal(oam_client_new(&options, &client, &err), OAM_E_ARGUMENT);
    oam_client_free(client);
    oam_events_free(NULL);
    oam_response_free(NULL);
    oam_string_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post__keeps_its_key_through_busy_answers_and_lost_ones),
        cmocka_unit_test(test_patch__is_not_repeated_once_it_may_have_arrived),
        cmocka_unit_test(test_get__gives_up_after_its_retries),
        cmocka_unit_test(test_get__does_not_wait_longer_than_it_may),
        cmocka_unit_test(test_call__renews_a_token_that_is_refused_once),
        cmocka_unit_test(test_call__a_token_that_could_not_be_renewed_is_no_refusal),
        cmocka_unit_test(test_events__hold_an_answer_as_long_as_they_are_told),
        cmocka_unit_test(test_call__an_answer_that_is_too_long_is_no_answer),
        cmocka_unit_test(test_transition__reads_the_etag_it_acts_on),
        cmocka_unit_test(test_client__refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
