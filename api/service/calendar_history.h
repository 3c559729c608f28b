/* Holidays and seat as they were: what was counted by an earlier revision of the calendars is counted by it again. */
#ifndef OAM_SERVICE_CALENDAR_HISTORY_H
#define OAM_SERVICE_CALENDAR_HISTORY_H

#include "service/calendars.h"

struct calendar_history;

/* Queues the reading of what has changed since a revision, and takes it when it has come. Arena-owned, points into the
 * directory; what was before that revision it does not know. */
struct calendar_history *calendar_history_queue(struct tx *tx, const struct directory *dir, int64_t since,
                                                struct arena *arena);
void calendar_history_take(struct calendar_history *history);

/* The directory with the holidays and the seat of a revision; everything else is as it is now. The same revision is the
 * same directory. */
const struct directory *calendar_history_at(struct calendar_history *history, int64_t revision);

/* Of the days from from_day to to_day, at most max that rest otherwise now than at a revision, in the places whose
 * bodies are given. Returns how many were written. */
size_t calendar_history_changes(struct calendar_history *history, int64_t revision,
                                const struct calendar_bodies *bodies, int32_t from_day, int32_t to_day,
                                struct workflow_day_change *ret_changes, size_t max);

#endif
