/* One page of a list by keyset, in either direction: {items, next, prev}. */
#ifndef OAM_SERVICE_PAGE_ROWS_H
#define OAM_SERVICE_PAGE_ROWS_H

#include "base/json_out.h"
#include "service/call.h"
#include "service/cursor.h"

/* What was read, in the order in which it was read: one more than fits tells that there is more. */
struct page_rows {
    const struct call *call;
    uint64_t kind;           /* cursor_kind() of the list */
    const struct cursor *at; /* where the page begins */
    bool continued;          /* by a cursor, not at the beginning */
    size_t fetched, limit;
    const void *rows;
    void (*write)(const struct page_rows *page, struct json_out *out, size_t row);
    struct cursor (*edge)(const struct page_rows *page, size_t row); /* key and id of that row */
    const void *about;                                               /* whatever the two need besides */
};

/* Writes the page, in the list's own order whichever way it was read, and its cursors; NULL where there is nothing. */
void page_rows_write(const struct page_rows *page, struct json_out *out, const char **ret_next, const char **ret_prev);

#endif
