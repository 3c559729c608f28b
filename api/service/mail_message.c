#include "service/mail_message.h"

#include <string.h>

#include "base/clock.h"

#define LINE_BYTES  57 /* of content in a line of 76 of base64 */
#define WORD_BYTES  42 /* of content in an encoded word: at most 75 characters with what is around them */
#define LOCAL_MAX   64
#define ADDRESS_MAX 254
#define LABEL_MAX   63

static const char local_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-";
static const char label_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

bool mail_address_valid(const char *address)
{
    size_t length = strlen(address), local = strspn(address, local_characters), labels = 0;
    if (length > ADDRESS_MAX || local == 0 || local > LOCAL_MAX || address[local] != '@')
        return false;
    for (const char *at = address + local + 1;; at++) {
        size_t label = strspn(at, label_characters);
        if (label == 0 || label > LABEL_MAX)
            return false;
        labels++;
        at += label;
        if (*at == '\0')
            return labels > 1;
        if (*at != '.')
            return false;
    }
}

/* ---- base64 (RFC 2045), with padding ---- */

static char *base64_write(char *to, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        const size_t left = length - i;
        const uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[three & 63] : '=';
    }
    return to;
}

static const char *base64(const char *bytes, size_t length, struct arena *arena)
{
    char *text = arena_alloc(arena, (length + 2) / 3 * 4 + 1);
    *base64_write(text, (const unsigned char *)bytes, length) = '\0';
    return text;
}

/* ---- headers ---- */

static bool is_plain(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < ' ' || *at > '~')
            return false;
    return strlen(text) <= WORD_BYTES && strstr(text, "=?") == NULL;
}

/* How much of it fits into one encoded word, without cutting a character. */
static size_t word_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= WORD_BYTES)
        return length;
    length = WORD_BYTES;
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* A text that nobody can make another header of: what is not plain goes as encoded words, each on its line (RFC 2047).
 */
static const char *header_text(const char *given, struct arena *arena)
{
    char *text = arena_strdup(arena, given);
    const char *words = "";
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '\x7f')
            *at = ' ';
    if (is_plain(text))
        return text;
    for (const char *at = text; *at;) {
        const size_t length = word_length(at);
        words = arena_printf(arena, "%s%s=?UTF-8?B?%s?=", words, at == text ? "" : "\r\n ", base64(at, length, arena));
        at += length;
    }
    return words;
}

/* Sun, 22 Nov 2026 09:15:00 +0000 */
static const char *date_text(int64_t at_us, struct arena *arena)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun",
                                       "Mon", "Tue", "Wed"}; /* 1 January 1970 was a Thursday */
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char iso[TIME_TEXT_SIZE]; /* 2026-11-22T09:15:00.000Z */
    (void)time_format(at_us, iso);
    const size_t weekday = (size_t)(at_us / INT64_C(86400000000) % 7);
    const size_t month = (size_t)(iso[5] - '0') * 10 + (size_t)(iso[6] - '0') - 1;
    return arena_printf(arena, "%s, %.2s %s %.4s %.8s +0000", days[weekday], iso + 8, months[month], iso, iso + 11);
}

/* ---- the body ---- */

static const char *body_lines(const char *text, struct arena *arena)
{
    const size_t length = strlen(text), lines = length / LINE_BYTES + 1;
    char *body = arena_alloc(arena, lines * (76 + 2) + 1), *to = body;
    for (size_t at = 0; at < length; at += LINE_BYTES) {
        const size_t left = length - at;
        to = base64_write(to, (const unsigned char *)text + at, left < LINE_BYTES ? left : LINE_BYTES);
        *to++ = '\r';
        *to++ = '\n';
    }
    *to = '\0';
    return body;
}

const char *mail_message_write(const struct mail_message *message, struct arena *arena, size_t *ret_length)
{
    if (!mail_address_valid(message->from) || !mail_address_valid(message->to))
        return NULL;
    const char *written = arena_printf(
        arena,
        "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s%s>\r\nAuto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Language: %s\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n%s",
        message->from, message->to, header_text(message->subject, arena), date_text(message->at_us, arena),
        message->key, strchr(message->from, '@'), message->language, body_lines(message->text, arena));
    *ret_length = strlen(written);
    return written;
}
