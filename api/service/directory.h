/* What changes rarely and is asked always - territory, catalogue, organisation, definitions - kept in memory.
   A snapshot is immutable; readers hold a reference while they use it, a change makes a new one (directory_refresh,
   called by the relay every second: staleness is bounded by that). */
#ifndef OAM_SERVICE_DIRECTORY_H
#define OAM_SERVICE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "service/calendar_shelf.h"
#include "store/store.h"
#include "workflow/value.h"
#include "workflow/calendar.h"
#include "workflow/workflow.h"

struct directory_text {
    const char *in[TEXT_LANGUAGES];
};

struct directory_comarca {
    const char *code, *name;
    int64_t population;
    int64_t municipalities; /* how many */
};
struct directory_body {
    int64_t id;
    const char *code, *kind, *name, *name_official, *ine5, *province_code;
    const struct directory_comarca *comarca;
    int64_t population;
    bool has_point;
    double latitude, longitude;
    bool active;
    const char *folded; /* names and code, for search_find() */
};
struct directory_area {
    const char *code;
    struct directory_text name;
};
struct directory_unit {
    int64_t id;
    const char *code;
    struct directory_text name;
    const char *area_code; /* or NULL */
};
struct directory_workflow {
    int64_t id;
    const char *key;
    int version;
    char hash[65]; /* hex */
    bool latest;   /* of its key: new requests are pinned to it */
    const struct workflow *workflow;
};
struct directory_service {
    int64_t id;
    const char *code;
    const struct directory_area *area;
    const struct directory_unit *unit;
    struct directory_text name, description;
    const char *support_type, *resource_class, *application, *award_procedure; /* award_procedure may be NULL */
    bool requires_application, joint_request, active;
    int64_t max_population; /* 0: no limit */
    int64_t effort_hours;   /* that a request of it is expected to take */
    int sdg[17];
    size_t n_sdg;
    const struct directory_workflow *workflow; /* latest of its key */
    const char *folded;                        /* code, names and descriptions in every language, for search_find() */
};
struct directory_agent {
    int64_t id, user_id;
    const char *login, *name;
    const struct directory_unit *unit;
    const struct directory_comarca **comarques; /* portfolio by comarca */
    size_t n_comarques;
    const struct directory_body **bodies; /* portfolio by body */
    size_t n_bodies;
    int64_t capacity;
    const int64_t *absent_from, *absent_to; /* days since 1970, both included */
    const int64_t *absent_delegate;         /* agent.id of who acts for them then, 0: whoever always does */
    size_t n_absences;
    const int64_t *delegate_from, *delegate_to, *delegate; /* who acts for them whenever they are away, by days */
    size_t n_delegates;
    const struct workflow_value *skills, *conflicts; /* texts: skill codes; codes of bodies they have an interest in */
    size_t n_skills, n_conflicts;
    bool active;
};

/* A seat of a panel: whose it is, and who votes in it while they are away. */
struct directory_seat {
    int64_t user_id, substitute_id; /* substitute_id 0: nobody */
    const char *login, *name, *substitute, *substitute_name;
    bool active, substitute_active, chair;
    bool is_away;
    int64_t away_from, away_to; /* days since 1970, both included */
    const char *away_first, *away_last;
    const struct directory_body **conflicts;
    size_t n_conflicts;
};
struct directory_panel {
    int64_t id;
    const char *code;
    struct directory_text name;
    const char *team;
    const struct directory_unit *unit; /* NULL: of all */
    int64_t version;
    const struct directory_seat *seats;
    size_t n_seats;
};

/* A body that publishes services through Open311. */
struct directory_open311 {
    const struct directory_body *body;
    const char *contact;
    bool publishes_texts;
    const char *changed_by;
    int64_t changed_at;
    const struct directory_service **services; /* by code */
    size_t n_services;
    const char *key_holders; /* client ids, separated by commas; NULL: nobody */
};

