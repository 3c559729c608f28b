#include "unit/test_expression_grant.h"

#include <stdio.h>

static void test_conversions_and_what_they_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *worth;
    } cases[] = {
        {"int('-42') + int(2.9) + int(timestamp('1970-01-01T00:01:00Z'))", "20"},
        {"int('4 2')", "error: invalid"},
        {"int('9223372036854775808')", "error: invalid"},
        {"int(1e19)", "error: overflow"},
        {"int(0.0 / 0.0)", "error: overflow"},
        {"int(dyn(true))", "error: no_such_overload"},
        {"double('1e400')", "error: invalid"},
        {"double('x')", "error: invalid"},
        {"double('Infinity')", "Infinity"},
        {"double(dyn(null))", "error: no_such_overload"},
        {"string(double('NaN')) + string(-double('Infinity')) + string(1e21)", "'NaN-Infinity1e+21'"},
        {"string(100.0) + string(true) + string(false) + string(timestamp(0))", "'100truefalse1970-01-01T00:00:00Z'"},
        {"string(dyn([1]))", "error: no_such_overload"},
        {"bool('T')", "error: invalid"},
        {"bool(dyn(1))", "error: no_such_overload"},
        {"timestamp(dyn('2026-13-01T00:00:00Z'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01T00:00:00.1234567891Z'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01T00:00:00'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01 00:00:00Z'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01T00:00:00+0200'))", "error: invalid"},
        {"timestamp(253402300800)", "error: overflow"},
        {"timestamp(dyn(1.5))", "error: no_such_overload"},
        {"duration(dyn('1x'))", "error: invalid"},
        {"duration(dyn('1'))", "error: invalid"},
        {"duration(dyn('.s'))", "error: invalid"},
        {"duration(dyn(''))", "error: invalid"},
        {"duration(dyn('-'))", "error: invalid"},
        {"duration(dyn('99999999999999999999s'))", "error: invalid"},
        {"duration(dyn('2562047h47m16.854775808s'))", "error: invalid"},
        {"duration(dyn('-2562047h47m16.854775808s'))", "duration('-9223372036.854775808s')"},
        {"duration('1.0000000019s')", "duration('1.000000001s')"},
        {"duration('0') == duration('+0s') && duration('1\xc2\xb5s') == duration('1us')", "true"},
        {"duration(dyn(1))", "error: no_such_overload"},
        {"dyn('a').getHours()", "error: no_such_overload"},
        {"timestamp(0).getHours(dyn(1))", "error: no_such_overload"},
        {"timestamp(0).getHours('+25:00')", "error: invalid"},
        {"timestamp(0).getHours('UTC') + timestamp(0).getHours('01:00')", "1"},
        {"timestamp(0).getHours('+1:000')", "error: invalid"},
        {"timestamp(dyn('2026-0a-01T00:00:00Z'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01T00:00:00X'))", "error: invalid"},
        {"timestamp(dyn('2026-01-01T00:00:00.5ZZ'))", "error: invalid"},
        {"duration('1.s') + duration('.5s')", "duration('1.5s')"},
        {"string(duration('-2s'))", "'-2s'"},
        {"dyn(1).contains('a')", "error: no_such_overload"},
        {"'a'.startsWith(dyn(1))", "error: no_such_overload"},
        {"size(dyn(1))", "error: no_such_overload"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        grant_begin();
        ASSERT_WORTH(cases[i].text, cases[i].worth);
    }
}

