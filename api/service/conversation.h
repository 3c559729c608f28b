/* What is said about a request: public comments, internal notes, and its history. */
#ifndef OAM_SERVICE_CONVERSATION_H
#define OAM_SERVICE_CONVERSATION_H

#include "service/page_rows.h"

/* Adds a comment that both sides see, or a note for the provider's people (201). */
bool comment_add(const struct call *call, const char *ref, const char *text, bool internal, struct reply *ret);

/* Write {items, next, prev}, oldest first. */
bool comment_list(const struct call *call, const char *ref, bool internal, const struct page_input *page,
                  struct json_out *out, const char **ret_next, const char **ret_prev);
bool history_list(const struct call *call, const char *ref, const struct page_input *page, struct json_out *out,
                  const char **ret_next, const char **ret_prev);

#endif
