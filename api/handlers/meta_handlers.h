/* What is told about the service itself: health, metrics, the contract, problem types. No database, ever. */
#ifndef OAM_HANDLERS_META_HANDLERS_H
#define OAM_HANDLERS_META_HANDLERS_H

#include "http/http.h"

bool handle_livez(struct context *ctx, struct error *err);
bool handle_readyz(struct context *ctx, struct error *err);
bool handle_metrics(struct context *ctx, struct error *err);
bool handle_openapi(struct context *ctx, struct error *err);
bool handle_problem_type(struct context *ctx, struct error *err);
bool handle_api_catalog(struct context *ctx, struct error *err);

#endif
