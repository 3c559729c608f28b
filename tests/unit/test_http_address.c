/* Whose X-Forwarded-For is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/internal.h"

static bool contains(const char *network, uint32_t address)
{
    struct network parsed;
    assert_true(network_parse(network, &parsed));
    return (address & parsed.mask) == parsed.address;
}

static void test_network__has_its_addresses_and_no_others(void **state)
{
    (void)state;
    assert_true(contains("127.0.0.0/8", 0x7F000001));
    assert_false(contains("127.0.0.0/8", 0x80000001));
    assert_true(contains("10.0.3.7/24", 0x0A000301)); /* bits of the host do not matter */
    assert_false(contains("10.0.3.0/24", 0x0A000401));
    assert_true(contains("10.0.3.7", 0x0A000307));
    assert_false(contains("10.0.3.7", 0x0A000308));
    assert_true(contains("10.0.3.7/32", 0x0A000307));
}

static void test_network__of_nobody_has_nobody(void **state)
{
    (void)state;
    assert_false(contains("", 0x7F000001));
    assert_false(contains(NULL, 0xFFFFFFFF));
}

static void test_network__is_written_properly_or_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"everybody", "10.0.0.0/33", "10.0.0.0/0",  "0.0.0.0/0",
                                      "10.0.0/8",  "10.0.0.0/",   "10.0.0.0/8x", "10.0.0.0/-8",
                                      "::1/128",   "/8",          "10.0.0.0/008"};
    struct network parsed;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(network_parse(bad[i], &parsed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network__has_its_addresses_and_no_others),
        cmocka_unit_test(test_network__of_nobody_has_nobody),
        cmocka_unit_test(test_network__is_written_properly_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
