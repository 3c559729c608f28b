/* Who acts for whom in a joint request. */
#ifndef OAM_SERVICE_REQUEST_MEMBER_H
#define OAM_SERVICE_REQUEST_MEMBER_H

#include "service/request_change.h"
#include "service/request_verdict.h"

/* What the actor may do for one body of the request: for the one that leads in what is the request's, for a member in
   what is that member's. `present`: the fields that have a value. */
struct workflow_world request_member_world(const struct request_change *change, const struct directory_body *acting_for,
                                           uint64_t present, const struct call *call);

/* Finds whose event a deed is, and notes it in the deed: NULL when it is the request's. `named` is the code that the
   caller gave, or NULL: then it is the body that the actor acts for, when that can be one only. False with the
   violation. */
bool request_member_find(const struct request_change *change, const char *named, uint64_t present,
                         struct request_deed *deed, const struct call *call, const struct directory_body **ret_member);

/* Whether the actor is told what a member may do: its own people, and the provider's. */
bool request_member_shown(const struct workflow_member_state *member, const struct actor *actor);

#endif
