/* Whether a message that came to a webhook is the desk's: Standard Webhooks 1.0.0. */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_MIN 24
#define SECRET_MAX 64
#define PREFIX     "whsec_"

static int digit_of(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Strict base64 of `length` characters, with its padding; the number of bytes, -1 when it is none or too long. */
static int base64_read(const char *text, size_t length, unsigned char *ret, size_t size)
{
    size_t used = 0;
    if (length == 0 || length % 4 != 0)
        return -1;
    for (size_t i = 0; i < length; i += 4) {
        const bool last = i + 4 == length;
        const int padding = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        uint32_t bits = 0;
        for (size_t j = 0; j < 4; j++) {
            const int digit = (int)j >= 4 - padding ? 0 : digit_of(text[i + j]);
            if (digit < 0)
                return -1;
            bits = bits << 6 | (uint32_t)digit;
        }
        const size_t n = (size_t)(3 - padding);
        if (used + n > size || (padding > 0 && (bits & (padding == 1 ? 0xffu : 0xffffu)) != 0))
            return -1;
        for (size_t j = 0; j < n; j++)
            ret[used++] = (unsigned char)(bits >> (16 - 8 * j));
    }
    return (int)used;
}

static bool same(const unsigned char *a, const unsigned char *b, size_t length)
{
    unsigned char differs = 0;
    for (size_t i = 0; i < length; i++)
        differs |= a[i] ^ b[i];
    return differs == 0;
}

/* One of the signatures of the header, of version 1; others are for others. */
static bool one_matches(const char *header, const unsigned char wanted[OAMI_SHA256])
{
    bool found = false;
    for (const char *at = header; *at; at += strspn(at, " ")) {
        unsigned char given[OAMI_SHA256];
        const size_t length = strcspn(at, " ");
        if (length > 3 && memcmp(at, "v1,", 3) == 0 &&
            base64_read(at + 3, length - 3, given, sizeof given) == OAMI_SHA256)
            found = same(given, wanted, sizeof given) || found;
        at += length;
    }
    return found;
}

static bool seconds_of(const char *text, int64_t *ret)
{
    const size_t length = strlen(text);
    if (length == 0 || length > 12 || strspn(text, "0123456789") != length)
        return false;
    *ret = strtoll(text, NULL, 10);
    return true;
}

enum oam_result oam_webhook_verify(const char *secret, const struct oam_webhook_message *message, int64_t now_s,
                                   unsigned tolerance_s, struct oam_error *err)
{
    unsigned char key[SECRET_MAX], wanted[OAMI_SHA256];
    int64_t sent_s = 0;
    oami_error_clear(err);
    if (!secret || !message || !message->id || !message->timestamp || !message->signature ||
        (!message->body && message->body_length > 0))
        return oami_fail(err, OAM_E_ARGUMENT, "webhook_incomplete", "The secret, a header or the body is missing.");
    const char *text = strncmp(secret, PREFIX, strlen(PREFIX)) == 0 ? secret + strlen(PREFIX) : secret;
    const int key_length = base64_read(text, strlen(text), key, sizeof key);
    if (key_length < SECRET_MIN)
        return oami_fail(err, OAM_E_ARGUMENT, "webhook_secret", "That is no secret of a webhook: whsec_ and base64.");
    if (!seconds_of(message->timestamp, &sent_s) || sent_s - (int64_t)tolerance_s > now_s ||
        sent_s + (int64_t)tolerance_s < now_s) { /* whatever the clock says: what was sent is small */
        explicit_bzero(key, sizeof key);
        return oami_fail(err, OAM_E_AUTH, "webhook_stale",
                         "It was not sent now: an old message, or a clock that is wrong.");
    }
    const struct oami_piece pieces[] = {{message->id, strlen(message->id)},
                                        {".", 1},
                                        {message->timestamp, strlen(message->timestamp)},
                                        {".", 1},
                                        {message->body ? message->body : "", message->body_length}};
    oami_hmac_sha256(key, (size_t)key_length, pieces, sizeof pieces / sizeof *pieces, wanted);
    explicit_bzero(key, sizeof key);
    if (!one_matches(message->signature, wanted))
        return oami_fail(err, OAM_E_AUTH, "webhook_signature", "Nobody who knows the secret has signed this.");
    return OAM_OK;
}
