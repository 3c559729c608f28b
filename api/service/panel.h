/* Panels: who decides together, and what they have voted. */
#ifndef OAM_SERVICE_PANEL_H
#define OAM_SERVICE_PANEL_H

#include <jansson.h>

#include "model/panel.h"
#include "service/call.h"
#include "service/request_change.h"

/* The panel whose members have a role of a definition, for requests of that unit; NULL where there is none. */
const struct directory_panel *panel_of_role(const struct directory *dir, const struct workflow_role_info *role,
                                            int64_t unit_id);

/* Whether a person votes in a panel today: in a seat of theirs, or of somebody who is away. */
bool panel_has_voter(const struct directory *dir, const struct directory_panel *panel, int64_t user_id, int64_t at_us);

/* Who votes now in a vote of the request, as its events keep them: [{id, login, chair, substitute, conflicts}],
 * arena-owned. */
const json_t *panel_voters(const struct request_change *change, unsigned vote, const struct call *call);

/* Voters as the engine takes them, in the arena. */
const struct workflow_voter *panel_voters_of(const json_t *voters, struct arena *arena, size_t *ret_count);

/* Writes the PanelList, or one Panel; NOT_FOUND. */
bool panel_list(const struct call *call, struct json_out *out);
bool panel_read(const struct call *call, const char *code, struct json_out *out, int64_t *ret_version);

/* Gives a panel that is at `version` its members. */
bool panel_change(const struct call *call, const char *code, int64_t version, const struct panel_input *input,
                  int64_t *ret_version);

/* Writes the BallotList of a request: for the provider's people. */
bool panel_ballots(const struct call *call, const char *ref, struct json_out *out);

#endif
