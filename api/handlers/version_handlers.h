/* Versions of procedures: published, listed, and requests taken over from one to another. */
#ifndef OAM_HANDLERS_VERSION_HANDLERS_H
#define OAM_HANDLERS_VERSION_HANDLERS_H

#include "http/http.h"

bool handle_workflow_publish(struct context *ctx, struct error *err);
bool handle_workflow_versions(struct context *ctx, struct error *err);
bool handle_migration_create(struct context *ctx, struct error *err);
bool handle_migration_read(struct context *ctx, struct error *err);

#endif
