/* Calendars as people keep them: where the seat is. */
#ifndef OAM_SERVICE_CALENDAR_H
#define OAM_SERVICE_CALENDAR_H

#include "service/call.h"

/* Makes a body the one at whose seat registers are kept, if it is not: then every running term is counted anew. INVALID
 * when there are bodies, and none with that code. */
bool calendar_seat_take(struct store *store, const char *code, struct arena *arena, struct error *err);

#endif
