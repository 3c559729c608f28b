/* Each row of permissions.def for each role: written out here a second time, so that a slip in the table is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/permission.h"

struct expected {
    enum permission permission;
    const char *name;
    const char *roles; /* in the order of enum role, 'x' where allowed: none, local_user, signer, comptroller,
                          operator, agent, technician, unit_head, supervisor, admin, integration */
    uint32_t scopes;
};

static const struct expected rows[] = {
    {PERMISSION_PUBLIC, "public:any", "xxxxxxxxxxx", 0},
    {PERMISSION_ME, "me:read", ".xxxxxxxxxx", 0},
    {PERMISSION_DIRECTORY_READ, "directory:read", ".xxxxxxxxxx", SCOPE_DIRECTORY_READ},
    {PERMISSION_AGENT_READ, "agents:read", ".xxxxxxxxxx", SCOPE_DIRECTORY_READ},
    {PERMISSION_REQUEST_READ, "requests:read", ".xxxxxxxxxx", SCOPE_REQUESTS_READ},
    {PERMISSION_REQUEST_CREATE, "requests:create", ".xxxxx....x", SCOPE_REQUESTS_WRITE},
    {PERMISSION_REQUEST_EDIT, "requests:edit", ".xxx......x", SCOPE_REQUESTS_WRITE},
    {PERMISSION_REQUEST_BATCH, "requests:batch", ".xxxxx....x", 0}, /* each item asks for its own scope */
    {PERMISSION_REQUEST_TRANSITION, "requests:transition", ".xxxxxxxxxx", SCOPE_REQUESTS_WRITE},
    {PERMISSION_REQUEST_COMMENT, "comments:write", ".xxxxxxxxxx", SCOPE_REQUESTS_WRITE},
    {PERMISSION_NOTE_READ, "notes:read", "....xxxxxx.", 0},
    {PERMISSION_NOTE_WRITE, "notes:write", "....xxxxxx.", 0},
    {PERMISSION_ACTION_KEEP, "actions:keep", "......xxx.x", SCOPE_REQUESTS_WRITE}, /* of their unit, of the provider */
    {PERMISSION_STOCK_READ, "stock:read", "....xxxxxx.", 0},
    {PERMISSION_STOCK_KEEP, "stock:keep", "......xxxx.", 0}, /* of their unit */
    {PERMISSION_REQUEST_ASSIGN, "requests:assign", "....xx..x..", 0},
    {PERMISSION_ABSENCE_MANAGE, "absences:manage", ".....x.xxx.", 0}, /* of their own, of their unit */
    {PERMISSION_EVENTS_READ, "events:read", ".xxxxxxxxxx", SCOPE_EVENTS_READ},
    {PERMISSION_WEBHOOK_MANAGE, "webhooks:manage", ".........xx", SCOPE_WEBHOOKS_MANAGE | SCOPE_EVENTS_READ},
    {PERMISSION_CALENDAR_CORRECT, "calendars:correct", ".........x.", 0},
    {PERMISSION_ADDRESS_OWN, "address:own", ".xxxxxxxxx.", 0},
    {PERMISSION_NOTIFICATION_READ, "notifications:read", ".xxxxxxxxxx", SCOPE_REQUESTS_READ},
    {PERMISSION_WORKFLOW_READ, "workflows:read", ".xxxxxxxxxx", SCOPE_DIRECTORY_READ},
    {PERMISSION_WORKFLOW_CHECK, "workflows:check", "....xxxxxx.", 0},
    {PERMISSION_WORKFLOW_REPLAY, "workflows:replay", "........xx.", 0},
    {PERMISSION_WORKFLOW_PUBLISH, "workflows:publish", ".........x.", 0},
    {PERMISSION_PANEL_READ, "panels:read", "....xxxxxx.", 0},
    {PERMISSION_PANEL_MANAGE, "panels:manage", "........xx.", 0},
    {PERMISSION_BALLOT_READ, "ballots:read", "....xxxxxx.", 0},
    {PERMISSION_INCIDENT_DECIDE, "incidents:decide", "........xx.", 0},
    {PERMISSION_PUBLICATION_MANAGE, "publications:manage", ".........x.", 0},
    {PERMISSION_CLIENT_MANAGE, "clients:manage", ".........x.", 0},
};

