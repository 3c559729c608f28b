#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0u) == 0x80u;
}

static size_t three_bytes(const unsigned char *at)
{
    if (!is_continuation(at[1]) || !is_continuation(at[2]))
        return 0;
    if (at[0] == 0xE0 && at[1] < 0xA0)
        return 0; /* overlong */
    if (at[0] == 0xED && at[1] >= 0xA0)
        return 0; /* surrogate */
    return 3;
}

static size_t four_bytes(const unsigned char *at)
{
    if (!is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3]))
        return 0;
    if (at[0] == 0xF0 && at[1] < 0x90)
        return 0; /* overlong */
    if (at[0] == 0xF4 && at[1] >= 0x90)
        return 0; /* above U+10FFFF */
    return 4;
}

size_t utf8_length(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    if (length == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xC2 && at[0] <= 0xDF)
        return length >= 2 && is_continuation(at[1]) ? 2 : 0;
    if (at[0] >= 0xE0 && at[0] <= 0xEF)
        return length >= 3 ? three_bytes(at) : 0;
    if (at[0] >= 0xF0 && at[0] <= 0xF4)
        return length >= 4 ? four_bytes(at) : 0;
    return 0;
}

bool utf8_valid(const char *bytes, size_t length)
{
    while (length > 0) {
        size_t step = utf8_length(bytes, length);
        if (step == 0)
            return false;
        bytes += step;
        length -= step;
    }
    return true;
}

size_t utf8_count(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        if (!is_continuation((unsigned char)bytes[i]))
            count++;
    return count;
}

static size_t escape_ascii(char *ret, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char short_forms[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char letter = byte < 32 ? short_forms[byte] : (char)(byte == 127 ? 0 : byte);
    ret[0] = '\\';
    if (letter) {
        ret[1] = letter;
        return 2;
    }
    memcpy(ret + 1, "u00", 3);
    ret[4] = digits[byte >> 4];
    ret[5] = digits[byte & 15];
    return 6;
}

/* Eight bytes that all stand for themselves, tested at once: none is of a sequence (high bit), a control character, a
   quote, a backslash or DEL. A byte below n gives its high bit in x - n * ONES; equal to c is below 1 in x ^ c * ONES.
 */
static bool are_plain(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
    uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\', del = x ^ ones * 0x7F;
    return ((x | (x - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones)) & highs) == 0;
}

size_t utf8_json_escape(char *ret, const char *bytes, size_t length)
{
    char *out = ret;
    size_t at = 0;
    while (at < length) {
        if (length - at >= 8 && are_plain(bytes + at)) {
            memcpy(out, bytes + at, 8);
            out += 8;
            at += 8;
            continue;
        }
        unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x80) {
            if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F)
                *out++ = (char)byte;
            else
                out += escape_ascii(out, byte);
            at++;
            continue;
        }
        size_t step = utf8_length(bytes + at, length - at);
        if (step == 0) {
            memcpy(out, "\\ufffd", 6);
            out += 6;
            at++;
            continue;
        }
        memcpy(out, bytes + at, step);
        out += step;
        at += step;
    }
    return (size_t)(out - ret);
}
