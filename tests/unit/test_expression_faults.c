#include "unit/test_expression_grant.h"

/* Compiles what should not; the first fault is told. */
static const struct workflow_expression_fault *refused(const char *text, const struct workflow_type *wanted)
{
    grant_begin();
    if (workflow_expression_compile(text, strlen(text), &grant_environment, wanted, &grant_memory, &grant_faults) !=
        NULL)
        fail_msg("%s compiles", text);
    assert_true(grant_faults.n > 0);
    assert_int_equal(grant_memory.used, 0);
    return &grant_fault_list[0];
}

static void test_a_fault_says_where_and_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
        unsigned offset, length;
        const char *message;
    } cases[] = {
        {"data.askd > 1", "unknown_field", 5, 4, "There is no field askd: did you mean asked?"},
        {"has(data.opinoin)", "unknown_field", 9, 7, "There is no field opinoin: did you mean opinion?"},
        {"dta.asked > 1", "unknown_name", 0, 3, "There is no dta here: did you mean data?"},
        {"monhts > 1", "unknown_name", 0, 6, "There is no monhts here: did you mean months?"},
        {"data.note.sartsWith('a')", "unknown_function", 10, 9,
         "There is no function sartsWith(): did you mean startsWith?"},
        {"data.note.size('a')", "wrong_type", 0, 19, "size() takes another number of arguments"},
        {"startsWith(data.note, 'a')", "unknown_function", 0, 10,
         "startsWith() stands behind a value, as in value.startsWith(...)"},
        {"'1'.int()", "unknown_function", 4, 3, "int() takes its value in brackets, as in int(value)"},
        {"data.opinion == 'favorable'", "unknown_option", 16, 11, "It never is 'favorable': did you mean favourable?"},
        {"data.opinion in ['favourable', 'maybe']", "unknown_option", 31, 7, "It never is 'maybe'"},
        {"in_state('stdy')", "unknown_name", 9, 6, "in_state: there is no 'stdy': did you mean study?"},
        {"in_state(data.note)", "wrong_type", 0, 19, "in_state() takes one text in quotes"},
        {"data.asked == '5'", "wrong_type", 11, 2, "== between int and string is never true"},
        {"data.asked + 1.5", "wrong_type", 11, 1, "+ has no meaning between int and double"},
        {"data.towns in data.note", "wrong_type", 11, 2, "There is never a list(string) in a string"},
        {"!data.asked", "wrong_type", 1, 10, "This is int, and a bool is wanted"},
        {"data.asked && true", "wrong_type", 0, 10, "This is int, and a bool is wanted"},
        {"data.towns['a']", "wrong_type", 11, 3, "This is string, and an int is wanted"},
        {"data.towns.all(t, size(t))", "wrong_type", 18, 7, "This is int, and a bool is wanted"},
        {"data.asked.all(t, true)", "wrong_type", 0, 10, "This is int, and a list or a map is wanted"},
        {"data.asked.x", "wrong_type", 11, 1, "int has no fields, so it has no x"},
        {"true ? 1 : 'a'", "wrong_type", 0, 14, "It is int or string: both have to be the same"},
        {"duration('soon')", "invalid_constant", 9, 6, "This is no duration: write it as 48h, 30m or 1h30m"},
        {"timestamp('2026-02-29T00:00:00Z')", "invalid_constant", 10, 22,
         "This is no instant: write it as 2026-01-31T09:00:00Z"},
        {"data.note.matches('a')", "not_supported", 10, 7, "matches(): there are no regular expressions here"},
        {"data.?note", "not_supported", 5, 1, "There are no optionals here: ask with has()"},
        {"data.towns[?0]", "not_supported", 11, 1, "There are no optionals here: ask with has()"},
        {"data.towns.exists(a, b, true)", "not_supported", 11, 6, "exists(): there are no two-variable macros here"},
        {"data.towns.filter(a, b, true)", "unknown_function", 11, 6,
         "filter() stands behind a list, as in list.filter(x, x > 1)"},
        {"data.false", "syntax", 5, 5, "false stands where the name of a field should be"},
        {"1u", "not_supported", 0, 2, "There is no uint here: write 1"},
        {"b'a'", "not_supported", 0, 1, "There are no bytes here: write a string"},
        {"Grant{asked: 1}", "not_supported", 5, 1, "There are no messages here: write a map"},
        {"data.asked >", "syntax", 12, 0, "The text ends where a value should be"},
        {"data.asked > 1 data", "syntax", 15, 4, "data stands where the end should be"},
        {"data.towns.all(t + 1, true)", "syntax", 17, 3,
         "The first argument of a macro is a simple name for each element"},
        {"'abc", "syntax", 0, 4, "This string is not closed"},
        {"'a\\q'", "syntax", 2, 2, "There is no such escape in a string"},
        {"99999999999999999999", "syntax", 0, 20, "This number does not fit in an int"},
        {"package.x", "syntax", 0, 7, "This word is reserved and cannot be a name"},
        {"true ? false ? 1 : 2 : 3", "syntax", 13, 1, "? stands where : should be"},
        {"'a'.contains(1)", "wrong_type", 13, 1, "This is int, and a string is wanted"},
        {"data.note.startsWith(data.asked)", "wrong_type", 21, 10, "This is int, and a string is wanted"},
        {"data.asked.size() > 1", "wrong_type", 11, 6, "size() has no meaning for int"},
        {"0x", "syntax", 1, 1, "x stands where the end should be"},
        {"0xg", "syntax", 1, 2, "xg stands where the end should be"},
        {"0x8000000000000000", "syntax", 0, 18, "This number does not fit in an int"},
        {"1 + €", "syntax", 4, 3, "€ has no meaning here"},
        {"1 + 🐱", "syntax", 4, 4, "🐱 has no meaning here"},
        {"'\\u00g9'", "syntax", 1, 4, "There is no such escape in a string"},
        {"'\\ud800'", "syntax", 1, 6, "There is no such escape in a string"},
        {"'\\U00110000'", "syntax", 1, 10, "There is no such escape in a string"},
        {"'\\x4'", "syntax", 1, 3, "There is no such escape in a string"},
        {"'\\400'", "syntax", 1, 2, "There is no such escape in a string"},
        {"'a\nb'", "syntax", 0, 5, "This string is not closed"},
        {"'''ab''", "syntax", 0, 7, "This string is not closed"},
        {"timestamp('2026-01-01T24:00:00Z')", "invalid_constant", 10, 22,
         "This is no instant: write it as 2026-01-31T09:00:00Z"},
        {"timestamp('2026-01-01T00:60:00Z')", "invalid_constant", 10, 22,
         "This is no instant: write it as 2026-01-31T09:00:00Z"},
        {"timestamp('2026-01-01T00:00:60Z')", "invalid_constant", 10, 22,
         "This is no instant: write it as 2026-01-31T09:00:00Z"},
        {"timestamp('2026-01-01T00:00:00.Z')", "invalid_constant", 10, 23,
         "This is no instant: write it as 2026-01-31T09:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct workflow_expression_fault *fault = refused(cases[i].text, NULL);
        assert_string_equal(fault->message, cases[i].message);
        assert_string_equal(fault->code, cases[i].code);
        assert_int_equal(fault->offset, cases[i].offset);
        assert_int_equal(fault->length, cases[i].length);
        assert_int_equal(fault->line, 1);
        assert_int_equal(fault->column, cases[i].offset + 1);
    }
}

