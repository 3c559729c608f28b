#include "base/hex.h"

#include <string.h>

char *hex_write(char *ret, const void *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) {
        *ret++ = digits[at[i] >> 4];
        *ret++ = digits[at[i] & 15];
    }
    *ret = '\0';
    return ret;
}

void hex_uuid(char ret[HEX_UUID_SIZE], const unsigned char bytes[16])
{
    static const int group_bytes[] = {4, 2, 2, 2, 6};
    for (int group = 0; group < 5; group++) {
        if (group > 0)
            *ret++ = '-';
        ret = hex_write(ret, bytes, (size_t)group_bytes[group]);
        bytes += group_bytes[group];
    }
}

bool hex_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    return true;
}
