/* The language, sentence by sentence: what a text is worth by the definition of CEL, over fields where constants would
   be looked at too early. */
#include "unit/test_expression_grant.h"

struct sentence {
    const char *text, *worth;
};

#define ASSERT_ALL(sentences)                                                                                          \
    do {                                                                                                               \
        for (size_t i_ = 0; i_ < sizeof(sentences) / sizeof((sentences)[0]); i_++) {                                   \
            const size_t used_ = grant_memory.used;                                                                    \
            char got_[256];                                                                                            \
            const struct workflow_value value_ = grant_evaluate((sentences)[i_].text);                                 \
            (void)workflow_value_print(&value_, got_, sizeof got_);                                                    \
            if (strcmp(got_, (sentences)[i_].worth) != 0)                                                              \
                fail_msg("%s is %s, not %s", (sentences)[i_].text, got_, (sentences)[i_].worth);                       \
            grant_memory.used = used_;                                                                                 \
        }                                                                                                              \
    } while (0)

static void test_literals_are_read_as_they_are_written(void **state)
{
    static const struct sentence sentences[] = {
        {"0x0", "0"},
        {"0xff + 0xFF", "510"},
        {"0x1aB", "427"},
        {"-0x10", "-16"},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"-0x8000000000000000", "-9223372036854775808"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775807", "9223372036854775807"},
        {"7", "7"},
        {"1.5", "1.5"},
        {".5", "0.5"},
        {"1e3", "1000.0"},
        {"1E-2", "0.01"},
        {"2.5e+1", "25.0"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"-1.7976931348623157e308", "-1.7976931348623157e+308"},
        {"5e-324", "5e-324"},
        {"9007199254740993.0", "9007199254740992.0"},
        {"0.1 + 0.2", "0.30000000000000004"},
        {"123456789012345680000.0", "123456789012345680000.0"},
        {"4294967296.0", "4294967296.0"},
        {"18446744073709551616.0", "18446744073709552000.0"},
        {"'it' + \"'s\"", "'it\\'s'"},
        {"'a\\tb\\x41\\u00e9\\U0001F431\\101'", "'a\\tbAé🐱A'"},
        {"'\\a\\b\\f\\n\\r\\v\\\\\\?\\'\\\"\\`' == '\\x07\\x08\\x0c\\x0a\\x0d\\x0b\\x5c\\x3f\\x27\\x22\\x60'", "true"},
        {"r'a\\nb' == 'a\\\\nb'", "true"},
        {"R\"\\\" == '\\\\'", "true"},
        {"'''a'b''c''' == 'a\\'b\\'\\'c'", "true"},
        {"\"\"\"a\"b\n\"\"c\"\"\" == 'a\"b\\n\"\"c'", "true"},
        {"''''''", "''"},
        {"'' + '€' + '🐱'", "'€🐱'"},
        {"[1, 2,]", "[1, 2]"},
        {"{'a': 1, 2: 'b',}", "{'a': 1, 2: 'b'}"},
        {"true && !false", "true"},
        {"null", "null"},
        {"1 // what follows is a remark", "1"},
        {"1 + // one\n 2 // two\n", "3"},
    };

    (void)state;
    grant_begin();
    ASSERT_ALL(sentences);
}

