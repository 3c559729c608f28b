#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A real server on a free port, spoken to by sockets: what arrives is what is judged. */
#include <arpa/inet.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "http/http.h"

static struct http_server *_Atomic server;
static struct clock *the_clock;
static atomic_int happened;

static bool echo(struct context *ctx, struct error *err)
{
    json_t *body = http_body_json(ctx, err);
    if (!body)
        return false;
    struct json_in in = json_in_object(body, "", err);
    (void)json_in_text(&in, "title", 3, 10, true, false);
    (void)json_in_integer(&in, "n", 1, 5, true, 0);
    if (error_is_set(err))
        return false;
    return http_respond_bytes(ctx, 201, "application/json", ctx->body, ctx->body_length);
}

static bool versioned(struct context *ctx, struct error *err)
{
    (void)err;
    if (http_not_modified(ctx, 3))
        return true;
    http_etag_set(ctx, 3);
    return http_respond_bytes(ctx, 200, "application/json", "{}", 2);
}

static bool stale(struct context *ctx, struct error *err)
{
    err->current_version = ctx->if_match_version + 1;
    return error_set(err, ERROR_PRECONDITION_FAILED, TEXT_HTTP_IF_MATCH_BAD);
}

static bool forget(struct context *ctx, struct error *err)
{
    (void)ctx;
    (void)err;
    return false;
}

static bool slow(struct context *ctx, struct error *err)
{
    (void)err;
    (void)nanosleep(&(struct timespec){.tv_nsec = 150000000L}, NULL);
    return http_respond_empty(ctx, 204);
}

static bool has_happened(struct watch *watch)
{
    (void)watch;
    return happened != 0;
}

static void forget_watch(struct watch *watch)
{
    free(watch);
}

static struct watch *watch_for_it(void)
{
    struct watch *watch = calloc(1, sizeof *watch);
    assert_non_null(watch);
    *watch = (struct watch){.ready = has_happened, .release = forget_watch};
    return watch;
}

static bool wait_for_it(struct context *ctx, struct error *err)
{
    (void)err;
    (void)arena_alloc(ctx->arena, 4000); /* each run's memory is given back */
    if (happened == 0 && ctx->prefer_wait_s > 0)
        return http_wait(ctx, watch_for_it(), ctx->prefer_wait_s);
    struct json_out out = json_out_new(ctx->arena, 64);
    json_out_number(&out, happened);
    return http_respond_json(ctx, 200, &out);
}

static bool metrics(struct context *ctx, struct error *err)
{
    (void)err;
    char *page = http_metrics(server, ctx->arena);
    return http_respond_bytes(ctx, 200, "text/plain; version=0.0.4", page, strlen(page));
}

static const struct route routes[] = {
    {.method = "POST", .path = "/api/v1/echo", .permission = PERMISSION_PUBLIC, .handler = echo, .body_max = KB(1)},
    {.method = "GET",
     .path = "/api/v1/versioned",
     .permission = PERMISSION_PUBLIC,
     .flags = ROUTE_MEMORY,
     .handler = versioned},
    {.method = "PATCH",
     .path = "/api/v1/versioned",
     .permission = PERMISSION_PUBLIC,
     .flags = ROUTE_IF_MATCH | ROUTE_MERGE_PATCH,
     .handler = stale,
     .body_max = KB(1)},
    {.method = "POST",
     .path = "/api/v1/once",
     .permission = PERMISSION_PUBLIC,
     .flags = ROUTE_IDEMPOTENCY,
     .handler = echo,
     .body_max = KB(1)},
    {.method = "GET", .path = "/api/v1/forget", .permission = PERMISSION_PUBLIC, .handler = forget},
    {.method = "GET", .path = "/api/v1/slow", .permission = PERMISSION_PUBLIC, .handler = slow},
    {.method = "GET",
     .path = "/api/v1/wait",
     .permission = PERMISSION_PUBLIC,
     .flags = ROUTE_WAITS,
     .handler = wait_for_it},
    {.method = "GET", .path = "/api/v1/me", .permission = PERMISSION_ME, .flags = ROUTE_MEMORY, .handler = versioned},
    {.method = "GET", .path = "/metrics", .permission = PERMISSION_PUBLIC, .flags = ROUTE_MEMORY, .handler = metrics},
};

