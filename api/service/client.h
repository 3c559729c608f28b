/* Integrations as administrators manage them: what they may do, of which bodies, and their secrets. What one of them
   may do no longer, it may not at the next look of every process (service_auth_hear). */
#ifndef OAM_SERVICE_CLIENT_H
#define OAM_SERVICE_CLIENT_H

#include "model/client.h"
#include "service/call.h"
#include "service/page_rows.h"

#define CLIENTS_MAX 2000 /* that are not revoked */

/* Writes {items, next, prev}. */
bool client_list(const struct call *call, const struct page_input *page, struct json_out *out, const char **ret_next,
                 const char **ret_prev);
/* With what was done to it, the newest first. */
bool client_read(const struct call *call, const char *client_id, struct json_out *out);

/* 201 with the client and its secret, which is told this once: the answer that is kept for a repetition has none. */
bool client_add(const struct call *call, const struct client_input *input, struct reply *ret);
/* These three: PRECONDITION_FAILED unless it is at `version`, CONFLICT when it is revoked. */
bool client_edit(const struct call *call, const char *client_id, int64_t version, const struct client_input *input,
                 struct json_out *out, int64_t *ret_version);
bool client_rotate(const struct call *call, const char *client_id, int64_t version, int64_t overlap_hours,
                   struct reply *ret);
bool client_revoke(const struct call *call, const char *client_id, int64_t version);

#endif
