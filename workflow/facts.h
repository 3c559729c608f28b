/*
 * What expressions of a definition read besides its data, fact by fact: the request (`ticket`), a clock
 * (`clock.<id>`), what a vote came to (`event` behind it), who votes (`member` of a panel's `recuse`). Whoever tells
 * these and whoever compiles the expressions go by the same tables, so that a name is known to both or to neither.
 */
#ifndef OAM_WORKFLOW_FACTS_H
#define OAM_WORKFLOW_FACTS_H

#include "workflow/calendar.h"
#include "workflow/expression.h"

#ifdef __cplusplus
extern "C" {
#endif

enum workflow_ticket_fact {
    WORKFLOW_TICKET_ENTITY, /* official codes: of the body, its county, the service, its area, the unit */
    WORKFLOW_TICKET_COMARCA,
    WORKFLOW_TICKET_SERVICE,
    WORKFLOW_TICKET_SUBJECT_AREA,
    WORKFLOW_TICKET_UNIT,
    WORKFLOW_TICKET_POPULATION
};
enum { WORKFLOW_TICKET_FACTS = 6, WORKFLOW_CLOCK_FACTS = 4, WORKFLOW_TALLY_FACTS = 4, WORKFLOW_VOTER_FACTS = 5 };

/* Each is a map of the facts that it has. */
extern const struct workflow_type workflow_ticket_type, workflow_clock_type, workflow_voter_type;
/* "yes", "no", "abstained" and "score", with their types. */
extern const struct workflow_member workflow_tally_members[WORKFLOW_TALLY_FACTS];

/* Returns the name of a fact, "entity" to "population". */
const char *workflow_ticket_key(enum workflow_ticket_fact fact);

/* Tells `clock.<id>` at an instant; it lives in ret_pairs. */
struct workflow_value workflow_clock_facts(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                                           int64_t now_us, struct workflow_value ret_pairs[2 * WORKFLOW_CLOCK_FACTS]);

#ifdef __cplusplus
}
#endif

#endif