static const unsigned char secret[32] = "only of this test";
static struct auth *the_auth;

static struct http_settings settings_of_test(void)
{
    int port;
    char complaint[256] = "";
    return (struct http_settings){
        .clock = the_clock,
        .auth = the_auth,
        .routes = routes,
        .n_routes = sizeof routes / sizeof routes[0],
        .listener = http_bind("127.0.0.1", 0, &port, complaint, sizeof complaint),
        .io_threads = 2,
        .db_threads = 2,
        .queue_max = 4,
        .connections_max = 100,
        .idle_timeout_s = 10,
        .deadline_ms = 5000,
        .waits_per_person = 2,
        .body_max = KB(4),
        .public_url = "http://localhost",
    };
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_server_port(server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

static void say(int peer, const char *text)
{
    assert_int_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All that comes until the server closes: every request below says that it should. */
static char answer[65536];
static const char *hear(int peer)
{
    size_t length = 0;
    ssize_t got;
    while (length < sizeof answer - 1 && (got = recv(peer, answer + length, sizeof answer - 1 - length, 0)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
    (void)close(peer);
    return answer;
}

static const char *ask(const char *line, const char *headers, const char *body)
{
    char request[8192];
    int peer = dial();
    char length[96] = "";
    if (body)
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\nContent-Type: application/json\r\n",
                       strlen(body));
    (void)snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%s\r\n%s", line, headers,
                   length, body ? body : "");
    say(peer, request);
    return hear(peer);
}

static int status_of(const char *response)
{
    int status = 0;
    return sscanf(response, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

static json_t *problem_of(const char *response, int status, const char *code)
{
    assert_int_equal(status_of(response), status);
    assert_non_null(strstr(response, "Content-Type: application/problem+json\r\n"));
    json_t *problem = json_loads(strstr(response, "\r\n\r\n") + 4, 0, NULL);
    assert_non_null(problem);
    assert_string_equal(json_string_value(json_object_get(problem, "code")), code);
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), status);
    assert_int_equal(strncmp(json_string_value(json_object_get(problem, "instance")), "urn:uuid:", 9), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(problem, "trace_id"))), 32);
    return problem;
}

static void expect_problem(const char *response, int status, const char *code)
{
    json_decref(problem_of(response, status, code));
}

static void test_every_violation_in_the_asked_language(void **state)
{
    (void)state;
    json_t *problem =
        problem_of(ask("POST /api/v1/echo", "Accept-Language: en\r\n", "{\"title\":\"ab\",\"n\":9}"), 422, "invalid");
    json_t *errors = json_object_get(problem, "errors");
    assert_int_equal(json_array_size(errors), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "pointer")), "/title");
    assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "detail")),
                        "Too short: the minimum is 3.");
    json_decref(problem);
    assert_non_null(strstr(answer, "Content-Language: en\r\n"));
    assert_non_null(
        strstr(ask("POST /api/v1/echo?lang=es", "Accept-Language: en\r\n", "{}"), "Content-Language: es\r\n"));
}

