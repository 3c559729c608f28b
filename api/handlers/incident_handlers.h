/* Incidents: what a supervisor looks after. */
#ifndef OAM_HANDLERS_INCIDENT_HANDLERS_H
#define OAM_HANDLERS_INCIDENT_HANDLERS_H

#include "http/http.h"

bool handle_incident_list(struct context *ctx, struct error *err);
bool handle_incident_decide(struct context *ctx, struct error *err);

#endif
