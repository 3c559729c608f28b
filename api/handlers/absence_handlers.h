/* /agents/{login}/absences */
#ifndef OAM_HANDLERS_ABSENCE_HANDLERS_H
#define OAM_HANDLERS_ABSENCE_HANDLERS_H

#include "http/http.h"

bool handle_absence_list(struct context *ctx, struct error *err);
bool handle_absence_create(struct context *ctx, struct error *err);
bool handle_absence_delete(struct context *ctx, struct error *err);

#endif
