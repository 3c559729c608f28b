#include "unit/test_expression_grant.h"

static void test_an_unset_field_is_an_error_that_has_asks_about(void **state)
{
    (void)state;
    grant_begin();
    ASSERT_WORTH("has(data.asked)", "false");
    ASSERT_WORTH("has(data.budget)", "true");
    ASSERT_WORTH("data.asked <= data.budget", "error: no_such_field");
    ASSERT_WORTH("has(data.asked) && data.asked <= data.budget", "false");
    ASSERT_WORTH("!has(data.asked) || data.asked <= data.budget", "true");
    grant_values[GRANT_ASKED] = workflow_value_int(4000);
    ASSERT_WORTH("data.asked <= data.budget", "true");
    ASSERT_WORTH("data.budget - data.asked", "1000");
    assert_int_equal(grant_evaluate("1 < 2 && data.note == ''").n, 14); /* where the error came up */
}

static void test_a_record_in_a_record_and_roots_of_every_kind(void **state)
{
    (void)state;
    struct workflow_value place[2] = {workflow_value_string("Vic", 3), workflow_value_unset()};
    grant_begin();
    ASSERT_WORTH("data.place.town == 'Vic'", "error: no_such_field");
    grant_values[GRANT_PLACE] = workflow_value_record(place, 2);
    ASSERT_WORTH("data.place.town == 'Vic' && !has(data.place.street)", "true");
    ASSERT_WORTH("data.place.street == ''", "error: no_such_field");
    ASSERT_WORTH("data.place == data.place", "true");
    ASSERT_WORTH("months < 6", "error: no_such_field");
    grant_root_values[1] = workflow_value_int(3);
    grant_root_values[2] = workflow_value_int(1);
    ASSERT_WORTH("months < 6 && clock.extensions == 1", "true");
    ASSERT_WORTH("event.pct", "error: no_such_field");
    const struct workflow_value pairs[] = {workflow_value_string("pct", 3), workflow_value_int(40)};
    grant_root_values[3] = workflow_value_map(pairs, 1);
    ASSERT_WORTH("event.pct >= 40 && !has(event.day) && event['pct'] == 40", "true");
    ASSERT_WORTH("[1].all(data, data == 1 && .data.budget == 5000)", "true"); /* a dot before a name skips variables */
}

static void test_the_other_side_of_and_and_or_takes_an_error_back(void **state)
{
    (void)state;
    grant_begin();
    ASSERT_WORTH("data.asked > 0 && false", "false");
    ASSERT_WORTH("false && data.asked > 0", "false");
    ASSERT_WORTH("data.asked > 0 && true", "error: no_such_field");
    ASSERT_WORTH("data.asked > 0 || true", "true");
    ASSERT_WORTH("data.asked > 0 || false || 1 / 0 > 0", "error: no_such_field");
    ASSERT_WORTH("[1, 2, 0].exists(x, 4 / x == 2)", "true");
    ASSERT_WORTH("[1, 0].exists(x, 4 / x == 2)", "error: division_by_zero");
    ASSERT_WORTH("[0, 1].all(x, 4 / x == 2)", "false");
    ASSERT_WORTH("[0, 2].exists_one(x, 4 / x == 2)", "error: division_by_zero");
    ASSERT_WORTH("1 / 0 > 0 ? 1 : 2", "error: division_by_zero");
}

static void test_macros_work_on_what_a_field_has(void **state)
{
    (void)state;
    const struct workflow_value towns[] = {workflow_value_string("Vic", 3), workflow_value_string("Reus", 4),
                                           workflow_value_string("\xc3\x92"
                                                                 "dena",
                                                                 6)};
    grant_begin();
    grant_values[GRANT_TOWNS] = workflow_value_list(towns, 3);
    ASSERT_WORTH("size(data.towns)", "3");
    ASSERT_WORTH("data.towns.exists(t, t == 'Reus')", "true");
    ASSERT_WORTH("data.towns.map(t, size(t))", "[3, 4, 5]");
    ASSERT_WORTH("data.towns.map(t, size(t) > 3, t + '!')", "['Reus!', '\xc3\x92"
                                                            "dena!']");
    ASSERT_WORTH("data.towns.filter(t, data.towns.exists_one(u, u == t && u.startsWith('V')))", "['Vic']");
    ASSERT_WORTH("data.towns[1] in ['Reus', 'Vic'] && !('Olot' in data.towns)", "true");
    ASSERT_WORTH("data.towns.map(t, 1 / (size(t) - 4))", "error: division_by_zero");
    ASSERT_WORTH("data.towns.map(t, t == 'Vic' || 1 / 0 > 0, t)", "error: division_by_zero");
    ASSERT_WORTH("data.towns[3]", "error: index");
}

