/* What is asked of an action as the functions of the database take it, with codes made ids. */
#ifndef OAM_SERVICE_ACTION_TEXT_H
#define OAM_SERVICE_ACTION_TEXT_H

#include "model/action.h"
#include "model/request.h"
#include "service/call.h"

/* A new action of `request`: what is not said is what the service and the request are. NULL with every violation. */
const char *action_text_new(const struct call *call, const struct request *request, const struct action_input *input);

/* What changes of one; NULL with every violation. */
const char *action_text_change(const struct call *call, const struct action_input *input);

const char *action_text_milestone(const struct call *call, const struct milestone_input *input);

/* The violations that a list of rules stands for (names, one space between them); always false. `told`, or NULL: what
   of a stock the database tells with them, {"free": 12, "next_on": "2026-11-22"}. */
bool action_text_broken(const struct call *call, const char *rules, const char *told, const char *subject);

/* The same, all of them at one pointer: nothing of what was sent is of the ledger. */
bool action_text_refuse(const struct call *call, const char *rules, const char *pointer);

#endif