static void test_numbers_are_computed_or_refused(void **state)
{
    static const struct sentence sentences[] = {
        {"-data.asked", "-7"},
        {"-(-data.asked)", "7"},
        {"- - data.asked", "7"},
        {"-data.rate", "-2.5"},
        {"!data.signed", "false"},
        {"!!data.signed", "true"},
        {"-(0 - 9223372036854775807 - 1)", "error: overflow"},
        {"9223372036854775807 + 1", "error: overflow"},
        {"-9223372036854775807 - 2", "error: overflow"},
        {"9223372036854775807 * 2", "error: overflow"},
        {"-9223372036854775808 * -1", "error: overflow"},
        {"-9223372036854775808 / -1", "error: overflow"},
        {"-9223372036854775808 % -1", "error: overflow"},
        {"data.asked / 0", "error: division_by_zero"},
        {"data.asked % 0", "error: division_by_zero"},
        {"data.asked / 2", "3"},
        {"data.asked / -2", "-3"},
        {"-data.asked / 2", "-3"},
        {"data.asked % 3", "1"},
        {"-data.asked % 3", "-1"},
        {"data.asked % -3", "1"},
        {"data.rate / 0.0", "Infinity"},
        {"data.rate * 2.0 - 1.0", "4.0"},
        {"10 - 4 - 3", "3"},
        {"2 + 3 * 4", "14"},
        {"(2 + 3) * 4", "20"},
        {"24 / 4 / 3", "2"},
        {"7 - 2 * 3 % 4", "5"},
        {"data.asked * data.budget", "35000"},
    };

    (void)state;
    grant_begin();
    grant_values[GRANT_ASKED] = workflow_value_int(7);
    grant_values[GRANT_RATE] = workflow_value_double(2.5);
    grant_values[GRANT_SIGNED] = workflow_value_bool(true);
    ASSERT_ALL(sentences);
}

static void test_comparisons_order_and_choices_bind(void **state)
{
    static const struct sentence sentences[] = {
        {"data.asked < 7", "false"},
        {"data.asked <= 7", "true"},
        {"data.asked > 7", "false"},
        {"data.asked >= 7", "true"},
        {"data.asked == 7", "true"},
        {"data.asked != 7", "false"},
        {"dyn(1) < 1.5 && dyn(2.0) == 2 && dyn(2) >= 2.0", "true"},
        {"'a' < 'b' && 'a' < 'aa' && !('b' < 'aa') && 'Z' < 'a'", "true"},
        {"'é' > 'z'", "true"},
        {"false < true && !(true < false)", "true"},
        {"timestamp('2026-01-01T00:00:00Z') < timestamp('2026-01-01T00:00:00.000000001Z')", "true"},
        {"duration('1h') > duration('59m') && duration('-1s') < duration('0s')", "true"},
        {"0.0 / 0.0 == 0.0 / 0.0", "false"},
        {"0.0 / 0.0 < 1.0 || 0.0 / 0.0 >= 1.0", "false"},
        {"[1, 2] == [1, 2] && [1, 2] != [2, 1] && [1] != [1, 1]", "true"},
        {"[1, [2.0]] == dyn([1.0, [2]])", "true"},
        {"{'a': 1, 'b': 2} == {'b': 2, 'a': 1} && {'a': 1} != {'a': 2} && {'a': 1} != {'b': 1}", "true"},
        {"{'a': 1} != {'a': 1, 'b': 2}", "true"},
        {"dyn('1') == 1", "false"},
        {"dyn(null) == null && dyn(0) != null", "true"},
        {"dyn('a') < 1", "error: no_such_overload"},
        {"true || false && false", "true"},
        {"(true || false) && false", "false"},
        {"1 == 1 && 2 == 3 || 4 == 4", "true"},
        {"true ? (false ? 1 : 2) : 3", "2"},
        {"false ? 1 : true ? 2 : 3", "2"},
        {"data.asked > 5 ? 'much' : 'little'", "'much'"},
        {"data.asked > 9 ? 'much' : 'little'", "'little'"},
        {"data.signed ? 1 : 1 / 0", "1"},
        {"!data.signed && 1 / 0 > 0", "false"},
        {"data.signed || 1 / 0 > 0", "true"},
        {"!(data.asked > 5) == false", "true"},
    };

    (void)state;
    grant_begin();
    grant_values[GRANT_ASKED] = workflow_value_int(7);
    grant_values[GRANT_SIGNED] = workflow_value_bool(true);
    ASSERT_ALL(sentences);
}

