/* Where a webhook may lead: spellings, classes of addresses, what an operator lets pass. The long list is in tests/api.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "base/ip.h"
#include "base/schedule.h"
#include "model/webhook_url.h"

static const struct webhook_reach open_internet = {.networks = "", .ports = "443,8443"};
static const struct webhook_reach with_own = {.networks = "127.0.0.1,10.20.0.0/16,fd12::/16", .ports = "443"};

static struct ip ip_of(const char *text)
{
    struct ip ip;
    if (!ip_parse(text, strlen(text), &ip))
        fail_msg("%s is an address", text);
    return ip;
}

static void test_address__has_one_spelling(void **state)
{
    static const char *const bad[] = {"",           "1",          "127.1",      "0x7f.0.0.1", "0177.0.0.1",
                                      "127.0.0.01", "127.0.0.1 ", " 127.0.0.1", "1.2.3.256",  "::1%lo",
                                      "[::1]",      "1.2.3.4.5",  ":::",        "12345::",    "::ffff:1.2.3"};
    struct ip ip;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ip_parse(bad[i], strlen(bad[i]), &ip));
    assert_memory_equal(ip_of("1.2.3.4").bytes, ip_of("::ffff:1.2.3.4").bytes, 16);
    assert_false(ip_parse("1.2.3.4\0", 8, &ip));
}

/* The edges of each range: the first and the last address inside, and those beside. */
static void test_address__is_public_or_not(void **state)
{
    static const struct {
        const char *text;
        bool is_public;
    } cases[] = {
        {"0.255.255.255", false},
        {"1.0.0.0", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"126.255.255.255", true},
        {"127.0.0.0", false},
        {"127.255.255.255", false},
        {"128.0.0.0", true},
        {"169.253.255.255", true},
        {"169.254.0.0", false},
        {"169.254.255.255", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.255", false},
        {"192.0.1.0", true},
        {"192.0.2.255", false},
        {"192.0.3.0", true},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.255.255", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.0", false},
        {"198.19.255.255", false},
        {"198.20.0.0", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"203.0.114.0", true},
        {"223.255.255.255", true},
        {"224.0.0.0", false},
        {"239.255.255.255", false},
        {"240.0.0.0", false},
        {"255.255.255.255", false},
        {"::", false},
        {"::1", false},
        {"::ffff:8.8.8.8", true},
        {"::ffff:10.0.0.1", false},
        {"64:ff9b::808:808", true},
        {"64:ff9b::a00:1", false},
        {"64:ff9b:1::1", false},
        {"::8.8.8.8", false},
        {"100::1", false},
        {"1fff::1", false},
        {"2000::1", true},
        {"2001:1ff::1", false},
        {"2001:200::1", true},
        {"2001:db8::1", false},
        {"2001:db9::1", true},
        {"2002:808:808::1", false},
        {"2003::1", true},
        {"2620:4f:8000::1", false},
        {"3fff::1", false},
        {"3fff:fff::1", false},
        {"3fff:1000::1", true},
        {"4000::1", false},
        {"5f00::1", false},
        {"fc00::1", false},
        {"fdff::1", false},
        {"fe80::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ip ip = ip_of(cases[i].text);
        if (ip_is_public(&ip) != cases[i].is_public)
            fail_msg("%s is%s public", cases[i].text, cases[i].is_public ? "" : " not");
    }
}

static void test_address__is_read_of_what_is_connected_to(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct ip ip, wanted = ip_of("127.0.0.1");
    (void)state;
    inet_pton(AF_INET, "127.0.0.1", &v4.sin_addr);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
    assert_true(ip_of_sockaddr((const struct sockaddr *)&v4, &ip));
    assert_memory_equal(ip.bytes, wanted.bytes, 16);
    assert_true(ip_of_sockaddr((const struct sockaddr *)&v6, &ip));
    assert_memory_equal(ip.bytes, wanted.bytes, 16);
    v6.sin6_scope_id = 2;
    assert_false(ip_of_sockaddr((const struct sockaddr *)&v6, &ip));
    assert_false(ip_of_sockaddr(&other, &ip));
}

static void test_lists__are_read_whole_or_not_at_all(void **state)
{
    static const char *const bad[] = {",",    "10.0.0.0/8,",  ",10.0.0.0/8", "10.0.0.0/33",  "::/129",     "10.0.0.0/",
                                      "10/8", "10.0.0.0/08x", "10.0.0.0 /8", "10.0.0.0/8,x", "10.0.0.0/-1"};
    const struct ip inside = ip_of("10.20.255.255"), beside = ip_of("10.21.0.0"), v6 = ip_of("fd12:1::1");
    (void)state;
    assert_true(ip_list_is_valid("") && ip_list_is_valid(with_own.networks) && ip_list_is_valid("0.0.0.0/0,::/0"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ip_list_is_valid(bad[i]))
            fail_msg("“%s” is no list", bad[i]);
    assert_true(ip_in_list(&inside, with_own.networks) && ip_in_list(&v6, with_own.networks));
    assert_false(ip_in_list(&beside, with_own.networks));
    assert_false(ip_in_list(&inside, ""));
    assert_false(ip_in_list(&inside, "10.20.0.0/16,x"));
    assert_true(ip_in_list(&v6, "::/0"));
    assert_false(ip_in_list(&v6, "0.0.0.0/0"));
    assert_true(port_list_is_valid("1,65535") && port_in_list(65535, "1,65535"));
    assert_false(port_in_list(2, "1,65535"));
    static const char *const no_ports[] = {"", ",", "0", "65536", "1,", ",1", "1,,2", "a", "1 ,2", "443a"};
    for (size_t i = 0; i < sizeof no_ports / sizeof *no_ports; i++)
        if (port_list_is_valid(no_ports[i]))
            fail_msg("“%s” are no ports", no_ports[i]);
}

static void test_url__is_taken_apart(void **state)
{
    struct webhook_url url;
    (void)state;
    assert_int_equal(webhook_url_parse("https://Hooks.Example.CAT:8443/a?b=@c", &open_internet, &url),
                     WEBHOOK_URL_FINE);
    assert_string_equal(url.host, "hooks.example.cat");
    assert_string_equal(url.path, "/a?b=@c");
    assert_true(url.https && !url.is_address);
    assert_int_equal(url.port, 8443);
    assert_int_equal(webhook_url_parse("https://[2606:2800::1]?x", &open_internet, &url), WEBHOOK_URL_FINE);
    assert_string_equal(url.host, "2606:2800::1");
    assert_string_equal(url.path, "?x");
    assert_true(url.is_address);
    assert_int_equal(url.port, 443);
}

static void test_what_an_operator_lets_pass__is_that_and_no_more(void **state)
{
    static const struct {
        const char *url;
        enum webhook_url_fault fault;
    } cases[] = {
        {"http://127.0.0.1:8080/", WEBHOOK_URL_FINE},  {"http://10.20.1.1/", WEBHOOK_URL_FINE},
        {"https://[fd12::1]:9/", WEBHOOK_URL_FINE},    {"http://10.21.1.1/", WEBHOOK_URL_SCHEME},
        {"https://10.21.1.1/", WEBHOOK_URL_INTERNAL},  {"https://127.0.0.2/", WEBHOOK_URL_INTERNAL},
        {"http://8.8.8.8/", WEBHOOK_URL_SCHEME},       {"https://8.8.8.8:8443/", WEBHOOK_URL_PORT},
        {"http://printer.local:1/", WEBHOOK_URL_FINE}, {"ftp://127.0.0.1/", WEBHOOK_URL_SCHEME},
    };
    struct webhook_url url;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (webhook_url_parse(cases[i].url, &with_own, &url) != cases[i].fault)
            fail_msg("%s", cases[i].url);
}

/* What a name resolves to is judged as an address in the URL would be. */
static void test_a_connection__is_judged_by_its_address(void **state)
{
    const struct ip local = ip_of("127.0.0.1"), other = ip_of("127.0.0.2"), far = ip_of("93.184.215.14");
    struct webhook_url https, http, odd;
    (void)state;
    assert_int_equal(webhook_url_parse("https://a.example.cat/", &with_own, &https), WEBHOOK_URL_FINE);
    assert_int_equal(webhook_url_parse("http://a.example.cat/", &with_own, &http), WEBHOOK_URL_FINE);
    assert_int_equal(webhook_url_parse("https://a.example.cat:22/", &with_own, &odd), WEBHOOK_URL_FINE);
    assert_true(webhook_url_may_connect(&https, &far, &with_own));
    assert_false(webhook_url_may_connect(&http, &far, &with_own));
    assert_false(webhook_url_may_connect(&odd, &far, &with_own));
    assert_true(webhook_url_may_connect(&http, &local, &with_own) && webhook_url_may_connect(&odd, &local, &with_own));
    assert_false(webhook_url_may_connect(&https, &other, &with_own));
    assert_false(webhook_url_may_connect(&https, &local, &open_internet));
}

static void test_schedule__is_read(void **state)
{
    static const char *const bad[] = {"",   ",",   "5",     "s",    "5s,",         ",5s",
                                      "5d", "-5s", "5s 5m", "721h", "9999999999s", "1.5s"};
    int64_t waits[SCHEDULE_MAX];
    (void)state;
    assert_int_equal(schedule_parse("0s,5s,5m,30m,2h,250ms,720h", waits), 7);
    static const int64_t wanted[] = {0, 5000, 300000, 1800000, 7200000, 250, 2592000000};
    assert_memory_equal(waits, wanted, sizeof wanted);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (schedule_parse(bad[i], waits) != 0)
            fail_msg("“%s” is no schedule", bad[i]);
    assert_int_equal(
        schedule_parse("0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,0s,"
                       "0s,0s,0s,0s",
                       waits),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address__has_one_spelling),
        cmocka_unit_test(test_address__is_public_or_not),
        cmocka_unit_test(test_address__is_read_of_what_is_connected_to),
        cmocka_unit_test(test_lists__are_read_whole_or_not_at_all),
        cmocka_unit_test(test_url__is_taken_apart),
        cmocka_unit_test(test_what_an_operator_lets_pass__is_that_and_no_more),
        cmocka_unit_test(test_a_connection__is_judged_by_its_address),
        cmocka_unit_test(test_schedule__is_read),
    };
    return cmocka_run_group_tests_name("webhook_url", tests, NULL, NULL);
}
