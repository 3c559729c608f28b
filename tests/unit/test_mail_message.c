/* A letter as bytes: headers that nobody can add to, words that are encoded whole, a key that is its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/mail_message.h"

static const char *written(const char *subject, const char *text, struct arena *arena)
{
    size_t length = 0;
    const char *bytes = mail_message_write(&(struct mail_message){.from = "oam@oam.example.cat",
                                                                  .to = "alcaldia@aguilar.example.cat",
                                                                  .key = "OAM-2026-000123.4.1000",
                                                                  .language = "ca",
                                                                  .subject = subject,
                                                                  .text = text,
                                                                  .at_us = INT64_C(1795338900000000)},
                                           arena, &length);
    assert_non_null(bytes);
    assert_int_equal(length, strlen(bytes));
    return bytes;
}

static void test_message__is_what_the_standards_say(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    assert_string_equal(written("Hola", "Bon dia\r\n", arena),
                        "From: oam@oam.example.cat\r\nTo: alcaldia@aguilar.example.cat\r\nSubject: Hola\r\n"
                        "Date: Sun, 22 Nov 2026 09:15:00 +0000\r\n"
                        "Message-ID: <OAM-2026-000123.4.1000@oam.example.cat>\r\nAuto-Submitted: auto-generated\r\n"
                        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Language: ca\r\n"
                        "Content-Transfer-Encoding: base64\r\n\r\nQm9uIGRpYQ0K\r\n");
    arena_free(arena);
}

static void test_subject__cannot_end_its_header(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    assert_non_null(strstr(written("a\r\nBcc: b@c.cat", "", arena), "\r\nSubject: a  Bcc: b@c.cat\r\n"));
    assert_non_null(
        strstr(written("=?UTF-8?B?QmNj?=", "", arena), "\r\nSubject: =?UTF-8?B?PT9VVEYtOD9CP1FtTmo/PQ==?=\r\n"));
    arena_free(arena);
}

/* 21 two-byte characters and one byte more would cut the 22nd in two. */
static void test_subject__is_cut_between_characters(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    const char *bytes = written("xçççççççççççççççççççççç", "", arena);
    assert_non_null(strstr(bytes, "\r\nSubject: "
                                  "=?UTF-8?B?eMOnw6fDp8Onw6fDp8Onw6fDp8Onw6fDp8Onw6fDp8Onw6fDp8Onw6c=?=\r\n "
                                  "=?UTF-8?B?w6fDpw==?=\r\n"));
    for (const char *at = bytes, *end; (end = strstr(at, "\r\n")) != NULL; at = end + 2)
        assert_true(end - at <= 78);
    arena_free(arena);
}

static void test_body__has_lines_of_76(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    char text[200];
    memset(text, 'a', sizeof text);
    text[57 * 2] = '\0';
    const char *body = strstr(written("x", text, arena), "\r\n\r\n") + 4;
    assert_int_equal(strcspn(body, "\r"), 76);
    assert_int_equal(strlen(body), 2 * 78);
    arena_free(arena);
}

static void test_address__fits_into_header_and_envelope(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b.cat", "alcaldia+oam@aguilar-de-segarra.example.cat", "x'y@b.c.d"};
    static const char *const bad[] = {"",          "a",         "a@b",         "@b.cat",    "a@.cat",
                                      "a@b..cat",  "a b@c.cat", "a@b.cat\r\n", "a@b.cat>x", "a@b.cat,c@d.cat",
                                      "a@b_c.cat", "à@b.cat"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(mail_address_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(mail_address_valid(bad[i]));
    char longest[300];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 65, "@b.cat", 7);
    assert_false(mail_address_valid(longest));
    assert_true(mail_address_valid(longest + 1));
    struct arena *arena = arena_new(1024);
    size_t length;
    assert_null(mail_message_write(&(struct mail_message){.from = "x", .to = "a@b.cat"}, arena, &length));
    assert_null(mail_message_write(&(struct mail_message){.from = "a@b.cat", .to = "x"}, arena, &length));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message__is_what_the_standards_say),
        cmocka_unit_test(test_subject__cannot_end_its_header),
        cmocka_unit_test(test_subject__is_cut_between_characters),
        cmocka_unit_test(test_body__has_lines_of_76),
        cmocka_unit_test(test_address__fits_into_header_and_envelope),
    };
    return cmocka_run_group_tests_name("mail_message", tests, NULL, NULL);
}
