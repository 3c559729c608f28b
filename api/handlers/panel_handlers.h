/* Panels: who sits on them, and the ballots of a request. */
#ifndef OAM_HANDLERS_PANEL_HANDLERS_H
#define OAM_HANDLERS_PANEL_HANDLERS_H

#include "http/http.h"

bool handle_panel_list(struct context *ctx, struct error *err);
bool handle_panel_read(struct context *ctx, struct error *err);
bool handle_panel_change(struct context *ctx, struct error *err);
bool handle_ballot_list(struct context *ctx, struct error *err);

#endif
