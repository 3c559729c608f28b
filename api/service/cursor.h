/* Where a page of a list ends, as an opaque text for ?cursor=: a keyset position under a MAC. It holds for the list,
   the filters and the sort that it was made for; any other use of it is a 400. */
#ifndef OAM_SERVICE_CURSOR_H
#define OAM_SERVICE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/error.h"

/* What a cursor belongs to: name of the list, sort, each filter in a fixed order. An absent one is NULL, which is not
 * "". */
uint64_t cursor_kind(const char *const parts[], size_t n_parts);

struct cursor {
    int64_t key, id; /* the row at the edge of the page: what the list is sorted by, and what breaks ties */
    bool backwards;  /* the page wanted ends before that row: what `prev` says */
};

/* 44 characters of base64url, arena-owned. */
const char *cursor_encode(struct arena *arena, const struct auth *auth, uint64_t kind, int64_t key, int64_t id,
                          bool backwards);

/* False, with the violation BAD_CURSOR of the parameter `cursor` (INVALID_PARAMETER, 400), when it is not one that we
   made for this kind. */
bool cursor_decode(const struct auth *auth, uint64_t kind, const char *text, struct cursor *ret, struct error *err);

#endif