struct directory {
    const struct directory_comarca *comarques;
    size_t n_comarques; /* by code */
    const struct directory_body *bodies;
    size_t n_bodies; /* by code */
    const struct directory_area *areas;
    size_t n_areas; /* by code */
    const struct directory_unit *units;
    size_t n_units; /* by code */
    const struct directory_service *services;
    size_t n_services; /* by code */
    const struct directory_agent *agents;
    size_t n_agents; /* by login */
    const struct directory_panel *panels;
    size_t n_panels; /* by code */
    const struct directory_workflow *workflows;
    size_t n_workflows; /* by key, then version */
    const struct directory_open311 *open311;
    size_t n_open311; /* by code of the body */
    struct workflow_holidays catalunya, aran;
    const struct workflow_holidays *local_holidays; /* of each of `bodies`, in their order */
    const struct directory_body *seat;              /* whose days registers are kept by; NULL before there are bodies */
    int64_t calendar;                               /* revision of holidays and seat */
    const struct directory_body **bodies_by_name;   /* the same n_bodies, as people look for them */
    struct calendar_shelf *shelf;                   /* compiled; NULL in a copy with other holidays */
    const struct directory_index *index;            /* by id; service/directory.c */
    int64_t version, renamed; /* directory_stamp: all changes; those of names that requests show */
    uint64_t fingerprint;     /* of all the rows: the ETag of catalogue answers. Unlike the stamp it does not move with
                                 a touch that changes nothing, and does not repeat in another database. */
};

struct directory_holder; /* the current snapshot, shared by all threads */
struct directory_holder *directory_holder_new(void);
void directory_holder_free(struct directory_holder *holder);

/* Loads a new snapshot when directory_stamp has moved (or none is loaded). False with the error set when the database
   or a stored definition fails; the old snapshot stays. */
bool directory_refresh(struct directory_holder *holder, struct store *store, struct error *err);

/* The current snapshot, referenced until `arena` is reset; NULL before the first load. */
const struct directory *directory_use(struct directory_holder *holder, struct arena *arena);

/* NULL when there is none. By code: binary search; by id: direct. */
const struct directory_body *directory_body_find(const struct directory *dir, const char *code);
const struct directory_body *directory_body_by_id(const struct directory *dir, int64_t id);
const struct directory_comarca *directory_comarca_find(const struct directory *dir, const char *code);
const struct directory_unit *directory_unit_find(const struct directory *dir, const char *code);
const struct directory_unit *directory_unit_by_id(const struct directory *dir, int64_t id);
const struct directory_service *directory_service_find(const struct directory *dir, const char *code);
const struct directory_service *directory_service_by_id(const struct directory *dir, int64_t id);
const struct directory_agent *directory_agent_find(const struct directory *dir, const char *login);
const struct directory_agent *directory_agent_by_id(const struct directory *dir, int64_t id);
const struct directory_panel *directory_panel_find(const struct directory *dir, const char *code);
/* The panel of a team, of one unit (0: of all). */
const struct directory_panel *directory_panel_of(const struct directory *dir, const char *team, int64_t unit_id);
const struct directory_open311 *directory_open311_find(const struct directory *dir, const char *body_code);
const struct directory_workflow *directory_workflow_by_id(const struct directory *dir, int64_t id);
const struct directory_workflow *directory_workflow_latest(const struct directory *dir, const char *key);
const struct directory_workflow *directory_workflow_version(const struct directory *dir, const char *key,
                                                            int64_t version);

/* Whether the agent's portfolio covers the body: by the body itself, by its comarca. */
enum directory_cover { DIRECTORY_COVER_NONE, DIRECTORY_COVER_COMARCA, DIRECTORY_COVER_BODY };
enum directory_cover directory_agent_covers(const struct directory_agent *agent, const struct directory_body *body);
bool directory_agent_absent(const struct directory_agent *agent, int64_t at_us); /* on that day in Europe/Madrid */
bool directory_agent_conflicts(const struct directory_agent *agent, const struct directory_body *body);

/* Who acts for an agent at that moment: the delegate of the absence, or else of the standing delegation, or that one's
   delegate, to the first who is there. NULL: nobody. */
const struct directory_agent *directory_agent_delegate(const struct directory *dir, const struct directory_agent *agent,
                                                       int64_t at_us, struct arena *arena);

int64_t directory_day(int64_t at_us); /* the day that it is in Europe/Madrid, since 1970 */

/* What each agent carries now, in the order of dir->agents: read from the database, since it moves with every filing.
 */
bool directory_agent_loads(const struct directory *dir, struct store *store, const struct actor *actor,
                           struct arena *arena, const int64_t **ret_loads, struct error *err);

#endif
