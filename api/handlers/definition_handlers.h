/* Definitions as documents: judged for who writes them, drawn for who reads them. */
#ifndef OAM_HANDLERS_DEFINITION_HANDLERS_H
#define OAM_HANDLERS_DEFINITION_HANDLERS_H

#include "http/http.h"

bool handle_workflow_validate(struct context *ctx, struct error *err);
bool handle_workflow_simulate(struct context *ctx, struct error *err);
bool handle_workflow_replay(struct context *ctx, struct error *err);
bool handle_workflow_diagram(struct context *ctx, struct error *err);

#endif
