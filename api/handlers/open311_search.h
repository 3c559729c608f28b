/* What a query of Open311 looks for. */
#ifndef OAM_HANDLERS_OPEN311_SEARCH_H
#define OAM_HANDLERS_OPEN311_SEARCH_H

#include "handlers/open311_call.h"
#include "service/open311_read.h"

/* Of requests; all violations at once. *ret_extensions: what the specification does not have is wanted too. */
bool open311_search_read(struct context *ctx, const struct open311_call *at, struct open311_search *ret,
                         bool *ret_extensions, struct error *err);

/* Of updates: those of a time. */
bool open311_search_updates(struct context *ctx, const struct open311_call *at, struct open311_search *ret,
                            struct error *err);

#endif
