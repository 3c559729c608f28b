/* /workflows: the definitions that new requests run on, from memory. */
#ifndef OAM_HANDLERS_WORKFLOW_HANDLERS_H
#define OAM_HANDLERS_WORKFLOW_HANDLERS_H

#include "http/http.h"

bool handle_workflow_list(struct context *ctx, struct error *err);
bool handle_workflow_read(struct context *ctx, struct error *err);

#endif
