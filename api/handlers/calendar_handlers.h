/* Calendars: who rests when, and corrections. */
#ifndef OAM_HANDLERS_CALENDAR_HANDLERS_H
#define OAM_HANDLERS_CALENDAR_HANDLERS_H

#include "http/http.h"

bool handle_calendar_read(struct context *ctx, struct error *err);
bool handle_calendar_correct(struct context *ctx, struct error *err);

#endif
