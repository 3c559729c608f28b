/* base/hash.h and base/hex.h. The vectors are those that the authors of FNV publish with its draft. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/hex.h"

static void test_hash__is_fnv_1a_of_sixty_four_bits(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes, with_terminator;
    } vectors[] = {
        {"", UINT64_C(0xcbf29ce484222325), UINT64_C(0xaf63bd4c8601b7df)},
        {"a", UINT64_C(0xaf63dc4c8601ec8c), UINT64_C(0x089be207b544f1e4)},
        {"foobar", UINT64_C(0x85944171f73967e8), UINT64_C(0x34531ca7168b8f38)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_true(hash_bytes(HASH_START, vectors[i].text, strlen(vectors[i].text)) == vectors[i].bytes);
        assert_true(hash_text(HASH_START, vectors[i].text) == vectors[i].with_terminator);
    }
}

static void test_hash__goes_on_where_it_stopped_and_parts_texts(void **state)
{
    (void)state;
    assert_true(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) == hash_bytes(HASH_START, "foobar", 6));
    assert_true(hash_text(hash_text(HASH_START, "ab"), "c") != hash_text(hash_text(HASH_START, "a"), "bc"));
}

static void test_hex__writes_every_byte_as_two_digits(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x09, 0x0a, 0x7f, 0x80, 0xff};
    char text[2 * sizeof bytes + 1];
    (void)state;
    assert_ptr_equal(hex_write(text, bytes, sizeof bytes), text + 2 * sizeof bytes);
    assert_string_equal(text, "00090a7f80ff");
    assert_ptr_equal(hex_write(text, bytes, 0), text);
    assert_string_equal(text, "");
}

/* The example of RFC 9562, appendix A.6. */
static void test_hex__writes_a_uuid_as_its_rfc_does(void **state)
{
    static const unsigned char bytes[16] = {0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3,
                                            0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    char text[HEX_UUID_SIZE];
    (void)state;
    hex_uuid(text, bytes);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__is_fnv_1a_of_sixty_four_bits),
        cmocka_unit_test(test_hash__goes_on_where_it_stopped_and_parts_texts),
        cmocka_unit_test(test_hex__writes_every_byte_as_two_digits),
        cmocka_unit_test(test_hex__writes_a_uuid_as_its_rfc_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
