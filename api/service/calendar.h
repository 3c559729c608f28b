/* Calendars as people keep them: who rests when, what was wrong about it, where the seat is. */
#ifndef OAM_SERVICE_CALENDAR_H
#define OAM_SERVICE_CALENDAR_H

#include "base/json_out.h"
#include "model/calendar.h"
#include "service/call.h"

/* A calendar that has a name: "catalunya", "aran", or the ten digits of a body. */
struct calendar_place {
    const char *scope;                 /* as holidays have it: "catalunya", "aran", "local" */
    const struct directory_body *body; /* local: whose */
};

/* Finds it; NOT_FOUND when there is none. */
bool calendar_place_find(const struct directory *dir, const char *code, struct calendar_place *ret, struct error *err);

/* Writes who rests there in a year: its own days and those of wider calendars, by day. */
void calendar_view(struct json_out *out, const struct directory *dir, const struct calendar_place *place, int year);

/* Corrects it in one revision; every running term that it touches is counted anew. */
bool calendar_correct(const struct call *call, const char *code, const struct calendar_input *input, struct reply *ret);

/* Makes a body the one at whose seat registers are kept, if it is not: then every running term is counted anew. INVALID
 * when there are bodies, and none with that code. */
bool calendar_seat_take(struct store *store, const char *code, struct arena *arena, struct error *err);

#endif
