/* Open311 GeoReport v2, and mySociety's extension for updates: a thin layer over the same use cases. */
#ifndef OAM_HANDLERS_OPEN311_HANDLERS_H
#define OAM_HANDLERS_OPEN311_HANDLERS_H

#include "http/http.h"

bool handle_open311_discovery(struct context *ctx, struct error *err);
bool handle_open311_services(struct context *ctx, struct error *err);
bool handle_open311_definition(struct context *ctx, struct error *err);
bool handle_open311_requests(struct context *ctx, struct error *err);
bool handle_open311_request(struct context *ctx, struct error *err);
bool handle_open311_file(struct context *ctx, struct error *err);
bool handle_open311_updates(struct context *ctx, struct error *err);
bool handle_open311_update(struct context *ctx, struct error *err);

#endif