static void test_all_faults_are_told_with_line_and_column(void **state)
{
    (void)state;
    (void)refused("'\xc3\xa0' == 'b' &&\n  data.askd > 1 ||\n data.nte == data.asked.x", NULL);
    assert_int_equal(grant_faults.n, 3);
    assert_int_equal(grant_fault_list[0].line, 2);
    assert_int_equal(grant_fault_list[0].column, 8);
    assert_int_equal(grant_fault_list[2].line, 3);
    (void)refused("'\xc3\xa0' + data.x", NULL); /* columns count characters, offsets bytes */
    assert_int_equal(grant_fault_list[0].column, 12);
    assert_int_equal(grant_fault_list[0].offset, 12);
    (void)refused("'a", NULL);
    grant_faults.max = 0;
    (void)refused("data.x + data.y", NULL); /* counted without room for any */
    assert_int_equal(grant_faults.n, 2);
    grant_faults.max = 8;
}

static void test_the_result_has_the_wanted_type(void **state)
{
    (void)state;
    assert_string_equal(refused("data.asked", &grant_bool)->message, "This is int, and bool is wanted");
    assert_string_equal(refused("'maybe'", &grant_opinion)->code, "unknown_option");
    assert_string_equal(refused("null", &grant_instant)->code, "wrong_type");
    assert_string_equal(refused("[1]", &grant_towns)->message, "This is list(int), and list(string) is wanted");
    static const char *const fine[] = {"event.amount", "1 + 1", "data.asked"};
    for (size_t i = 0; i < 3; i++) {
        grant_begin();
        assert_non_null(workflow_expression_compile(fine[i], strlen(fine[i]), &grant_environment, &grant_cents,
                                                    &grant_memory, &grant_faults));
    }
    grant_begin();
    assert_int_equal(workflow_expression_kind(grant_compile("event.amount")), WORKFLOW_KIND_DYN);
    assert_string_equal(workflow_expression_type(grant_compile("{'a': [data.until]}")), "map(string, list(timestamp))");
}

