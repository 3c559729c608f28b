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

#define EVENT_FILTER_BYTES 400

/* Compiled into the arena. NULL, with INVALID_PARAMETER and the fault (of `parameter`) in err, when it is no expression
   of events. */
const struct workflow_expression *event_filter_compile(const char *text, const char *parameter, struct arena *arena,
                                                       struct error *err);

bool event_filter_holds(const struct workflow_expression *filter, const struct feed_event *event);

#endif
