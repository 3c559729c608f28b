#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "base/json_out.h"

static struct arena *arena;

static void test_document(void **state)
{
    (void)state;
    size_t length;
    struct json_out out = json_out_new(arena, 1);
    json_out_object_begin(&out);
    json_out_member_text(&out, "a", "x\"\\\n\x01");
    json_out_member_text(&out, "none", NULL);
    json_out_member_number(&out, "least", INT64_MIN);
    json_out_member_number(&out, "most", INT64_MAX);
    json_out_member_bool(&out, "yes", true);
    json_out_member_time(&out, "never", 0);
    json_out_member_time(&out, "then", 1000);
    json_out_member_raw(&out, "raw", "{\"k\":1}");
    json_out_member_raw(&out, "no_raw", NULL);
    json_out_key(&out, "odd \"key\"");
    json_out_array_begin(&out);
    json_out_number(&out, 0);
    json_out_array_begin(&out);
    json_out_array_end(&out);
    json_out_null(&out);
    json_out_bool(&out, false);
    json_out_array_end(&out);
    json_out_object_end(&out);
    const char *text = json_out_finish(&out, &length);
    assert_string_equal(
        text, "{\"a\":\"x\\\"\\\\\\n\\u0001\",\"none\":null,\"least\":-9223372036854775808,"
              "\"most\":9223372036854775807,\"yes\":true,\"never\":null,\"then\":\"1970-01-01T00:00:00.001Z\","
              "\"raw\":{\"k\":1},\"no_raw\":null,\"odd \\\"key\\\"\":[0,[],null,false]}");
    assert_int_equal(strlen(text), length);
}

static void test_bad_utf8_becomes_valid_json(void **state)
{
    (void)state;
    struct json_out out = json_out_new(arena, 8);
    json_out_text_n(&out, "a\xff\xc3\0z", 5);
    json_t *value = json_loads(json_out_finish(&out, NULL), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    assert_memory_equal(json_string_value(value), "a\xef\xbf\xbd\xef\xbf\xbd\0z", 9);
    json_decref(value);
}

static void test_it_grows(void **state)
{
    (void)state;
    struct json_out out = json_out_new(arena, 64);
    json_out_array_begin(&out);
    for (int i = 0; i < 10000; i++)
        json_out_text(&out, "\xc3\xa0");
    json_out_array_end(&out);
    json_t *value = json_loads(json_out_finish(&out, NULL), 0, NULL);
    assert_int_equal(json_array_size(value), 10000);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_bad_utf8_becomes_valid_json),
        cmocka_unit_test(test_it_grows),
    };
    arena = arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