static void test_texts_are_searched_and_joined(void **state)
{
    static const struct sentence sentences[] = {
        {"data.note.contains('Castell')", "true"},
        {"data.note.contains('castell')", "false"},
        {"data.note.contains('')", "true"},
        {"data.note.contains('Castell de Mur, gran')", "false"},
        {"data.note.contains('Mur')", "true"},
        {"data.note.startsWith('Castell')", "true"},
        {"data.note.startsWith('de')", "false"},
        {"data.note.startsWith(data.note)", "true"},
        {"data.note.startsWith(data.note + 'x')", "false"},
        {"data.note.endsWith('Mur')", "true"},
        {"data.note.endsWith('Castell')", "false"},
        {"data.note.endsWith('x' + data.note)", "false"},
        {"size(data.note)", "14"},
        {"data.note.size() == size('Castell de Mur')", "true"},
        {"size('€🐱é')", "3"},
        {"size('')", "0"},
        {"data.note + '!' == 'Castell de Mur!'", "true"},
        {"string(data.asked) + 'x'", "'7x'"},
        {"string(-1.5e-7)", "'-1.5e-7'"},
        {"string(0.0001) + ' ' + string(123456.0)", "'0.0001 123456'"},
        {"int('12') + int('-3') + int(' 1' == '' ? '1' : '0')", "9"},
        {"double('1.25') * 4.0", "5.0"},
        {"bool('true') && !bool('false')", "true"},
        {"type(1) == int && type('') == string && type(1.0) == double && type(true) == bool", "true"},
        {"type([]) == list && type({}) == map && type(null) == null_type && type(int) == type", "true"},
    };

    (void)state;
    grant_begin();
    grant_values[GRANT_ASKED] = workflow_value_int(7);
    grant_values[GRANT_NOTE] = workflow_value_string("Castell de Mur", 14);
    ASSERT_ALL(sentences);
}

static void test_lists_and_maps_are_asked_and_made(void **state)
{
    static const struct sentence sentences[] = {
        {"data.towns[0]", "'Vic'"},
        {"data.towns[2]", "'Berga'"},
        {"data.towns[3]", "error: index"},
        {"data.towns[-1]", "error: index"},
        {"size(data.towns)", "3"},
        {"'Reus' in data.towns && !('Olot' in data.towns)", "true"},
        {"2 in [1, 2] && !(3 in [1, 2]) && !(1 in [])", "true"},
        {"'a' in {'a': 1} && !('b' in {'a': 1})", "true"},
        {"{'a': 1, 'b': {'c': 2}}['b']['c']", "2"},
        {"{'a': 1}.a + {'a': {'b': 3}}.a.b", "4"},
        {"{'a': 1}['b']", "error: no_such_key"},
        {"{1: 'x', true: 'y'}[true] + {1: 'x'}[1]", "'yx'"},
        {"has({'a': 1}.a) && !has({'a': 1}.b)", "true"},
        {"{'a': 1, 'a': 2}", "error: duplicate_key"},
        {"size({'a': 1, 'b': 2})", "2"},
        {"[1] + [2, 3] + []", "[1, 2, 3]"},
        {"data.towns + ['Olot']", "['Vic', 'Reus', 'Berga', 'Olot']"},
        {"data.towns.all(t, size(t) > 2)", "true"},
        {"data.towns.all(t, size(t) > 3)", "false"},
        {"data.towns.exists(t, t == 'Berga')", "true"},
        {"data.towns.exists(t, t == 'Olot')", "false"},
        {"data.towns.exists_one(t, size(t) == 4)", "true"},
        {"data.towns.exists_one(t, size(t) > 3)", "false"},
        {"data.towns.exists_one(t, size(t) > 9)", "false"},
        {"data.towns.filter(t, size(t) > 3)", "['Reus', 'Berga']"},
        {"data.towns.map(t, size(t))", "[3, 4, 5]"},
        {"data.towns.map(t, size(t) > 3, t + '!')", "['Reus!', 'Berga!']"},
        {"[].all(x, false) && ![].exists(x, true) && ![].exists_one(x, true)", "true"},
        {"{'a': 1, 'b': 2}.all(k, k != 'c') && {'a': 1}.exists(k, k == 'a')", "true"},
        {"{'a': 1, 'b': 2}.map(k, k + k)", "['aa', 'bb']"},
        {"{'a': 1, 'b': 2}.filter(k, k == 'b')", "['b']"},
        {"[[1, 2], [3]].map(l, l.map(x, x * 2))", "[[2, 4], [6]]"},
        {"[[1, 2], [3]].exists(l, l.all(x, x > 2))", "true"},
        {"[1, 2, 3].filter(x, x % 2 == 1).map(x, x * x)", "[1, 9]"},
        {"[1, 2].map(x, [3, 4].map(y, x * y))", "[[3, 4], [6, 8]]"},
        {"[3, 1].exists(x, x == 1) && [1, 0].exists(x, 2 / x == 2)", "true"},
        {"[0, 1].all(x, 2 / x == 3)", "false"},
        {"[1, 2].filter(x, dyn('a'))", "error: no_such_overload"},
    };
    const struct workflow_value towns[] = {workflow_value_string("Vic", 3), workflow_value_string("Reus", 4),
                                           workflow_value_string("Berga", 5)};

    (void)state;
    grant_begin();
    grant_values[GRANT_TOWNS] = workflow_value_list(towns, 3);
    ASSERT_ALL(sentences);
}

