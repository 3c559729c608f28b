/* oam_webhook_verify: the example of Standard Webhooks, HMAC by the vectors of RFC 4231, and whatever is not to be
 * believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../clients/c/client_internal.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER  "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
#define RIGHT  "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define BODY   "{\"test\": 2432232314}"
#define NOW    INT64_C(1614265330)

static struct oam_webhook_message message(const char *signature)
{
    return (struct oam_webhook_message){.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                        .timestamp = "1614265330",
                                        .signature = signature,
                                        .body = BODY,
                                        .body_length = strlen(BODY)};
}

static enum oam_result verify(const char *secret, const struct oam_webhook_message *sent, int64_t now)
{
    struct oam_error err;
    enum oam_result result = oam_webhook_verify(secret, sent, now, 300, &err);
    assert_int_equal(err.result, result);
    return result;
}

static void test_hmac__is_that_of_rfc_4231(void **state)
{
    static const unsigned char wanted_1[] = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf,
                                             0xce, 0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83,
                                             0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7};
    static const unsigned char wanted_7[] = {0x9b, 0x09, 0xff, 0xa7, 0x1b, 0x94, 0x2f, 0xcb, 0x27, 0x63, 0x5f,
                                             0xbc, 0xd5, 0xb0, 0xe9, 0x44, 0xbf, 0xdc, 0x63, 0x64, 0x4f, 0x07,
                                             0x13, 0x93, 0x8a, 0x7f, 0x51, 0x53, 0x5c, 0x3a, 0x35, 0xe2};
    static const char long_text[] = "This is a test using a larger than block-size key and a larger than block-size "
                                    "data. The key needs to be hashed before being used by the HMAC algorithm.";
    unsigned char key[131], mac[OAMI_SHA256];
    (void)state;
    memset(key, 0x0b, 20);
    const struct oami_piece halves[] = {{"Hi ", 3}, {"", 0}, {"There", 5}};
    oami_hmac_sha256(key, 20, halves, 3, mac);
    assert_memory_equal(mac, wanted_1, sizeof mac);
    memset(key, 0xaa, sizeof key);
    const struct oami_piece whole = {long_text, strlen(long_text)};
    oami_hmac_sha256(key, sizeof key, &whole, 1, mac);
    assert_memory_equal(mac, wanted_7, sizeof mac);
}

static void test_the_example_of_the_standard__is_believed(void **state)
{
    static const char *const signatures[] = {RIGHT, "v1,AAAA " RIGHT, RIGHT " v1,AAAA", "v1a,xyz " RIGHT,
                                             "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= " RIGHT};
    (void)state;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct oam_webhook_message sent = message(signatures[i]);
        assert_int_equal(verify(SECRET, &sent, NOW), OAM_OK);
    }
    const struct oam_webhook_message sent = message(RIGHT);
    assert_int_equal(verify(SECRET + strlen("whsec_"), &sent, NOW), OAM_OK);
}

static void test_anything_else__is_not(void **state)
{
    static const char *const signatures[] = {"",
                                             " ",
                                             "v1",
                                             "v1,",
                                             "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                             "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
                                             "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                                             "v1,====",
                                             "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="};
    (void)state;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct oam_webhook_message sent = message(signatures[i]);
        if (verify(SECRET, &sent, NOW) != OAM_E_AUTH)
            fail_msg("believed: %s", signatures[i]);
    }
    struct oam_webhook_message sent = message(RIGHT);
    assert_int_equal(verify(OTHER, &sent, NOW), OAM_E_AUTH);
    sent.body_length--;
    assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_AUTH);
    sent = message(RIGHT);
    sent.id = "msg_p5jXN8AQM9LWM0D4loKWxJel";
    assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_AUTH);
    sent = message(RIGHT);
    sent.timestamp = "1614265331";
    assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_AUTH);
}

static void test_what_is_old_or_to_come__is_stale(void **state)
{
    static const char *const times[] = {"", "x", "-1", "1614265330 ", "1614265330.0", "99999999999999", "0x60"};
    struct oam_webhook_message sent = message(RIGHT);
    struct oam_error err;
    (void)state;
    assert_int_equal(verify(SECRET, &sent, NOW + 300), OAM_OK);
    assert_int_equal(verify(SECRET, &sent, NOW - 300), OAM_OK);
    assert_int_equal(verify(SECRET, &sent, NOW + 301), OAM_E_AUTH);
    assert_int_equal(oam_webhook_verify(SECRET, &sent, NOW - 301, 300, &err), OAM_E_AUTH);
    assert_string_equal(err.code, "webhook_stale");
    /* A clock that is as wrong as can be is no overflow. */
    assert_int_equal(verify(SECRET, &sent, INT64_MAX), OAM_E_AUTH);
    assert_int_equal(verify(SECRET, &sent, INT64_MIN), OAM_E_AUTH);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        sent.timestamp = times[i];
        assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_AUTH);
    }
}

static void test_a_call_that_is_wrong__is_told(void **state)
{
    static const char *const secrets[] = {"",
                                          "whsec_",
                                          "whsec_AAAA",
                                          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
                                          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ",
                                          NULL};
    struct oam_webhook_message sent = message(RIGHT);
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        assert_int_equal(verify(secrets[i], &sent, NOW), OAM_E_ARGUMENT);
    assert_int_equal(verify(SECRET, NULL, NOW), OAM_E_ARGUMENT);
    sent.signature = NULL;
    assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_ARGUMENT);
    sent = message(RIGHT);
    sent.body = NULL;
    assert_int_equal(verify(SECRET, &sent, NOW), OAM_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac__is_that_of_rfc_4231),
        cmocka_unit_test(test_the_example_of_the_standard__is_believed),
        cmocka_unit_test(test_anything_else__is_not),
        cmocka_unit_test(test_what_is_old_or_to_come__is_stale),
        cmocka_unit_test(test_a_call_that_is_wrong__is_told),
    };
    return cmocka_run_group_tests_name("client_webhook", tests, NULL, NULL);
}
