#include "service/cursor.h"

#include <string.h>

#include "base/hash.h"

#define MAC_SIZE      16
#define POSITION_SIZE 17 /* backwards, key, id */
#define CURSOR_SIZE   (POSITION_SIZE + MAC_SIZE)
#define TEXT_SIZE     64 /* 44 characters of base64url, and room */

uint64_t cursor_kind(const char *const parts[], size_t n_parts)
{
    /* It need not resist anybody: a cursor of another kind only has to be told apart, the MAC guards the rest. */
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < n_parts; i++)
        hash = hash_text(hash, parts[i] != NULL ? parts[i] : "\x01");
    return hash;
}

static void number_write(unsigned char ret[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        ret[i] = (unsigned char)(value >> (56 - 8 * i));
}

static uint64_t number_read(const unsigned char bytes[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The kind is part of what is authenticated but does not travel: who presents the cursor says again what it is for. */
static void cursor_mac(const struct auth *auth, uint64_t kind, const unsigned char position[POSITION_SIZE],
                       unsigned char ret[MAC_SIZE])
{
    unsigned char message[8 + POSITION_SIZE];
    number_write(message, kind);
    memcpy(message + 8, position, POSITION_SIZE);
    auth_mac(auth, message, sizeof message, ret);
}

const char *cursor_encode(struct arena *arena, const struct auth *auth, uint64_t kind, int64_t key, int64_t id,
                          bool backwards)
{
    unsigned char bytes[CURSOR_SIZE];
    char *text = arena_alloc(arena, TEXT_SIZE);
    bytes[0] = backwards ? 1 : 0;
    number_write(bytes + 1, (uint64_t)key);
    number_write(bytes + 9, (uint64_t)id);
    cursor_mac(auth, kind, bytes, bytes + POSITION_SIZE);
    auth_base64url(text, TEXT_SIZE, bytes, sizeof bytes);
    return text;
}

bool cursor_decode(const struct auth *auth, uint64_t kind, const char *text, struct cursor *ret, struct error *err)
{
    unsigned char bytes[CURSOR_SIZE + 1] = {0}, mac[MAC_SIZE];
    size_t length = 0;
    if (auth_base64url_decode(bytes, sizeof bytes, &length, text) && length == CURSOR_SIZE && bytes[0] <= 1) {
        cursor_mac(auth, kind, bytes, mac);
        if (auth_mac_equal(mac, bytes + POSITION_SIZE)) {
            *ret = (struct cursor){.key = (int64_t)number_read(bytes + 1),
                                   .id = (int64_t)number_read(bytes + 9),
                                   .backwards = bytes[0] == 1};
            return true;
        }
    }
    error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    return error_violate(err, "cursor", BAD_CURSOR);
}
