/* Joint requests: several bodies that ask for one thing. The body that files leads; the others are named in the field
   that the definition's `each` is over, asked there, and adhere or not. */
#ifndef OAM_SERVICE_JOINT_H
#define OAM_SERVICE_JOINT_H

#include <jansson.h>

#include "base/json_out.h"
#include "model/request.h"
#include "service/call.h"
#include "service/request_stand.h"

/* Who names whom for what. */
struct joint_naming {
    const struct workflow *wf;
    const struct directory *directory;
    const struct directory_service *service; /* what bodies are named for; NULL: nobody asks whether it may be */
    const struct directory_body *lead;
    const char *base; /* JSON pointer of the object that `data` is a member of */
};

/* Checks the bodies that `data` (may be NULL) names, with every violation in err, and returns it as it is to be kept:
   the body that leads is always one of them, and the first. What names nobody is returned as it is. */
const json_t *joint_settle(const struct joint_naming *naming, const json_t *data, struct error *err);

/* The bodies that a request's values (request_world_data()) name, arena-owned: none where nobody can take part. */
const int64_t *joint_named(const struct workflow *wf, const struct workflow_value *values,
                           const struct directory *directory, struct arena *arena, size_t *ret_count);

/* Whether its data (JSON) name more than one body. */
bool joint_is_named(const struct workflow *wf, const char *data);

/* Whether a member's body takes part: it was asked and has not left. */
bool joint_takes_part(const struct workflow *wf, const struct workflow_member_state *member);

/* The bodies beside the one that leads which take part, in the order of their numbers, as PostgreSQL writes a bigint[];
   NULL where nobody was asked. */
const char *joint_adhered(const struct workflow *wf, const struct workflow_instance *instance, int64_t lead_id,
                          struct arena *arena);

/* Writes the `members` of a Status: every body that was asked, and where it stands. */
void joint_members_view(struct json_out *out, const struct request *request, const struct directory *directory,
                        enum text_language language);

/* Writes the same with those who are named only, whom nobody has asked yet. */
void joint_named_view(struct json_out *out, const struct request *request, const struct request_stand *stand,
                      const struct workflow *wf, const struct call *call);

#endif
