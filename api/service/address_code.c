#include "service/address_code.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BYTES_MAX 512
#define DIGITS    8

void address_code(const struct auth *auth, const char *principal, const char *address, const char *nonce,
                  char ret[ADDRESS_CODE_SIZE])
{
    unsigned char mac[16];
    char bytes[BYTES_MAX];
    uint64_t number;
    int length = snprintf(bytes, sizeof bytes, "address-code\n%s\n%s\n%s", principal, nonce, address);
    auth_mac(auth, bytes, (size_t)length, mac); /* an address has 254 characters at most, a principal 63 */
    memcpy(&number, mac, sizeof number);
    number %= 100000000;
    snprintf(ret, ADDRESS_CODE_SIZE, "%04" PRIu64 " %04" PRIu64, number / 10000, number % 10000);
}

static void digits_of(const char *code, unsigned char ret[16])
{
    size_t n = 0;
    memset(ret, 0, 16);
    for (; *code; code++)
        if (*code != ' ' && *code != '-')
            ret[n < DIGITS ? n++ : 15] = (unsigned char)*code; /* one too many shows */
}

bool address_code_is(const struct auth *auth, const char *principal, const char *address, const char *nonce,
                     const char *code)
{
    char right[ADDRESS_CODE_SIZE];
    unsigned char given[16], wanted[16];
    address_code(auth, principal, address, nonce, right);
    digits_of(code, given);
    digits_of(right, wanted);
    return auth_mac_equal(given, wanted);
}
