/* Which events somebody wants to hear of, as an expression (workflow/expression.h) over the event:

       event.type == 'cat.oam.request.transitioned' && event.to in ['granted', 'denied'] &&
   event.service.startsWith('GOV-')

   Known are type, subject, event, from, to, body, service (strings), version (int) and time (timestamp); what an event
   does not have is unset, and an expression that reads it does not hold. */
#ifndef OAM_SERVICE_EVENT_FILTER_H
#define OAM_SERVICE_EVENT_FILTER_H

#include "base/error.h"
#include "service/feed_ring.h"
#include "workflow/expression.h"

#define EVENT_FILTER_BYTES  400
#define EVENT_FILTER_FAULTS 8

/* All that is wrong with the names and types of one, or the first fault of its syntax. */
struct event_filter_faults {
    struct workflow_expression_fault list[EVENT_FILTER_FAULTS];
    size_t n;
};

/* Compiled into the arena, of which it takes 256 KB. NULL, with what is wrong, when it is no expression of events. */
const struct workflow_expression *event_filter_compile(const char *text, struct arena *arena,
                                                       struct event_filter_faults *ret_faults);

/* Violates `pointer` by each of them. */
void event_filter_refuse(struct error *err, const char *pointer, const struct event_filter_faults *faults);

bool event_filter_holds(const struct workflow_expression *filter, const struct feed_event *event);

/* The same; *ret_error is why it could not be told ("division_by_zero", ...), NULL when it could. That an event has
   not what the expression reads is no error. */
bool event_filter_judge(const struct workflow_expression *filter, const struct feed_event *event,
                        const char **ret_error);

#endif
