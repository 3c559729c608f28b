/* What goes on side by side in a request: the steps of the regions of a parallel state. */
#ifndef OAM_SERVICE_REQUEST_PARTS_H
#define OAM_SERVICE_REQUEST_PARTS_H

#include "model/request.h"
#include "workflow/step.h"

#define REQUEST_PARTS_MAX 32

struct request_parts {
    size_t n;
    unsigned steps[REQUEST_PARTS_MAX]; /* states, in document order: one of each region */
};

/* The steps inside the parallel state that stands for the request; none when another kind of state does. */
struct request_parts request_parts_of(const struct request *request, const struct workflow *wf, unsigned state);

/* True when a region has come to its end. */
bool request_part_done(const struct workflow *wf, unsigned step);

/* The role whose move it is: of several parts that wait, the first one's; -1: nobody's. */
int request_parts_awaited(const struct request_parts *parts, const struct workflow *wf, unsigned state);

#endif