static void test_the_host_answers_predicates(void **state)
{
    (void)state;
    grant_begin();
    ASSERT_WORTH("in_state('study')", "false");
    grant_answer = true;
    ASSERT_WORTH("in_state('study') && data.budget > 1", "true");
    const struct workflow_expression *expression = grant_compile("in_state('study')");
    assert_false(workflow_value_holds(workflow_expression_evaluate(expression, &(struct workflow_bindings){0})));
}

static void test_times_have_parts_in_zones(void **state)
{
    (void)state;
    grant_begin();
    grant_values[GRANT_UNTIL] = workflow_value_timestamp(1767221999, 500000000); /* 2025-12-31T22:59:59.5Z */
    ASSERT_WORTH("data.until", "timestamp('2025-12-31T22:59:59.5Z')");
    ASSERT_WORTH("data.until + duration('1h')", "timestamp('2025-12-31T23:59:59.5Z')");
    ASSERT_WORTH("data.until.getFullYear('+01:00') + data.until.getHours()", "2047");
    ASSERT_WORTH("data.until.getFullYear('+02:00')", "2026");
    ASSERT_WORTH("data.until.getDayOfWeek() * 1000 + data.until.getDayOfYear()",
                 "3364"); /* a Wednesday, the 365th day */
    ASSERT_WORTH("data.until.getHours('Europe/Nowhere')", "error: invalid");
    ASSERT_WORTH("(data.until - timestamp('2025-12-31T00:00:00Z')).getMinutes()", "1379");
    ASSERT_WORTH("duration('-1.5s').getSeconds() * 1000 + duration('-1.5s').getMilliseconds()", "-1500");
    ASSERT_WORTH("string(duration('-1h0.25s'))", "'-3600.25s'");
}

static void test_fuel_and_scratch_are_bounds(void **state)
{
    (void)state;
    grant_begin();
    struct workflow_bindings bindings = grant_bindings();
    const struct workflow_expression *loops = grant_compile("[1, 2, 3].all(x, [1, 2, 3].all(y, x * y > 0))");
    const uint64_t cost = workflow_expression_cost(loops);
    bindings.fuel = cost + 1;
    assert_true(workflow_value_holds(workflow_expression_evaluate(loops, &bindings)));
    for (bindings.fuel = 1; bindings.fuel < cost / 2; bindings.fuel++) {
        const struct workflow_value value = workflow_expression_evaluate(loops, &bindings);
        assert_int_equal(value.kind, WORKFLOW_KIND_ERROR);
        assert_int_equal(value.error, WORKFLOW_ERROR_TOO_LONG);
    }
    const struct workflow_value towns[] = {workflow_value_string("Vic", 3), workflow_value_string("Reus", 4),
                                           workflow_value_string("Olot", 4)};
    grant_values[GRANT_TOWNS] = workflow_value_list(towns, 3);
    bindings.fuel = 3;
    assert_int_equal(workflow_expression_evaluate(grant_compile("'Olot' in data.towns"), &bindings).error,
                     WORKFLOW_ERROR_TOO_LONG);
    assert_true(workflow_value_holds(workflow_expression_evaluate(grant_compile("'Vic' in data.towns"), &bindings)));
    char bytes[64] __attribute__((aligned(16)));
    struct workflow_memory small = {bytes, sizeof bytes, 0};
    bindings = grant_bindings();
    bindings.scratch = &small;
    assert_int_equal(workflow_expression_evaluate(loops, &bindings).error, WORKFLOW_ERROR_TOO_LARGE);
    bindings.scratch = NULL;
    assert_int_equal(workflow_expression_evaluate(loops, &bindings).error, WORKFLOW_ERROR_TOO_LARGE);
    assert_true(
        workflow_value_holds(workflow_expression_evaluate(grant_compile("data.budget in [1, 5000]"), &bindings)));
}

