/* The API as one table. */
#ifndef OAM_HANDLERS_ROUTES_H
#define OAM_HANDLERS_ROUTES_H

#include "http/http.h"

extern const struct route routes[];
extern const size_t route_count;

#endif
