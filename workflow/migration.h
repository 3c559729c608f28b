/*
 * From one version of a procedure to another: where each request of the old one goes, and the proof that every one of
 * them has a place to go to.
 *
 *     map = workflow_map_read(old, new, ...)     what goes where; what is not said goes to what has the same name
 *     workflow_map_prove(map, ...)               every configuration of the old one has an image that can end
 *     workflow_migrate(map, instance, ...)       one request
 *
 * What is carried over is carried over and what is new is entered: a state that is the image of an active one is not
 * entered again (nothing of it is done twice, its clocks run on), one that is not is entered as by any step.
 *
 * Pure as the rest of the core; maps come from workflow/definition.h.
 */
#ifndef OAM_WORKFLOW_MIGRATION_H
#define OAM_WORKFLOW_MIGRATION_H

#include "workflow/step.h"
#include "workflow/verify.h"

#ifdef __cplusplus
extern "C" {
#endif

struct workflow_map; /* two definitions and what of the one becomes what of the other; they must outlive it */

enum workflow_obstacle_kind {
    WORKFLOW_OBSTACLE_NONE,
    WORKFLOW_OBSTACLE_ENDED,       /* it is over: it stays what it was */
    WORKFLOW_OBSTACLE_STATE,       /* state (old): nothing of the new one is its image */
    WORKFLOW_OBSTACLE_CLASH,       /* the images of what is active cannot be active together */
    WORKFLOW_OBSTACLE_HISTORY,     /* other (new history): what was remembered is not inside of its state */
    WORKFLOW_OBSTACLE_MEMBER,      /* state (old, of a member): its image is no state of members */
    WORKFLOW_OBSTACLE_EFFECT,      /* other (old effect): it was done and nothing of the new one takes it back */
    WORKFLOW_OBSTACLE_FAULT,       /* an expression of the map fails, or what follows never rests */
    WORKFLOW_OBSTACLE_UNREACHABLE, /* no request of the new one ever comes to the image */
    WORKFLOW_OBSTACLE_NO_END,      /* from the image, guards may keep it from an end */
    WORKFLOW_OBSTACLE_WAITS,       /* other (new state): from the image it may wait there for ever */
    WORKFLOW_OBSTACLE_TOO_LARGE    /* memory or steps did not suffice: nothing is proved */
};
enum { WORKFLOW_OBSTACLES = 12 };

/* Returns a stable word: "none", "ended", "state", ... */
const char *workflow_obstacle_key(enum workflow_obstacle_kind kind);

/* Why a request cannot go; numbers are -1 where the kind has none. */
struct workflow_obstacle {
    enum workflow_obstacle_kind kind;
    int state, other;
};

/*
 * Takes one request over. `before` is the world as the old definition sees it (for expressions of the map), `world` as
 * the new one does, with who did what nobody remembered (workflow_map_recalls()); both may be NULL. OK: *ret has the
 * instance of the new definition and what follows from the change: effects of what was entered, clocks, timers, fields.
 * Otherwise *ret_obstacle says why not.
 */
enum workflow_rc workflow_migrate(const struct workflow_map *map, const struct workflow_instance *instance,
                                  const struct workflow_world *before, const struct workflow_world *world,
                                  struct workflow_obstacle *ret_obstacle, struct workflow_out *ret);

/* For an extension: nothing that goes on by itself is looked at, so that it does not matter whether a request is taken
 * over before a step or after it. */
void workflow_map_extends(struct workflow_map *map);

/* What the new definition remembers of who did it and the old one had no reason to, as bits of
 * workflow_witness_event(): `world.acts` of a migration says it, from whatever was recorded. */
uint16_t workflow_map_recalls(const struct workflow_map *map);

/* The old clock that a new one continues; -1 for one that is new or begins anew. */
int workflow_map_clock(const struct workflow_map *map, unsigned clock);

/* A timer of the old definition that was armed and does not go on: of the request, or of a body that takes part. */
struct workflow_left {
    unsigned timer;
    int64_t body;
};
enum { WORKFLOW_LEFT_MAX = WORKFLOW_TIMERS_MAX + 8 * WORKFLOW_MEMBERS_MAX };

/* Lists what does not go on of an instance that was taken over; ret has room for WORKFLOW_LEFT_MAX. */
size_t workflow_map_left(const struct workflow_map *map, const struct workflow_instance *before,
                         const struct workflow_instance *after, struct workflow_left *ret);

enum { WORKFLOW_PROOF_MEMORY = 3 * WORKFLOW_VERIFY_MEMORY };

/* A configuration that has no place to go to, and the shortest way that leads there. */
struct workflow_gap {
    struct workflow_obstacle obstacle;
    struct workflow_states configuration, image; /* of the old, of the new; empty where there is none */
    unsigned n_members, n_way;
    bool way_cut; /* the beginning is left out */
    struct workflow_cause way[WORKFLOW_WAY_MAX];
};

struct workflow_proof {
    size_t n_gaps;                   /* all, those without room too; 0: the map is total */
    unsigned configurations, images; /* of the old; different ones of the new that they come to */
    unsigned steps;
    bool same_regions; /* every image is what its configuration was, state by state */
};

/*
 * Proves that a map is total: walks through every configuration of the old definition, with one to three bodies taking
 * part; each must have an image, which is a configuration that requests of the new one come to, and from which, with
 * the clocks and histories that it brings along, it can end whatever the guards answer. Of gaps with the same obstacle
 * the first is told. Writes at most max of them.
 */
struct workflow_proof workflow_map_prove(const struct workflow_map *map, struct workflow_memory *memory,
                                         struct workflow_gap *ret, size_t max);

#ifdef __cplusplus
}
#endif

#endif