static void test_times_are_added_and_taken_apart(void **state)
{
    static const struct sentence sentences[] = {
        {"data.until + duration('36h')", "timestamp('2026-03-03T09:30:15.25Z')"},
        {"data.until - duration('15.25s')", "timestamp('2026-03-01T21:30:00Z')"},
        {"data.until - timestamp('2026-03-01T00:00:00Z')", "duration('77415.25s')"},
        {"duration('1h') + duration('30m') - duration('10s')", "duration('5390s')"},
        {"data.until.getFullYear()", "2026"},
        {"data.until.getMonth()", "2"},
        {"data.until.getDate()", "1"},
        {"data.until.getDayOfMonth()", "0"},
        {"data.until.getDayOfWeek()", "0"},
        {"data.until.getDayOfYear()", "59"},
        {"data.until.getHours()", "21"},
        {"data.until.getMinutes()", "30"},
        {"data.until.getSeconds()", "15"},
        {"data.until.getMilliseconds()", "250"},
        {"data.until.getHours('+03:30')", "1"},
        {"data.until.getDate('+03:30')", "2"},
        {"data.until.getDayOfWeek('+03:30')", "1"},
        {"data.until.getMinutes('-00:45')", "45"},
        {"data.until.getDate('-22:00')", "28"},
        {"timestamp('2024-12-31T23:59:59Z').getDayOfYear()", "365"},
        {"timestamp('1969-12-31T23:59:59.5Z').getSeconds()", "59"},
        {"timestamp('1969-12-31T23:59:59.5Z').getMilliseconds()", "500"},
        {"timestamp('0001-01-01T00:00:00Z').getFullYear()", "1"},
        {"timestamp('2026-03-01T21:30:15+02:00')", "timestamp('2026-03-01T19:30:15Z')"},
        {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: overflow"},
        {"timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error: overflow"},
        {"int(data.until) - int(timestamp('2026-03-01T00:00:00Z'))", "77415"},
        {"string(data.until)", "'2026-03-01T21:30:15.25Z'"},
        {"duration('90m').getHours()", "1"},
        {"duration('90m').getMinutes()", "90"},
        {"duration('90m').getSeconds()", "5400"},
        {"duration('1.5s').getMilliseconds()", "500"},
        {"duration('-90m').getHours()", "-1"},
        {"string(duration('1m') + duration('1500ms'))", "'61.5s'"},
        {"duration('1h2m3s4ms5us6ns')", "duration('3723.004005006s')"},
    };

    (void)state;
    grant_begin();
    grant_values[GRANT_UNTIL] = workflow_value_timestamp(1772400615, 250000000);
    ASSERT_ALL(sentences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals_are_read_as_they_are_written),
        cmocka_unit_test(test_numbers_are_computed_or_refused),
        cmocka_unit_test(test_comparisons_order_and_choices_bind),
        cmocka_unit_test(test_texts_are_searched_and_joined),
        cmocka_unit_test(test_lists_and_maps_are_asked_and_made),
        cmocka_unit_test(test_times_are_added_and_taken_apart),
    };
    return cmocka_run_group_tests_name("expression_language", tests, NULL, NULL);
}
