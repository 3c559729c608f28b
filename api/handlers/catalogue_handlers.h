/* /services: the catalogue and its forms, from memory. */
#ifndef OAM_HANDLERS_CATALOGUE_HANDLERS_H
#define OAM_HANDLERS_CATALOGUE_HANDLERS_H

#include "http/http.h"

bool handle_service_list(struct context *ctx, struct error *err);
bool handle_service_read(struct context *ctx, struct error *err);
bool handle_service_form(struct context *ctx, struct error *err);

#endif