static void test_null_is_an_instant_too_and_lists_may_mix(void **state)
{
    (void)state;
    grant_begin();
    assert_string_equal(workflow_expression_type(grant_compile("[null, data.until]")), "list(timestamp)");
    assert_string_equal(workflow_expression_type(grant_compile("[data.until, null]")), "list(timestamp)");
    assert_string_equal(workflow_expression_type(grant_compile("[data.until, 1]")), "list(dyn)");
    assert_string_equal(workflow_expression_type(grant_compile("[null, 1]")), "list(dyn)");
    assert_string_equal(refused("data.asked == null", NULL)->code, "wrong_type");
}

static void test_a_canonical_text_has_the_brackets_it_needs(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"((a))||(b&&(c||d))", "a || b && (c || d)"},
        {"(a&&b)&&(c&&d)", "a && b && c && d"},
        {"-(x.y)+-(-x)", "-x.y + -(-x)"},
        {"-(1.size())-(-1)[0]", "-(1.size()) - -1[0]"},
        {"-([1].size())", "-[1].size()"},
        {"-(size(1))", "-size(1)"},
        {"!(!a)", "!!a"},
        {"!(a==b)", "!(a == b)"},
        {"1-(2-3)-4", "1 - (2 - 3) - 4"},
        {"(a?b:c)?(d?e:f):(g?h:i)", "(a ? b : c) ? (d ? e : f) : g ? h : i"},
        {"a.`b c`.`d1`.`in`.`1`", "a.`b c`.d1.`in`.`1`"},
        {".a.b(c)[0]", ".a.b(c)[0]"},
        {"\"it's\"+r'\\'", "'it\\'s' + '\\\\'"},
        {"[1,2,].map(x,x>1,x)", "[1, 2].map(x, x > 1, x)"},
        {"{'a':1.0,2:1e300}.existsOne(k,has(k.v))", "{'a': 1.0, 2: 1e+300}.exists_one(k, has(k.v))"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        grant_begin();
        const struct workflow_syntax *syntax =
            workflow_syntax_parse(cases[i][0], strlen(cases[i][0]), NULL, &grant_memory, &grant_faults);
        assert_non_null(syntax);
        assert_int_equal(workflow_syntax_print(syntax, text, sizeof text), strlen(cases[i][1]));
        assert_string_equal(text, cases[i][1]);
    }
}