static void test_operators_across_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text, *worth;
    } cases[] = {
        {"dyn(1) == 1.0 && dyn([1, {'a': 2.0}]) == [1.0, {'a': 2}]", "true"},
        {"dyn({'a': 1}) == {'b': 1} || dyn({'a': 1}) == {'a': 1, 'b': 2}", "false"},
        {"dyn(1) < 1.5 && dyn(2.5) >= 2", "true"},
        {"dyn(0.0 / 0.0) < 1.0 || 0.0 / 0.0 >= 1.0 || [0.0 / 0.0] == [0.0 / 0.0]", "false"},
        {"dyn(1) < 'a'", "error: no_such_overload"},
        {"dyn(null) < dyn(null)", "error: no_such_overload"},
        {"dyn(1) + 'a'", "error: no_such_overload"},
        {"dyn(1.5) % dyn(1.5)", "error: no_such_overload"},
        {"dyn(duration('1s')) - timestamp(0)", "error: no_such_overload"},
        {"dyn(timestamp(0)) + timestamp(0)", "error: no_such_overload"},
        {"dyn(timestamp(0)) * dyn(timestamp(0))", "error: no_such_overload"},
        {"-dyn('a')", "error: no_such_overload"},
        {"!dyn(1)", "error: no_such_overload"},
        {"1 in dyn(2)", "error: no_such_overload"},
        {"dyn(2)[0]", "error: no_such_overload"},
        {"[1, 2][dyn(1.0)] + {'a': 3}['a']", "5"},
        {"[1, 2][dyn(0.5)]", "error: index"},
        {"{'a': 3}['b']", "error: no_such_key"},
        {"dyn(1).a", "error: no_such_overload"},
        {"has(dyn(1).a)", "error: no_such_overload"},
        {"{dyn(1.5): 1}", "error: bad_key"},
        {"{'a': 1 / 0}", "error: division_by_zero"},
        {"{1 / 0: 1}", "error: division_by_zero"},
        {"[1 / 0]", "error: division_by_zero"},
        {"dyn(1) && true", "error: no_such_overload"},
        {"true && dyn(1)", "error: no_such_overload"},
        {"dyn('a') || true", "true"},
        {"dyn(1) ? 1 : 2", "error: no_such_overload"},
        {"dyn(1).all(x, x)", "error: no_such_overload"},
        {"[1].all(x, dyn(x))", "error: no_such_overload"},
        {"[1].filter(x, dyn(x))", "error: no_such_overload"},
        {"[1].exists_one(x, dyn(x))", "error: no_such_overload"},
        {"[1].map(x, dyn(x), x)", "error: no_such_overload"},
        {"9223372036854775807 + 1", "error: overflow"},
        {"-9223372036854775808 % -1", "error: overflow"},
        {"-1.0 / 0.0 < 0.0 && 1.0 / -0.0 < 0.0", "true"},
        {"[] + [] == [] && '' + '' == '' && [1] + [] == [1]", "true"},
        {"type(1) == int && type(type(1)) == type && type([]) != map", "true"},
        {"type(timestamp(0))", "timestamp"},
        {"false < true && 'a' < 'b' && 'a' < 'aa' && duration('1s') > duration('-1s')", "true"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        grant_begin();
        ASSERT_WORTH(cases[i].text, cases[i].worth);
    }
}

static void test_a_value_is_printed_as_it_would_be_written(void **state)
{
    (void)state;
    static const struct workflow_value pairs[] = {{.kind = WORKFLOW_KIND_STRING, .n = 5, .text = "a'\n\\\x01"},
                                                  {.kind = WORKFLOW_KIND_DOUBLE, .real = 2},
                                                  {.kind = WORKFLOW_KIND_BOOL, .boolean = true},
                                                  {.kind = WORKFLOW_KIND_NULL}};
    const struct workflow_value values[] = {workflow_value_map(pairs, 2), workflow_value_double(-1e-9),
                                            workflow_value_unset(), workflow_value_duration(-2, 500000000)};
    const struct workflow_value record = workflow_value_record(values, 4);
    static const char whole[] = "{{'a\\'\\n\\\\\\x01': 2.0, true: null}, -1e-9, unset, duration('-1.5s')}";
    char text[128];
    assert_int_equal(workflow_value_print(&record, text, sizeof text), sizeof whole - 1);
    assert_string_equal(text, whole);
    for (size_t size = 1; size < sizeof whole; size++) {
        memset(text, '#', sizeof text);
        assert_int_equal(workflow_value_print(&record, text, size), sizeof whole - 1);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, whole, size - 1);
        assert_int_equal(text[size], '#');
    }
    assert_int_equal(workflow_value_print(&record, NULL, 0), sizeof whole - 1);
    /* between characters */
    const struct workflow_value cat = workflow_value_string("\xc3\xa0\xe2\x82\xac\xf0\x9f\x90\xb1", 9);
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t size = 1; size <= 12; size++) {
        (void)workflow_value_print(&cat, text, size);
        assert_int_equal(strlen(text), kept[size - 1]);
    }
}

static void test_equality_has_a_depth(void **state)
{
    (void)state;
    struct workflow_value nests[40];
    nests[0] = workflow_value_int(1);
    for (size_t i = 1; i < 40; i++)
        nests[i] = workflow_value_list(&nests[i - 1], 1);
    assert_true(workflow_value_equal(&nests[20], &nests[20]));
    assert_false(workflow_value_equal(&nests[20], &nests[21]));
    assert_false(workflow_value_equal(&nests[39], &nests[39]));
    const struct workflow_value error = {.kind = WORKFLOW_KIND_ERROR}, unset = workflow_value_unset();
    assert_false(workflow_value_equal(&error, &error));
    assert_true(workflow_value_equal(&unset, &unset));
}

static void test_every_kind_and_error_has_a_word(void **state)
{
    (void)state;
    for (int i = 0; i <= WORKFLOW_KIND_DYN; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(workflow_kind_name((enum workflow_kind)i),
                                    workflow_kind_name((enum workflow_kind)k));
    for (int i = 0; i <= WORKFLOW_ERROR_TOO_LONG; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(workflow_error_key((enum workflow_error)i),
                                    workflow_error_key((enum workflow_error)k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversions_and_what_they_refuse),          cmocka_unit_test(test_operators_across_kinds),
        cmocka_unit_test(test_a_value_is_printed_as_it_would_be_written), cmocka_unit_test(test_equality_has_a_depth),
        cmocka_unit_test(test_every_kind_and_error_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
