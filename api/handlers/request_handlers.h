/* /requests: file, list, edit, transitions, assignment. */
#ifndef OAM_HANDLERS_REQUEST_HANDLERS_H
#define OAM_HANDLERS_REQUEST_HANDLERS_H

#include "http/http.h"

bool handle_request_list(struct context *ctx, struct error *err);
bool request_list_ask(struct context *ctx, struct tx **ret_company, struct error *err); /* its route.ask */
bool request_list_from_memory(struct context *ctx);                                     /* its route.from_memory */
bool handle_request_create(struct context *ctx, struct error *err);
bool handle_request_batch(struct context *ctx, struct error *err);
bool handle_request_edit(struct context *ctx, struct error *err);
bool handle_transition_list(struct context *ctx, struct error *err);
bool handle_transition_perform(struct context *ctx, struct error *err);
bool handle_member_list(struct context *ctx, struct error *err);
bool handle_member_invite(struct context *ctx, struct error *err);
bool handle_assignment_read(struct context *ctx, struct error *err);
bool handle_assignment_change(struct context *ctx, struct error *err);

#endif
