/* Actions, milestones and entries of the ledger as a client writes them. All violations at once, in `err`. */
#ifndef OAM_MODEL_ACTION_H
#define OAM_MODEL_ACTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ACTION_UNITS_MAX      8
#define ACTION_SHARES_MAX     32
#define ACTION_MILESTONES_MAX 24

struct milestone_input {
    const char *key, *title; /* title NULL: stays */
    int64_t weight;          /* 0: stays */
    const char *planned_on, *reached_on;
    bool has_planned, has_reached; /* said, if only with null */
};

struct share_input {
    const char *body;
    int64_t points; /* hundredths of a percent */
};

enum action_day { ACTION_STARTS_ON, ACTION_ENDS_ON, ACTION_STARTED_ON, ACTION_ENDED_ON, ACTION_DAYS };
extern const char *const action_days[ACTION_DAYS]; /* as members are named */

/* A new action, or what changes of one: a NULL text stays, or is what it is by itself. */
struct action_input {
    const char *kind, *title, *unit, *delivery_point, *state;
    bool has_delivery_point, has_units, has_shares;
    const char *day[ACTION_DAYS];
    bool has_day[ACTION_DAYS];
    const char *units[ACTION_UNITS_MAX];
    size_t n_units;
    struct share_input shares[ACTION_SHARES_MAX];
    size_t n_shares;
    struct milestone_input milestones[ACTION_MILESTONES_MAX];
    size_t n_milestones;
};
struct action_input action_input_from_json(const json_t *json, struct error *err);
struct action_input action_patch_from_json(const json_t *json, struct error *err);

struct milestone_input milestone_input_from_json(const json_t *json, const char *base, struct error *err);
struct milestone_input milestone_patch_from_json(const json_t *json, struct error *err);

/* Money is a decimal text with two decimals all the way: no float ever holds it. */
struct amount_input {
    const char *kind, *amount, *on, *reference, *note, *reverses;
    int64_t year; /* 0: that of the day */
};
struct amount_input amount_input_from_json(const json_t *json, struct error *err);

/* "1234.50", "-0.01": up to twelve digits before the point and two behind it, nothing that could be written otherwise;
   not zero. */
bool money_is_valid(const char *text);

#endif