static const char *limited(const char *text, struct workflow_environment limits)
{
    limits.roots = grant_roots;
    limits.n_roots = 4;
    grant_begin();
    bool made = workflow_expression_compile(text, strlen(text), &limits, NULL, &grant_memory, &grant_faults) != NULL;
    return made ? "" : grant_fault_list[0].code;
}

static void test_limits_are_the_environments(void **state)
{
    (void)state;
    char deep[700];
    memset(deep, '(', 300);
    memcpy(deep + 300, "1)", 3);
    assert_string_equal(limited(deep, (struct workflow_environment){0}), "too_deep");
    memset(deep, '-', 300);
    assert_string_equal(limited(deep, (struct workflow_environment){0}), "too_deep");
    memset(deep, ' ', 600);
    memcpy(deep + 600, "1", 2);
    assert_string_equal(limited(deep, (struct workflow_environment){0}), "too_long");
    assert_string_equal(limited(deep, (struct workflow_environment){.length_max = 601}), "");
    assert_string_equal(limited("1 + 2 + 3", (struct workflow_environment){.nodes_max = 4}), "too_large");
    assert_string_equal(limited("1 + 2 + 3", (struct workflow_environment){.nodes_max = 5}), "");
    assert_string_equal(limited("((1))", (struct workflow_environment){.depth_max = 2}), "too_deep");
    assert_string_equal(limited("((1))", (struct workflow_environment){.depth_max = 3}), "");
    assert_string_equal(limited("data.towns.all(a, data.towns.all(b, a == b))", (struct workflow_environment){0}), "");
    assert_string_equal(
        limited("data.towns.all(a, data.towns.all(b, a == b))", (struct workflow_environment){.cost_max = 500}),
        "too_costly");
    assert_string_equal(
        limited("event.all(a, event.all(b, event.all(c, a + b == c)))", (struct workflow_environment){0}),
        "too_costly"); /* of what nothing is known of, much is feared */
    assert_string_equal(limited("[[[1]]]", (struct workflow_environment){.depth_max = 3}), "too_deep");
    assert_string_equal(limited("[[[1]]]", (struct workflow_environment){.depth_max = 4}), "");
    assert_string_equal(limited("{1: {2: 3}}", (struct workflow_environment){.depth_max = 2}), "too_deep");
    assert_string_equal(limited("1 + 2 + 3 + 4", (struct workflow_environment){.depth_max = 3}), "too_deep");
    assert_string_equal(limited("\xff", (struct workflow_environment){0}), "syntax");
}

static void test_too_little_memory_is_a_fault(void **state)
{
    (void)state;
    static const char text[] =
        "data.towns.map(t, size(t) > 3, t + '\\n').exists(u, u in ['a', 'b'] && has(data.place.town))";
    char bytes[16 * 1024] __attribute__((aligned(16)));
    grant_begin();
    bool made = false;
    for (size_t size = 0; size < sizeof bytes && !made; size += 16) {
        struct workflow_memory memory = {bytes, size, 0};
        grant_faults.n = 0;
        const struct workflow_expression *expression =
            workflow_expression_compile(text, sizeof text - 1, &grant_environment, NULL, &memory, &grant_faults);
        made = expression != NULL;
        assert_int_equal(made, grant_faults.n == 0);
        assert_true(made ? workflow_expression_open(expression, memory.used) == expression : memory.used == 0);
    }
    assert_true(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_says_where_and_what_was_meant),
        cmocka_unit_test(test_all_faults_are_told_with_line_and_column),
        cmocka_unit_test(test_the_result_has_the_wanted_type),
        cmocka_unit_test(test_null_is_an_instant_too_and_lists_may_mix),
        cmocka_unit_test(test_a_canonical_text_has_the_brackets_it_needs),
        cmocka_unit_test(test_limits_are_the_environments),
        cmocka_unit_test(test_too_little_memory_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
