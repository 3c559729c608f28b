/* How an integration looks. */
#ifndef OAM_SERVICE_CLIENT_VIEW_H
#define OAM_SERVICE_CLIENT_VIEW_H

#include "base/json_out.h"
#include "service/page_rows.h"
#include "store/store.h"

#define CLIENT_CHANGES_SHOWN 50

/* Columns of client_page, client_page_back and client_read. */
enum {
    CLIENT_ROW_ID,
    CLIENT_ROW_CLIENT_ID,
    CLIENT_ROW_VERSION,
    CLIENT_ROW_NAME,
    CLIENT_ROW_ACTIVE,
    CLIENT_ROW_SCOPES,
    CLIENT_ROW_ALL_BODIES,
    CLIENT_ROW_BODIES,
    CLIENT_ROW_CREATED_AT,
    CLIENT_ROW_CREATED_BY,
    CLIENT_ROW_LAST_USED_AT,
    CLIENT_ROW_PREVIOUS_UNTIL,
    CLIENT_ROW_REVOKED_AT
};

/* One, and what was done to it. */
struct client_rows {
    const struct rows *client, *changes;
};
void client_view(struct json_out *out, const struct client_rows *rows);
/* The same with its secret; NULL: it was told before. */
const char *client_view_made(struct arena *arena, const struct client_rows *rows, const char *secret,
                             size_t *ret_length);

struct client_rotated {
    const char *client_id;
    int64_t version, until; /* until: of the secret before, 0: it is good no more */
};
const char *client_view_rotated(struct arena *arena, const struct client_rotated *rotated, const char *secret,
                                size_t *ret_length);

/* Of a page. */
void client_view_row(const struct page_rows *page, struct json_out *out, size_t row);
struct cursor client_view_edge(const struct page_rows *page, size_t row);

#endif