static void test_permission__every_row_is_written_here(void **state)
{
    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], PERMISSION_COUNT);
    for (size_t i = 0; i < PERMISSION_COUNT; i++) {
        assert_int_equal(rows[i].permission, i);
        assert_int_equal(strlen(rows[i].roles), ROLE_COUNT);
        assert_string_equal(permission_name((enum permission)i), rows[i].name);
    }
}

static void test_permission__each_role_may_do_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERMISSION_COUNT; i++)
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            struct actor actor = {.role = (enum role)role, .scopes = UINT32_MAX};
            if (permission_granted(rows[i].permission, &actor) != (rows[i].roles[role] == 'x'))
                fail_msg("%s for %s", rows[i].name, role_name((enum role)role));
        }
}

static void test_permission__people_are_not_bound_by_scopes(void **state)
{
    (void)state;
    struct actor actor = {.role = ROLE_LOCAL_USER, .scopes = 0};
    assert_true(permission_granted(PERMISSION_REQUEST_CREATE, &actor));
}

static void test_permission__an_integration_needs_every_scope_of_the_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERMISSION_COUNT; i++)
        for (uint32_t scopes = 0; scopes < 64; scopes++) {
            struct actor actor = {.role = ROLE_INTEGRATION, .scopes = scopes};
            bool expected = rows[i].roles[ROLE_INTEGRATION] == 'x' && (scopes & rows[i].scopes) == rows[i].scopes;
            if (permission_granted(rows[i].permission, &actor) != expected)
                fail_msg("%s with scopes %x", rows[i].name, scopes);
        }
}

static void test_permission__what_is_not_in_the_table_is_denied(void **state)
{
    (void)state;
    struct actor admin = {.role = ROLE_ADMIN, .scopes = UINT32_MAX},
                 nobody = {.role = (enum role)99, .scopes = UINT32_MAX};
    assert_false(permission_granted(PERMISSION_COUNT, &admin));
    assert_false(permission_granted((enum permission) - 1, &admin));
    assert_false(permission_granted(PERMISSION_ME, &nobody));
    assert_string_equal(permission_name(PERMISSION_COUNT), "");
}

static void test_role__names_go_both_ways(void **state)
{
    (void)state;
    for (unsigned role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
        assert_int_equal(role_find(role_name((enum role)role)), role);
    assert_int_equal(role_find("none"), ROLE_NONE);
    assert_int_equal(role_find("root"), ROLE_NONE);
    assert_int_equal(role_find(""), ROLE_NONE);
    assert_int_equal(role_find(NULL), ROLE_NONE);
    assert_string_equal(role_name(ROLE_COUNT), "none");
}

static void test_scopes__text_goes_both_ways(void **state)
{
    (void)state;
    char text[PERMISSION_SCOPES_SIZE];
    for (uint32_t scopes = 1; scopes < 64; scopes++) {
        uint32_t read = 0;
        assert_true(permission_scopes_parse(permission_scopes_format(scopes, text), &read));
        assert_int_equal(read, scopes);
    }
    assert_string_equal(permission_scopes_format(0, text), "");
    assert_string_equal(permission_scopes_format(SCOPE_DIRECTORY_READ | SCOPE_REQUESTS_READ, text),
                        "requests:read directory:read");
}

static void test_scopes__anything_else_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "admin",
                                      "requests",
                                      "requests:",
                                      "requests:read ",
                                      " requests:read",
                                      "requests:read  events:read",
                                      "requests:read,events:read",
                                      "Requests:read",
                                      "requests:read\tevents:read",
                                      "requests:readx",
                                      "requests:read admin:all"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t scopes = 77;
        assert_false(permission_scopes_parse(bad[i], &scopes));
        assert_int_equal(scopes, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permission__every_row_is_written_here),
        cmocka_unit_test(test_permission__each_role_may_do_what_the_table_says),
        cmocka_unit_test(test_permission__people_are_not_bound_by_scopes),
        cmocka_unit_test(test_permission__an_integration_needs_every_scope_of_the_row),
        cmocka_unit_test(test_permission__what_is_not_in_the_table_is_denied),
        cmocka_unit_test(test_role__names_go_both_ways),
        cmocka_unit_test(test_scopes__text_goes_both_ways),
        cmocka_unit_test(test_scopes__anything_else_is_refused),
    };
    return cmocka_run_group_tests_name("permission", tests, NULL, NULL);
}
