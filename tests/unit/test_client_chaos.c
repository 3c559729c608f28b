/* Each allocation of liboam, and of jansson under it, fails in turn: every call reports it, nothing leaks or crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "client_internal.h"
#include "test_client_server.h"

/* -1: none fails. */
static long left_until_failure = -1;
static bool has_failed;

static bool fails_now(void)
{
    if (left_until_failure < 0)
        return false;
    if (left_until_failure-- == 0) {
        has_failed = true;
        return true;
    }
    return false;
}

/* Takes the place of the weak one in the library. */
void *oami_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : realloc(memory, size);
}

static void *json_allocate(size_t size)
{
    return fails_now() ? NULL : malloc(size);
}

static const char *answer(void *script, const char *request)
{
    static char text[2048];
    const char *body = "{\"ref\":\"OAM-2026-000001\",\"version\":1}";
    (void)script;
    if (strstr(request, "/oauth/token") || strstr(request, "/session")) {
        body = "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"expires_in\":600}";
    } else if (strstr(request, "/events?after=0")) {
        body =
            "{\"items\":[{\"id\":\"7\",\"type\":\"cat.oam.request.created\",\"subject\":\"OAM-2026-000001\","
            "\"time\":\"2026-11-22T08:00:00.000Z\",\"data\":{\"seq\":1,\"version\":1}}],\"next\":\"7\",\"prev\":null}";
    } else if (strstr(request, "/events?")) {
        body = "{\"items\":[],\"next\":\"7\",\"prev\":null}";
    }
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nETag: \"v1-ca\"\r\nRequest-Id: x\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    return text;
}

static bool is_expected(enum oam_result result)
{
    return result == OAM_OK || result == OAM_DONE || result == OAM_E_MEMORY || result == OAM_E_PROTOCOL ||
           result == OAM_E_ARGUMENT;
}

static void use_events(struct oam_client *client)
{
    struct oam_events_options options = {.limit = 50, .type = "cat.oam.request.created"};
    struct oam_events *events = NULL;
    struct oam_event event;
    struct oam_error err;
    enum oam_result result = oam_events_new(client, &options, &events, &err);
    while (result == OAM_OK)
        result = oam_events_next(events, &event, &err);
    assert_true(is_expected(result));
    assert_true(has_failed || result == OAM_DONE);
    if (!has_failed)
        assert_string_equal(oam_events_position(events), "7");
    oam_events_free(events);
}

static void use_client(struct oam_client *client)
{
    static const char *const refs[] = {"OAM-2026-000001", "OAM-2026-000002"};
    const struct oam_request_input input = {
        .service = "GOV-01", .body = "0800180001", .title = "T", .data = "{\"a\":1}", .submit = true};
    struct oam_response *responses[7] = {0};
    struct oam_error err;
    enum oam_result results[] = {
        oam_request_file(client, &input, NULL, &responses[0], &err),
        oam_request_show(client, refs[0], NULL, &responses[1], &err),
        oam_request_transition(client, refs[0], NULL, "take", "{\"b\":true}", "c", &responses[2], &err),
        oam_request_comment(client, refs[0], "hola", true, &responses[3], &err),
        oam_status_query(client, refs, 2, NULL, &responses[4], &err),
        oam_request_edit(client, refs[0], NULL, "{\"title\":\"U\"}", &responses[5], &err),
        oam_request_assign(client, refs[1], "agent.bages.2", "Coneix el cas", &responses[6], &err),
    };
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        assert_true(is_expected(results[i]));
        assert_true(has_failed || results[i] == OAM_OK);
        oam_response_free(responses[i]);
    }
}

static void scenario(const char *url, bool is_person)
{
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    oam_client_options_init(&options);
    options.url = url;
    options.language = "ca";
    if (oam_client_new(&options, &client, &err) != OAM_OK) {
        assert_true(has_failed);
        assert_int_equal(err.result, OAM_E_MEMORY);
        return;
    }
    enum oam_result result = is_person ? oam_login_password(client, "who", "secret", &err)
                                       : oam_login_client(client, "id", "secret", "requests:read", &err);
    assert_true(is_expected(result));
    use_client(client);
    use_events(client);
    assert_true(is_expected(oam_logout(client, &err)));
    oam_client_free(client);
}

static void test_chaos__every_failing_allocation_is_survived(void **state)
{
    struct scripted_server server;
    (void)state;
    assert_true(scripted_start(&server, answer, NULL));
    json_object_seed(1);
    json_set_alloc_funcs(json_allocate, free);
    for (int person = 0; person <= 1; person++) {
        long n = 0;
        do {
            has_failed = false;
            left_until_failure = n++;
            scenario(server.url, person == 1);
        } while (has_failed);
        left_until_failure = -1;
        assert_in_range(n, 50, 100000);
    }
    scripted_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chaos__every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
