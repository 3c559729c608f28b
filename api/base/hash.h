/* The one hash of the house: FNV-1a of 64 bits (draft-eastlake-fnv). For tables and fingerprints, where nobody gains by
   making two values meet; what must resist somebody is for auth_digest() and auth_mac(). Cursors depend on its values:
   another hash would refuse those of the release before. */
#ifndef OAM_BASE_HASH_H
#define OAM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* `hash`, HASH_START to begin, going on with `length` bytes. */
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The same with a text and its terminator, which parts one text from the next. */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

#endif
