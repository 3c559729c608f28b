/* Comments, internal notes, history. */
#ifndef OAM_HANDLERS_CONVERSATION_HANDLERS_H
#define OAM_HANDLERS_CONVERSATION_HANDLERS_H

#include "http/http.h"

bool handle_comment_list(struct context *ctx, struct error *err);
bool handle_comment_create(struct context *ctx, struct error *err);
bool handle_note_list(struct context *ctx, struct error *err);
bool handle_note_create(struct context *ctx, struct error *err);
bool handle_history_list(struct context *ctx, struct error *err);

#endif
