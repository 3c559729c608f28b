/* Secrets of webhooks: sealed for one webhook, shown once, signing as the example of Standard Webhooks does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "auth/webhook_secret.h"

#define HOOK  "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"
#define OTHER "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5f"
#define ID    "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define AT    INT64_C(1614265330)
#define BODY  "{\"test\": 2432232314}"

static struct auth *auth_with(unsigned char fill)
{
    unsigned char secret[32];
    memset(secret, fill, sizeof secret);
    return auth_new(
        &(struct auth_settings){.secret = secret, .secret_length = sizeof secret, .issuer = "https://oam.example.cat"});
}

/* The MAC made a second way: by the secret that was shown. */
static void signature_of(const char *text, char ret[WEBHOOK_SIGNATURE_SIZE])
{
    unsigned char key[64], mac[crypto_auth_hmacsha256_BYTES];
    char message[256];
    size_t length = 0;
    crypto_auth_hmacsha256_state state;
    assert_int_equal(sodium_base642bin(key, sizeof key, text + 6, strlen(text + 6), NULL, &length, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(length, WEBHOOK_SECRET_BYTES);
    snprintf(message, sizeof message, "%s.1614265330.%s", ID, BODY);
    crypto_auth_hmacsha256_init(&state, key, length);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)message, strlen(message));
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret, "v1,", 3);
    sodium_bin2base64(ret + 3, WEBHOOK_SIGNATURE_SIZE - 3, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
}

static void test_a_signature__is_of_the_secret_that_was_shown(void **state)
{
    struct auth *auth = auth_with(1);
    char text[WEBHOOK_SECRET_TEXT_SIZE], sealed[WEBHOOK_SEALED_HEX_SIZE], signed_by[WEBHOOK_SIGNATURE_ALL_SIZE];
    char wanted[WEBHOOK_SIGNATURE_SIZE];
    (void)state;
    webhook_secret_new(auth, HOOK, text, sealed);
    assert_int_equal(strlen(text), WEBHOOK_SECRET_TEXT_SIZE - 1);
    assert_int_equal(strlen(sealed), WEBHOOK_SEALED_HEX_SIZE - 1);
    assert_true(webhook_secret_sign(auth, HOOK, sealed, ID, AT, BODY, strlen(BODY), signed_by));
    signature_of(text, wanted);
    assert_string_equal(signed_by, wanted);
    auth_free(auth);
}

static void test_two_secrets__sign_both_the_newest_first(void **state)
{
    struct auth *auth = auth_with(1);
    char text[3][WEBHOOK_SECRET_TEXT_SIZE], sealed[3][WEBHOOK_SEALED_HEX_SIZE], all[600], wanted[120];
    char signed_by[WEBHOOK_SIGNATURE_ALL_SIZE], one[WEBHOOK_SIGNATURE_SIZE], two[WEBHOOK_SIGNATURE_SIZE];
    (void)state;
    for (int i = 0; i < 3; i++)
        webhook_secret_new(auth, HOOK, text[i], sealed[i]);
    snprintf(all, sizeof all, "%s %s %s", sealed[0], sealed[1], sealed[2]);
    assert_true(webhook_secret_sign(auth, HOOK, all, ID, AT, BODY, strlen(BODY), signed_by));
    signature_of(text[0], one);
    signature_of(text[1], two);
    snprintf(wanted, sizeof wanted, "%s %s", one, two);
    assert_string_equal(signed_by, wanted); /* and not the third */
    assert_string_not_equal(one, two);
    auth_free(auth);
}

static void test_what_was_sealed_for_another__signs_nothing(void **state)
{
    struct auth *auth = auth_with(1), *stranger = auth_with(2);
    char text[WEBHOOK_SECRET_TEXT_SIZE], sealed[WEBHOOK_SEALED_HEX_SIZE], out[WEBHOOK_SIGNATURE_ALL_SIZE];
    (void)state;
    webhook_secret_new(auth, HOOK, text, sealed);
    assert_false(webhook_secret_sign(auth, OTHER, sealed, ID, AT, BODY, strlen(BODY), out));
    assert_false(webhook_secret_sign(stranger, HOOK, sealed, ID, AT, BODY, strlen(BODY), out));
    sealed[60] = sealed[60] == '0' ? '1' : '0';
    assert_false(webhook_secret_sign(auth, HOOK, sealed, ID, AT, BODY, strlen(BODY), out));
    assert_false(webhook_secret_sign(auth, HOOK, "", ID, AT, BODY, strlen(BODY), out));
    assert_false(webhook_secret_sign(auth, HOOK, "00 zz", ID, AT, BODY, strlen(BODY), out));
    assert_string_equal(out, "");
    auth_free(auth);
    auth_free(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signature__is_of_the_secret_that_was_shown),
        cmocka_unit_test(test_two_secrets__sign_both_the_newest_first),
        cmocka_unit_test(test_what_was_sealed_for_another__signs_nothing),
    };
    return cmocka_run_group_tests_name("webhook_secret", tests, NULL, NULL);
}
