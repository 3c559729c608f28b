#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static int ends[2];

static size_t drain(char *bytes, size_t size)
{
    size_t length = 0;
    ssize_t got;
    while (length < size - 1 && (got = read(ends[0], bytes + length, size - 1 - length)) > 0)
        length += (size_t)got;
    bytes[length] = '\0';
    return length;
}

static json_t *one_line(void)
{
    char bytes[16384];
    size_t length = drain(bytes, sizeof bytes);
    assert_true(length > 0);
    assert_int_equal(bytes[length - 1], '\n');
    assert_ptr_equal(strchr(bytes, '\n'), bytes + length - 1);
    json_t *line = json_loads(bytes, 0, NULL);
    assert_non_null(line);
    return line;
}

static void test_a_line_is_json_whatever_is_in_it(void **state)
{
    (void)state;
    log_event(LOG_WARN, "x", LOG_S("text", "a\"b\\c\n{\"level\":\"forged\"}\r\t\x01\x7f\xff\xc3"), LOG_N("number", -12),
              LOG_S("none", NULL), LOG_MS("ms", 1234), LOG_N("least", INT64_MIN));
    json_t *line = one_line();
    assert_string_equal(json_string_value(json_object_get(line, "event")), "x");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
    assert_int_equal(json_integer_value(json_object_get(line, "number")), -12);
    assert_true(json_is_null(json_object_get(line, "none")));
    assert_true(json_real_value(json_object_get(line, "ms")) > 1.2339 &&
                json_real_value(json_object_get(line, "ms")) < 1.2341);
    assert_non_null(strstr(json_string_value(json_object_get(line, "text")), "\xef\xbf\xbd"));
    json_decref(line);
}

static void test_long_values_are_cut_and_the_line_stays_whole(void **state)
{
    (void)state;
    static char long_text[100000];
    memset(long_text, '\x01', sizeof long_text - 1);
    log_event(LOG_ERROR, "x", LOG_S("a", long_text), LOG_S("b", long_text), LOG_S("c", long_text),
              LOG_S("d", long_text), LOG_S("e", long_text), LOG_N("f", 1));
    json_t *line = one_line();
    json_decref(line);
}

static void test_levels_below_the_threshold_are_dropped(void **state)
{
    (void)state;
    char bytes[64];
    log_event(LOG_DEBUG, "quiet");
    log_flush();
    assert_int_equal(drain(bytes, sizeof bytes), 0);
}

static void test_info_leaves_by_the_flusher(void **state)
{
    (void)state;
    char bytes[1024];
    size_t length = 0;
    log_event(LOG_INFO, "later");
    for (int i = 0; i < 100 && length == 0; i++) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);
        length = drain(bytes, sizeof bytes);
    }
    assert_non_null(strstr(bytes, "\"later\""));
}

static void *write_lines(void *unused)
{
    for (int i = 0; i < 100; i++)
        log_event(LOG_INFO, "many", LOG_N("i", i));
    return unused;
}

static void test_threads_lose_nothing(void **state)
{
    (void)state;
    static char bytes[262144];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_flush();
    (void)drain(bytes, sizeof bytes);
    int lines = 0;
    for (const char *at = bytes; (at = strstr(at, "\"many\"")); at++)
        lines++;
    assert_int_equal(lines, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_json_whatever_is_in_it),
        cmocka_unit_test(test_long_values_are_cut_and_the_line_stays_whole),
        cmocka_unit_test(test_levels_below_the_threshold_are_dropped),
        cmocka_unit_test(test_info_leaves_by_the_flusher),
        cmocka_unit_test(test_threads_lose_nothing),
    };
    if (pipe2(ends, O_NONBLOCK) != 0)
        return 1;
    (void)fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    log_open(LOG_INFO, ends[1]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    log_close();
    return failed;
}
