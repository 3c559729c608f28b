/* The CSV reader of oamctl: RFC 4180, in chunks of any size, within limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "csv.c"

struct text_source {
    const char *text;
    size_t length, at, step;
    bool fails;
};

static long read_text(void *place, char *buffer, size_t size)
{
    struct text_source *source = place;
    size_t left = source->length - source->at;
    size_t n = left < source->step ? left : source->step;
    n = n < size ? n : size;
    if (n == 0 && source->fails)
        return -1;
    memcpy(buffer, source->text + source->at, n);
    source->at += n;
    return (long)n;
}

/* Writes every record as [a|b] into out and gives the result that ended the reading. */
static enum csv_result render(const char *text, size_t length, size_t step, bool fails, char *out, size_t size)
{
    struct text_source source = {text, length, 0, step, fails};
    struct csv_reader *reader = csv_new(read_text, &source);
    const char *const *fields;
    size_t n_fields, used = 0;
    enum csv_result result;
    out[0] = '\0';
    while ((result = csv_next(reader, &fields, &n_fields)) == CSV_RECORD) {
        for (size_t i = 0; i < n_fields; i++)
            used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "|" : "[", fields[i]);
        used += (size_t)snprintf(out + used, size - used, "]");
    }
    csv_free(reader);
    return result;
}

static void test_csv__reads_the_same_in_chunks_of_any_size(void **state)
{
    static const struct {
        const char *text, *records;
        enum csv_result end;
    } cases[] = {
        {"a,b\n1,2\n", "[a|b][1|2]", CSV_END},
        {"a,b\r\n1,2", "[a|b][1|2]", CSV_END},
        {"\xEF\xBB\xBF"
         "a\n",
         "[a]", CSV_END},
        {"", "", CSV_END},
        {"\n\r\n\n", "", CSV_END},
        {"\"a,b\",\"c\"\"d\",\"e\nf\"\n", "[a,b|c\"d|e\nf]", CSV_END},
        {",\n", "[|]", CSV_END},
        {"\"\"\n", "[]", CSV_END},
        {"a\rb,c\n", "[a\rb|c]", CSV_END},
        {"a,", "[a|]", CSV_END},
        {"x\na\"b\n", "[x]", CSV_BAD_QUOTE},
        {"\"a\"b\n", "", CSV_BAD_QUOTE},
        {"\"never closed\n", "", CSV_BAD_QUOTE},
    };
    char out[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t step = 1; step < 12; step++) {
            assert_int_equal(render(cases[i].text, strlen(cases[i].text), step, false, out, sizeof out), cases[i].end);
            assert_string_equal(out, cases[i].records);
        }
    }
}

static void test_csv__a_zero_byte_is_no_text(void **state)
{
    char out[64];
    (void)state;
    assert_int_equal(render("a,\0b\n", 5, 5, false, out, sizeof out), CSV_BAD_BYTE);
    assert_int_equal(render("\"\0\"\n", 4, 5, false, out, sizeof out), CSV_BAD_BYTE);
}

static void test_csv__a_source_that_fails_is_not_an_end(void **state)
{
    char out[64];
    (void)state;
    assert_int_equal(render("a\nb", 3, 2, true, out, sizeof out), CSV_UNREADABLE);
    assert_string_equal(out, "[a]");
}

static void test_csv__fields_and_columns_have_limits(void **state)
{
    size_t length = CSV_FIELD_MAX + 10;
    char *text = malloc(length);
    char out[64];
    (void)state;
    memset(text, 'x', length);
    assert_int_equal(render(text, length, 65536, false, out, sizeof out), CSV_TOO_LONG);
    memset(text, ',', length);
    assert_int_equal(render(text, length, 65536, false, out, sizeof out), CSV_TOO_MANY);
    free(text);
}

static void test_csv__tells_the_line_a_record_begins_on(void **state)
{
    const char *text = "a\n\"b\nb\"\nc\n";
    struct text_source source = {text, strlen(text), 0, 3, false};
    struct csv_reader *reader = csv_new(read_text, &source);
    const char *const *fields;
    size_t n_fields;
    static const size_t lines[] = {1, 2, 4};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(csv_next(reader, &fields, &n_fields), CSV_RECORD);
        assert_int_equal(csv_line(reader), lines[i]);
    }
    csv_free(reader);
    csv_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__reads_the_same_in_chunks_of_any_size),
        cmocka_unit_test(test_csv__a_zero_byte_is_no_text),
        cmocka_unit_test(test_csv__a_source_that_fails_is_not_an_end),
        cmocka_unit_test(test_csv__fields_and_columns_have_limits),
        cmocka_unit_test(test_csv__tells_the_line_a_record_begins_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
