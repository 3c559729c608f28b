/* Actions of a request, their milestones and their money. */
#ifndef OAM_HANDLERS_ACTION_HANDLERS_H
#define OAM_HANDLERS_ACTION_HANDLERS_H

#include "http/http.h"

bool handle_action_list(struct context *ctx, struct error *err);
bool handle_action_create(struct context *ctx, struct error *err);
bool handle_action_read(struct context *ctx, struct error *err);
bool handle_action_change(struct context *ctx, struct error *err);
bool handle_milestone_create(struct context *ctx, struct error *err);
bool handle_milestone_change(struct context *ctx, struct error *err);
bool handle_amount_list(struct context *ctx, struct error *err);
bool handle_amount_create(struct context *ctx, struct error *err);

/* All of a body, in one look. */
bool handle_body_summary(struct context *ctx, struct error *err);

#endif
