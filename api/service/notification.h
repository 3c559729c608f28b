/* What people were told: each sees what is for their roles, and marks for themselves what they have read. */
#ifndef OAM_SERVICE_NOTIFICATION_H
#define OAM_SERVICE_NOTIFICATION_H

#include <jansson.h>

#include "service/call.h"
#include "service/page_rows.h"

#define NOTIFICATION_IDS_MAX 200

#define NOTIFICATION_PAGE_MAX 200

/* Writes {items, next, prev}, the newest first. */
bool notification_list(const struct call *call, bool unread_only, const struct page_input *page, struct json_out *out,
                       const char **ret_next, const char **ret_prev);

/* Reads {"ids": […]}; *ret_count of them. NULL with the violations set. */
const int64_t *notification_ids_from_json(const json_t *json, size_t *ret_count, struct error *err);

/* Marks them as read, those that the caller sees; *ret_marked of them were not yet. */
bool notification_mark(const struct call *call, const int64_t *ids, size_t count, size_t *ret_marked);

#endif