static void test_explain_tells_each_clause_and_what_it_compared(void **state)
{
    (void)state;
    struct workflow_expression_clause clauses[4];
    char text[64];
    grant_begin();
    grant_values[GRANT_OPINION] = workflow_value_string("unfavourable", 12);
    const struct workflow_bindings bindings = grant_bindings();
    const struct workflow_expression *guard =
        grant_compile("data.asked > 10 && (data.opinion in ['favourable'] && data.budget + 1 >= 6000) && !data.signed");
    assert_int_equal(workflow_expression_explain(guard, &bindings, clauses, 4), 4);
    size_t length;
    const char *source = workflow_expression_text(guard, &length);
    assert_memory_equal(source + clauses[1].offset, "data.opinion in ['favourable']", clauses[1].length);

    assert_int_equal(clauses[0].result.error, WORKFLOW_ERROR_NO_SUCH_FIELD);
    assert_true(clauses[0].compared);
    assert_int_equal(clauses[0].left.kind, WORKFLOW_KIND_ERROR);
    assert_int_equal(clauses[0].right.integer, 10);
    assert_false(workflow_value_holds(clauses[1].result));
    (void)workflow_value_print(&clauses[1].left, text, sizeof text);
    assert_string_equal(text, "'unfavourable'");
    assert_int_equal(clauses[2].left.integer, 5001);
    assert_int_equal(clauses[2].right.integer, 6000);
    assert_int_equal(clauses[2].result.kind, WORKFLOW_KIND_BOOL);
    assert_false(clauses[3].compared);
    assert_int_equal(workflow_expression_explain(guard, &bindings, clauses, 1), 4); /* no more than there is room for */

    assert_int_equal(workflow_expression_explain(grant_compile("data.budget == 5000"), &bindings, clauses, 4), 1);
    assert_true(workflow_value_holds(clauses[0].result));
    assert_int_equal(clauses[0].left.integer, 5000);
    assert_int_equal(workflow_expression_explain(grant_compile("data.signed"), &bindings, clauses, 4), 1);
    assert_int_equal(clauses[0].result.error, WORKFLOW_ERROR_NO_SUCH_FIELD);
}

static void test_reads_are_told_each_once(void **state)
{
    (void)state;
    struct workflow_expression_read reads[8];
    grant_begin();
    const struct workflow_expression *expression =
        grant_compile("months > 1 && data.note == '' && data.asked > data.budget && has(data.asked) && data == data");
    assert_int_equal(workflow_expression_reads(expression, reads, 8), 5);
    const int expected[][2] = {{0, -1}, {0, GRANT_ASKED}, {0, GRANT_BUDGET}, {0, GRANT_NOTE}, {1, -1}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(reads[i].root, expected[i][0]);
        assert_int_equal(reads[i].member, expected[i][1]);
    }
    assert_int_equal(workflow_expression_reads(expression, reads, 2), 5);
    assert_int_equal(workflow_expression_reads(grant_compile("1 + 1 == 2"), reads, 8), 0);
}

static void test_bytes_may_move_and_are_looked_at_before_they_run(void **state)
{
    (void)state;
    char bytes[8192] __attribute__((aligned(16)));
    grant_begin();
    grant_values[GRANT_NOTE] = workflow_value_string("abc", 3);
    const struct workflow_expression *made = grant_compile(
        "[1, 2].exists(x, x == 2) && data.note in ['abc', 'd'] && (months > 1 ? true : data.note == 'abc')");
    const size_t size = workflow_expression_size(made);
    const struct workflow_bindings bindings = grant_bindings();
    assert_true(size + 8 < sizeof bytes);
    memcpy(bytes + 8, made, size);
    const struct workflow_expression *moved = workflow_expression_open(bytes + 8, size);
    assert_non_null(moved);
    assert_int_equal(workflow_expression_size(moved), size);
    assert_int_equal(workflow_expression_evaluate(moved, &bindings).error, WORKFLOW_ERROR_NO_SUCH_FIELD);
    grant_root_values[1] = workflow_value_int(0);
    assert_true(workflow_value_holds(workflow_expression_evaluate(moved, &bindings)));
    for (size_t cut = 0; cut < size; cut++)
        assert_null(workflow_expression_open(bytes + 8, cut));

    /* Whatever a byte is changed to, it is refused or runs within bounds (the sanitizers tell) and ends. */
    unsigned opened = 0;
    for (size_t i = 0; i < size; i++) {
        for (unsigned change = 1; change < 256; change += 23) {
            memcpy(bytes, made, size);
            bytes[i] = (char)((unsigned char)bytes[i] ^ change);
            const struct workflow_expression *changed = workflow_expression_open(bytes, size);
            if (changed == NULL)
                continue;
            opened++;
            (void)workflow_expression_evaluate(changed, &bindings);
        }
    }
    assert_in_range(opened, 1, 255 * size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_unset_field_is_an_error_that_has_asks_about),
        cmocka_unit_test(test_a_record_in_a_record_and_roots_of_every_kind),
        cmocka_unit_test(test_the_other_side_of_and_and_or_takes_an_error_back),
        cmocka_unit_test(test_macros_work_on_what_a_field_has),
        cmocka_unit_test(test_the_host_answers_predicates),
        cmocka_unit_test(test_times_have_parts_in_zones),
        cmocka_unit_test(test_fuel_and_scratch_are_bounds),
        cmocka_unit_test(test_explain_tells_each_clause_and_what_it_compared),
        cmocka_unit_test(test_reads_are_told_each_once),
        cmocka_unit_test(test_bytes_may_move_and_are_looked_at_before_they_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
