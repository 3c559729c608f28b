/* From the query of GET /requests to a filter. */
#ifndef OAM_HANDLERS_REQUEST_FILTER_H
#define OAM_HANDLERS_REQUEST_FILTER_H

#include "handlers/answer.h"
#include "service/request_list.h"

/* Fills *ret, which is zero. False with INVALID_PARAMETER and every violation at once: what is no value of its form,
   and of the sets that are closed (states, phases, services, bodies, comarques, agents) what is in none of them, each
   with the value that is nearest to it. */
bool request_filter_read(const struct context *ctx, const struct directory *dir, struct request_filter *ret,
                         struct error *err);

#endif
