/* One page of a list by keyset, in either direction: {items, next, prev}. */
#ifndef OAM_SERVICE_PAGE_ROWS_H
#define OAM_SERVICE_PAGE_ROWS_H

#include "base/json_out.h"
#include "service/call.h"
#include "service/cursor.h"

/* A page as it is asked for. */
struct page_input {
    int limit;
    const char *cursor; /* as given, or NULL */
};

/* What was read, in the order in which it was read: one more than fits tells that there is more. */
struct page_rows {
    const struct call *call;
    uint64_t kind;    /* cursor_kind() of the list */
    struct cursor at; /* where the page begins; before page_rows_begin() where the list does */
    bool continued;   /* by a cursor, not at the beginning */
    size_t fetched, limit;
    const struct rows *rows; /* of one statement: page_rows_finish() */
    void (*write)(const struct page_rows *page, struct json_out *out, size_t row);
    struct cursor (*edge)(const struct page_rows *page, size_t row); /* key and id of that row */
    const void *about;                                               /* whatever the two need besides */
};

/* A list's page, from where it is asked for: false, with the error set, when its cursor is none of the list that
   `parts` name. One statement is to read it then, from `at` on, of one row more than `limit`, into `rows`. */
bool page_rows_begin(struct page_rows *page, const struct page_input *asked, const char *const parts[], size_t n_parts);

/* Ends it: what was read is written. False, with the error set: it was not read. */
bool page_rows_finish(struct page_rows *page, struct tx *tx, struct json_out *out, const char **ret_next,
                      const char **ret_prev);

/* Writes the page, in the list's own order whichever way it was read, and its cursors; NULL where there is nothing. */
void page_rows_write(const struct page_rows *page, struct json_out *out, const char **ret_next, const char **ret_prev);

#endif
