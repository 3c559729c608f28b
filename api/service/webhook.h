/* Webhooks as their owners see them: an integration its own, an administrator everybody's. Foreign is missing. */
#ifndef OAM_SERVICE_WEBHOOK_H
#define OAM_SERVICE_WEBHOOK_H

#include "model/webhook.h"
#include "service/call.h"
#include "service/page_rows.h"

#define WEBHOOKS_MAX            20    /* of one integration */
#define WEBHOOK_OVERLAP_HOURS   24    /* a secret is still good for so long after the next one was made */
#define WEBHOOK_REDELIVERY_MOST 10000 /* sent again by one call */
#define WEBHOOK_REDELIVERY_LOOK 50000 /* of the log, that one call looks at */

/* Writes {items, next, prev}. */
bool webhook_list(const struct call *call, const struct page_input *page, struct json_out *out, const char **ret_next,
                  const char **ret_prev);
bool webhook_read(const struct call *call, const char *uid, struct json_out *out);

/* 201 with the webhook and its secret, which is told this once: the answer that is kept for a repetition has none. */
bool webhook_add(const struct call *call, const struct webhook_input *input, struct reply *ret);
/* PRECONDITION_FAILED unless it is at `version`. */
bool webhook_edit(const struct call *call, const char *uid, int64_t version, const struct webhook_input *input,
                  struct json_out *out, int64_t *ret_version);
bool webhook_remove(const struct call *call, const char *uid, int64_t version);

/* 200 with a new secret; the one before it signs as well for WEBHOOK_OVERLAP_HOURS. */
bool webhook_rotate(const struct call *call, const char *uid, struct reply *ret);

/* ---- webhook_delivery.c ---- */

/* 202 with the id of the delivery that says no more than that it is one. */
bool webhook_ping(const struct call *call, const char *uid, struct reply *ret);
/* 202 with how many are sent again, under their ids, and the position behind which there is more of what was asked. */
bool webhook_redeliver(const struct call *call, const char *uid, const struct redelivery_input *input,
                       struct reply *ret);
/* Writes {items, next, prev}, the newest first; `state` NULL: all. */
bool webhook_deliveries(const struct call *call, const char *uid, const char *state, const struct page_input *page,
                        struct json_out *out, const char **ret_next, const char **ret_prev);

/* The row of one that the caller may see: its id, and its version if wanted; 0 with NOT_FOUND. */
int64_t webhook_find(const struct call *call, struct tx *tx, const char *uid);

#endif
