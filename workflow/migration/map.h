/* Inside of a map: what the parser of maps fills (definition/map.c) and the migration reads. */
#ifndef OAM_WORKFLOW_MIGRATION_MAP_H
#define OAM_WORKFLOW_MIGRATION_MAP_H

#include "workflow/engine/run.h"
#include "workflow/migration.h"

enum { MAP_EFFECTS_MAX = 768, MAP_NONE = -1 };

/* A field of the new definition, computed from what the old one knows. */
struct map_set {
    uint16_t field;
    const struct workflow_expression *expression; /* in the environment of the old one */
};

struct workflow_map {
    const struct workflow *from, *to;
    bool settles;                              /* what goes on by itself does so at once: not for an extension */
    int16_t states[WORKFLOW_STATES_MAX];       /* of the old: a state of the new */
    int16_t histories[WORKFLOW_HISTORIES_MAX]; /* of the new: a history of the old; MAP_NONE: it has seen nothing */
    int16_t clocks[WORKFLOW_CLOCKS_MAX];       /* of the new: a clock of the old */
    uint16_t restarts;                         /* clocks of the new that begin with the migration */
    int16_t timers[WORKFLOW_TIMERS_MAX];       /* of the new: a timer of the old that goes on */
    int16_t witnesses[WORKFLOW_WITNESSES_MAX]; /* of the new: a witness of the old */
    int16_t effects[MAP_EFFECTS_MAX];          /* of the old: the same of the new */
    uint64_t fresh;                            /* fields of the new that the old has not: they get their defaults */
    uint16_t n_sets;
    struct map_set sets[WORKFLOW_FIELDS_MAX];
    void *storage; /* the parser's */
};

/* Fills everything that names decide. */
void map_fill(struct workflow_map *map);

/* Whether a clock goes on counting as it did: the same kind of days in the same calendar. */
bool map_clock_counts_alike(const struct workflow_map *map, unsigned from, unsigned to);

/* What an instance of the old definition is in the new one, before anything is entered (carry.c). */
struct carried {
    struct workflow_states states, whole; /* those that are images; with what is entered besides */
    uint16_t stood;                       /* clocks of the new that stood still in the old */
};
bool map_carry(const struct workflow_map *map, const struct workflow_instance *from, const int64_t *acts,
               struct workflow_instance *to, struct carried *ret, struct workflow_obstacle *ret_obstacle);

/* As workflow_migrate(), with `choices` in place of data where they are not NULL (migrate.c). */
bool map_migrate(const struct workflow_map *map, const struct workflow_instance *instance,
                 const struct workflow_world *before, const struct workflow_world *world, struct run_choices *choices,
                 struct workflow_obstacle *ret_obstacle, struct workflow_out *ret);

#endif
