/* What a client may know of what PostgreSQL says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "store/sqlstate.h"

static struct error translate(const char *sqlstate, const char *constraint)
{
    struct error err = {.kind = ERROR_NONE};
    const struct sqlstate_report report = {
        .sqlstate = sqlstate, .constraint = constraint, .query = "request_read", .message = "the secret of Can Ribes"};
    assert_false(sqlstate_translate(&report, &err));
    /* What the server said is never what the client is told. */
    assert_null(strstr(err.detail, "secret"));
    assert_null(strstr(err.where, "secret"));
    return err;
}

static void test_sqlstate__maps_each_class(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate, *constraint;
        enum error_kind kind;
    } cases[] = {
        {"23505", "idempotency_key_pkey", ERROR_IDEMPOTENCY_IN_FLIGHT},
        {"23505", "user_account_login_key", ERROR_CONFLICT},
        {"23505", "api_client_client_id_key", ERROR_CONFLICT},
        {"23505", "request_external_ref", ERROR_EXTERNAL_REF_EXISTS},
        {"OA412", NULL, ERROR_PRECONDITION_FAILED},
        {"23505", "unheard_of", ERROR_INTERNAL},
        {"23505", NULL, ERROR_INTERNAL},
        {"23503", "comment_request_id_fkey", ERROR_INTERNAL},
        {"23514", "request_check", ERROR_INTERNAL},
        {"40P01", NULL, ERROR_UNAVAILABLE},
        {"40001", NULL, ERROR_UNAVAILABLE},
        {"55P03", NULL, ERROR_UNAVAILABLE},
        {"57014", NULL, ERROR_DEADLINE},
        {"08006", NULL, ERROR_UNAVAILABLE},
        {"53300", NULL, ERROR_UNAVAILABLE},
        {"53100", NULL, ERROR_UNAVAILABLE},
        {"57P01", NULL, ERROR_UNAVAILABLE},
        {"57P03", NULL, ERROR_UNAVAILABLE},
        {"25006", NULL, ERROR_UNAVAILABLE},
        {"25P03", NULL, ERROR_UNAVAILABLE},
        {"28000", NULL, ERROR_UNAVAILABLE},
        {"3D000", NULL, ERROR_UNAVAILABLE},
        {"0A000", NULL, ERROR_UNAVAILABLE},
        {"26000", NULL, ERROR_UNAVAILABLE},
        {NULL, NULL, ERROR_UNAVAILABLE},
        {"", NULL, ERROR_UNAVAILABLE},
        {"22P02", NULL, ERROR_INTERNAL},
        {"42501", NULL, ERROR_INTERNAL},
        {"42601", NULL, ERROR_INTERNAL},
        {"P0001", NULL, ERROR_INTERNAL},
        {"XX000", NULL, ERROR_INTERNAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct error err = translate(cases[i].sqlstate, cases[i].constraint);
        if (err.kind != cases[i].kind)
            print_error("%s %s\n", cases[i].sqlstate, cases[i].constraint);
        assert_int_equal(err.kind, cases[i].kind);
    }
}

static void test_sqlstate__asks_to_come_back_where_that_helps(void **state)
{
    (void)state;
    static const char *const transient[] = {"40P01", "55P03", "57014", "08006", "57P01", NULL};
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
        assert_int_equal(translate(transient[i], NULL).retry_after_s, 1);
    assert_int_equal(translate("42601", NULL).retry_after_s, 0);
    assert_int_equal(translate("23505", "user_account_login_key").retry_after_s, 0);
}

static void test_sqlstate__names_the_statement_for_the_log(void **state)
{
    (void)state;
    assert_non_null(strstr(translate("42601", NULL).where, "42601"));
    assert_non_null(strstr(translate("42601", NULL).where, "request_read"));
}

static void test_sqlstate__leaves_an_earlier_error_alone(void **state)
{
    (void)state;
    struct error err = {.kind = ERROR_NOT_FOUND};
    assert_false(sqlstate_translate(&(struct sqlstate_report){.sqlstate = "XX000"}, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void test_sqlstate__knows_a_connection_that_is_lost(void **state)
{
    (void)state;
    assert_true(sqlstate_drops_connection("57P01") && sqlstate_drops_connection("08006") &&
                sqlstate_drops_connection(NULL));
    assert_true(sqlstate_drops_connection("0A000") && sqlstate_drops_connection("26000") &&
                sqlstate_drops_connection("25006"));
    assert_false(sqlstate_drops_connection("57014") || sqlstate_drops_connection("23505") ||
                 sqlstate_drops_connection("40P01"));
}

static void test_sqlstate__repeats_only_what_was_not_done(void **state)
{
    (void)state;
    assert_true(sqlstate_may_repeat("40P01") && sqlstate_may_repeat("40001") && sqlstate_may_repeat("57P01"));
    assert_false(sqlstate_may_repeat("57014") || sqlstate_may_repeat("23505") || sqlstate_may_repeat("42501"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlstate__maps_each_class),
        cmocka_unit_test(test_sqlstate__asks_to_come_back_where_that_helps),
        cmocka_unit_test(test_sqlstate__names_the_statement_for_the_log),
        cmocka_unit_test(test_sqlstate__leaves_an_earlier_error_alone),
        cmocka_unit_test(test_sqlstate__knows_a_connection_that_is_lost),
        cmocka_unit_test(test_sqlstate__repeats_only_what_was_not_done),
    };
    return cmocka_run_group_tests_name("sqlstate", tests, NULL, NULL);
}