static void test_the_language_of_the_link_wins_before_there_is_a_route(void **state)
{
    static const struct {
        const char *line, *headers;
        int status;
    } cases[] = {
        {"GET /nowhere?lang=es", "", 404},
        {"GET /a%00b?lang=es", "", 400},
        {"GET nowhere?lang=es", "", 400},
        {"DELETE /api/v1/echo?lang=es", "", 405},
        {"GET /api/v1/versioned?x=%FF&lang=es", "", 400},
        {"GET /api/v1/versioned?zz=1&la%6Eg=es", "", 400},
        {"GET /api/v1/versioned?lang=es", "Host: y\r\n", 400},
        {"GET /api/v1/versioned?lang=es", "X-A: a\x01\r\n", 400},
        {"GET /api/v1/versioned?lang=es&lang=ca", "", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char headers[128];
        (void)snprintf(headers, sizeof headers, "Accept-Language: en\r\n%s", cases[i].headers);
        const char *response = ask(cases[i].line, headers, NULL);
        assert_int_equal(status_of(response), cases[i].status);
        assert_non_null(strstr(response, "Content-Language: es\r\n"));
    }
    /* A language that is none of ours leaves the header its say. */
    assert_non_null(strstr(ask("GET /nowhere?lang=fr", "Accept-Language: en\r\n", NULL), "Content-Language: en\r\n"));
}

static void test_kinds_by_their_cause(void **state)
{
    (void)state;
    expect_problem(ask("GET /nowhere", "", NULL), 404, "not_found");
    expect_problem(ask("GET /a%00b", "", NULL), 400, "bad_request");
    expect_problem(ask("DELETE /api/v1/echo", "", NULL), 405, "method_not_allowed");
    assert_non_null(strstr(answer, "Allow: POST, OPTIONS\r\n"));
    expect_problem(ask("GET /api/v1/versioned?zz=1", "", NULL), 400, "invalid_parameter");
    expect_problem(ask("GET /api/v1/versioned?lang=fr", "", NULL), 400, "invalid_parameter");
    expect_problem(ask("GET /api/v1/versioned", "Accept: text/html\r\n", NULL), 406, "not_acceptable");
    expect_problem(ask("POST /api/v1/echo", "", "{\"a\":1,\"a\":2}"), 400, "malformed_json");
    expect_problem(ask("POST /api/v1/echo", "", "3"), 400, "malformed_json");
    expect_problem(ask("POST /api/v1/once", "", "{}"), 400, "idempotency_key_required");
    expect_problem(ask("POST /api/v1/once", "Idempotency-Key: \"\"\r\n", "{}"), 400, "bad_request");
    expect_problem(ask("PATCH /api/v1/versioned", "", "{}"), 428, "precondition_required");
    expect_problem(ask("PATCH /api/v1/versioned", "If-Match: *\r\n", "{}"), 428, "precondition_required");
    expect_problem(ask("PATCH /api/v1/versioned", "If-Match: v3\r\n", "{}"), 400, "bad_request");
    expect_problem(ask("PATCH /api/v1/versioned", "If-Match: \"v6-ca\"\r\n", "{}"), 412, "precondition_failed");
    assert_non_null(strstr(answer, "ETag: \"v7-ca\"\r\n"));
    expect_problem(ask("GET /api/v1/forget", "", NULL), 500, "internal");
    expect_problem(ask("GET /api/v1/me", "", NULL), 401, "unauthenticated");
    assert_non_null(strstr(answer, "WWW-Authenticate: Bearer\r\n"));
}

static void test_bodies_that_are_not_taken(void **state)
{
    (void)state;
    static char big[KB(2)];
    memset(big, ' ', sizeof big - 1);
    expect_problem(ask("POST /api/v1/echo", "", big), 413, "body_too_large");
    expect_problem(ask("GET /api/v1/versioned", "", "{}"), 413, "body_too_large");
    expect_problem(ask("POST /api/v1/echo", "Content-Length: 300000000\r\n", NULL), 413, "body_too_large");
    expect_problem(ask("POST /api/v1/echo", "Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}", NULL), 415,
                   "unsupported_media_type");
    static const char *const framings[] = {
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Content-Length: -2\r\n",
        "Content-Length: 0x2\r\n",
    };
    for (size_t i = 0; i < sizeof framings / sizeof framings[0]; i++) {
        expect_problem(ask("POST /api/v1/echo", framings[i], NULL), 400, "bad_request");
        assert_null(strstr(answer + 1, "HTTP/1.1 4"));
    }
}

static void test_heads_that_are_not_taken(void **state)
{
    (void)state;
    char line[5000], header[8000];
    expect_problem(ask("GET /api/v1/versioned", "Host: y\r\n", NULL), 400, "bad_request");
    expect_problem(ask("GET /api/v1/versioned", "X-A: a\x01\r\n", NULL), 400, "bad_request");
    (void)snprintf(line, sizeof line, "GET /%0*d", 4000, 1);
    expect_problem(ask(line, "", NULL), 414, "uri_too_long");
    for (int size = 1000; size < 7500; size += 250) {
        (void)snprintf(header, sizeof header, "X-A: %0*d\r\n", size, 1);
        int status = status_of(ask("GET /api/v1/versioned", header, NULL));
        assert_true(status == 200 || status == 431);
        (void)snprintf(line, sizeof line, "GET /api/v1/versioned?%.*s", size > 4900 ? 4900 : size, header + 5);
        status = status_of(ask(line, "", NULL));
        assert_true(status == 400 || status == 414 || status == 431);
    }
    int peer = dial();
    say(peer, "GET /api/v1/versioned HTTP/1.1\r\nConnection: close\r\n\r\n");
    expect_problem(hear(peer), 400, "bad_request");
}

/* libmicrohttpd would copy and parse them, in the memory of the connection, for nobody. */
static void test_cookies_cost_their_own_length_and_no_more(void **state)
{
    (void)state;
    char header[4096] = "Cookie: oam_session=x";
    size_t length = strlen(header);
    for (int i = 0; length < 2800; i++)
        length += (size_t)snprintf(header + length, sizeof header - length, "; crumb%d=%0*d", i, 20 + i % 3, i);
    (void)snprintf(header + length, sizeof header - length, "\r\n");
    assert_int_equal(status_of(ask("GET /api/v1/versioned", header, NULL)), 200);
}

static void test_methods_that_come_for_free(void **state)
{
    (void)state;
    const char *response = ask("HEAD /api/v1/versioned", "", NULL);
    assert_int_equal(status_of(response), 200);
    assert_non_null(strstr(response, "Content-Length: 2\r\n"));
    assert_string_equal(strstr(response, "\r\n\r\n"), "\r\n\r\n");
    response = ask("OPTIONS /api/v1/versioned", "", NULL);
    assert_int_equal(status_of(response), 204);
    assert_non_null(strstr(response, "Allow: GET, HEAD, PATCH, OPTIONS\r\n"));
    assert_non_null(strstr(response, "Accept-Patch: application/merge-patch+json\r\n"));
    assert_int_equal(status_of(ask("GET /api/v1/versioned", "If-None-Match: W/\"v3-ca\"\r\n", NULL)), 304);
    assert_int_equal(status_of(ask("GET http://x/api/v1/versioned", "", NULL)), 200);
}

static void test_ids_are_continued(void **state)
{
    (void)state;
    const char *headers = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                          "Request-Id: 01a20208-e95a-7ef2-bf54-0fe61318eb55\r\n";
    const char *response = ask("GET /nowhere", headers, NULL);
    assert_non_null(strstr(response, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
    assert_non_null(strstr(response, "Request-Id: 01a20208-e95a-7ef2-bf54-0fe61318eb55\r\n"));
    assert_null(strstr(ask("GET /nowhere", "Request-Id: \"quoted\"\r\n", NULL), "quoted"));
}

static void *answer_later(void *unused)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
    http_wake_all(server); /* nothing has happened: it waits on */
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
    happened = 1;
    http_wake_all(server);
    return unused;
}

static void test_waiting(void **state)
{
    (void)state;
    pthread_t thread;
    happened = 0;
    int64_t before = clock_monotonic();
    assert_int_equal(pthread_create(&thread, NULL, answer_later, NULL), 0);
    assert_non_null(strstr(ask("GET /api/v1/wait", "Prefer: wait=20\r\n", NULL), "\r\n\r\n1"));
    assert_in_range(clock_monotonic() - before, 150000, 5000000);
    (void)pthread_join(thread, NULL);
    happened = 0;
    before = clock_monotonic();
    assert_non_null(strstr(ask("GET /api/v1/wait", "Prefer: wait=1\r\n", NULL), "\r\n\r\n0"));
    assert_in_range(clock_monotonic() - before, 900000, 5000000);
}

static void test_a_full_queue_sheds(void **state)
{
    (void)state;
    int peers[12], shed = 0, served = 0;
    for (int i = 0; i < 12; i++) {
        peers[i] = dial();
        say(peers[i], "GET /api/v1/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    for (int i = 0; i < 12; i++) {
        const char *response = hear(peers[i]);
        if (status_of(response) == 503) {
            expect_problem(response, 503, "overloaded");
            assert_non_null(strstr(response, "Retry-After: "));
            shed++;
        } else {
            assert_int_equal(status_of(response), 204);
            served++;
        }
    }
    assert_true(served >= 4 && shed >= 1);
    const char *page = ask("GET /metrics", "", NULL);
    assert_non_null(strstr(page, "oam_http_requests_total{method=\"GET\",route=\"/api/v1/slow\",status=\"5xx\"}"));
    assert_non_null(strstr(page, "oam_http_shed_total"));
}

static void *stop_server(void *unused)
{
    http_server_stop(server, 5);
    return unused;
}

static void test_stop_finishes_what_is_in_flight(void **state)
{
    (void)state;
    pthread_t thread;
    happened = 0;
    int in_work = dial(), waiting = dial();
    say(in_work, "GET /api/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n");
    say(waiting, "GET /api/v1/wait HTTP/1.1\r\nHost: x\r\nPrefer: wait=30\r\n\r\n");
    (void)nanosleep(&(struct timespec){.tv_nsec = 50000000L}, NULL);
    assert_int_equal(pthread_create(&thread, NULL, stop_server, NULL), 0);
    assert_int_equal(status_of(hear(in_work)), 204);
    assert_int_equal(status_of(hear(waiting)), 200);
    (void)pthread_join(thread, NULL);
}

static void test_a_second_server_and_a_bad_table_are_refused(void **state)
{
    (void)state;
    char complaint[256] = "";
    struct http_settings settings = settings_of_test();
    assert_null(http_server_start(&settings, complaint, sizeof complaint));
    assert_non_null(strstr(complaint, "another"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_violation_in_the_asked_language),
        cmocka_unit_test(test_the_language_of_the_link_wins_before_there_is_a_route),
        cmocka_unit_test(test_kinds_by_their_cause),
        cmocka_unit_test(test_bodies_that_are_not_taken),
        cmocka_unit_test(test_heads_that_are_not_taken),
        cmocka_unit_test(test_cookies_cost_their_own_length_and_no_more),
        cmocka_unit_test(test_methods_that_come_for_free),
        cmocka_unit_test(test_ids_are_continued),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_a_full_queue_sheds),
        cmocka_unit_test(test_a_second_server_and_a_bad_table_are_refused),
        cmocka_unit_test(test_stop_finishes_what_is_in_flight),
    };
    char complaint[256] = "";
    the_clock = clock_new(NULL);
    the_auth = auth_new(
        &(struct auth_settings){.secret = secret, .secret_length = sizeof secret, .issuer = "http://localhost"});
    assert_non_null(the_auth);
    log_open(LOG_ERROR, STDERR_FILENO);
    struct http_settings settings = settings_of_test();
    server = http_server_start(&settings, complaint, sizeof complaint);
    if (!server) {
        (void)fprintf(stderr, "%s\n", complaint);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    auth_free(the_auth);
    clock_free(the_clock);
    log_close();
    return failed;
}
