/* From a path to a route: a trie of segments built once; matching allocates only where a value has escapes to decode.
 */
#ifndef OAM_HTTP_ROUTER_H
#define OAM_HTTP_ROUTER_H

#include "http/http.h"

struct router;

/* A segment is written out, or is a parameter, "{ref}"; either may end in a parameter of what follows its last dot:
   "requests.{format}", "{id}.{format}". Refuses (NULL, complaint) a path that is malformed, a route that is there
   twice, or an unknown method. */
struct router *router_new(const struct route *routes, size_t n_routes, char *complaint, size_t complaint_size);
void router_free(struct router *router);

enum router_outcome {
    ROUTER_FOUND,
    ROUTER_UNKNOWN_PATH,  /* 404 */
    ROUTER_OTHER_METHODS, /* 405, or the answer to OPTIONS: allow says which */
    ROUTER_BAD_PATH,      /* 400: bad escape, %00, %2f, invalid UTF-8 */
};
struct router_match {
    const struct route *route;
    size_t index;                             /* of the route in the table */
    const char *params[HTTP_PATH_PARAMS_MAX]; /* decoded, arena-owned */
    const char *allow;                        /* static: "GET, HEAD, OPTIONS, POST" */
    bool has_patch;
};
/* `path` is raw, without the query. HEAD matches GET. */
enum router_outcome router_match(const struct router *router, const char *method, const char *path, size_t length,
                                 struct arena *arena, struct router_match *ret);

#endif
