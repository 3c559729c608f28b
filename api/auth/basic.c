#include "auth/basic.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#define BASIC_MAX 1024 /* bytes of the encoded credentials */

bool auth_basic_is(const char *authorization)
{
    return authorization && strncasecmp(authorization, "Basic", 5) == 0 &&
           (authorization[5] == ' ' || authorization[5] == '\0');
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* In place; false for a bad escape or a control character. */
static bool form_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char byte = *from == '+' ? ' ' : *from;
        if (byte == '%') {
            int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);
            if (low < 0)
                return false;
            byte = (char)(high << 4 | low);
            from += 2;
        }
        if ((unsigned char)byte < ' ' || byte == 0x7f)
            return false;
        *to++ = byte;
    }
    *to = '\0';
    return true;
}

bool auth_basic_parse(struct arena *arena, const char *authorization, const char **ret_id, const char **ret_secret)
{
    size_t length = 0;
    if (!auth_basic_is(authorization))
        return false;
    const char *encoded = authorization + 5 + strspn(authorization + 5, " ");
    size_t encoded_length = strnlen(encoded, BASIC_MAX + 1);
    if (encoded_length == 0 || encoded_length > BASIC_MAX)
        return false;
    char *text = arena_alloc(arena, encoded_length + 1);
    if (sodium_base642bin((unsigned char *)text, encoded_length, encoded, encoded_length, NULL, &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        strlen(text) != length)
        return false;
    char *colon = strchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    if (!form_decode(text) || !form_decode(colon + 1))
        return false;
    *ret_id = text;
    *ret_secret = colon + 1;
    return true;
}
