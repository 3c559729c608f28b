/* When agents are away: who may say so, and what becomes of their requests. */
#ifndef OAM_SERVICE_ABSENCE_H
#define OAM_SERVICE_ABSENCE_H

#include "base/json_out.h"
#include "model/absence.h"
#include "service/call.h"

/* Those of the last year and to come, by day: {items, next, prev}. The agent, the head of their unit, supervisors and
   administrators may see and change them; FORBIDDEN to others, NOT_FOUND for an agent that there is not. */
bool absence_list(const struct call *call, const char *login, struct json_out *out);

/* 201 with the absence. ABSENCE_OVERLAPS, DELEGATES_COME_ROUND, and violations of days and delegate. */
bool absence_add(const struct call *call, const char *login, const struct absence_input *input, struct reply *ret);

/* One that has not begun never was, one that runs ends today. NOT_FOUND: there is none, or it is over. */
bool absence_remove(const struct call *call, const char *login, const char *uid);

/*
 * Sees to one absence that begins or ends: to so many of its requests as one transaction takes. As it begins, each open
 * request of the agent stays (its policy is sticky), goes to the delegate while its owner remains the owner, or is
 * assigned anew by its policy; as it ends, what delegates have comes back. Each is told by an event, and done once
 * however many processes try and whenever they are killed. *ret_count: requests seen to and absences finished; 0:
 * nothing was to be done, or another process is at it. For the worker: `call` is the system's.
 */
bool absence_apply(const struct call *call, size_t *ret_count);

#endif
