/* The members of a panel as a client writes them. */
#ifndef OAM_MODEL_PANEL_H
#define OAM_MODEL_PANEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define PANEL_SEATS_MAX     32 /* as many as ballots of a vote */
#define PANEL_CONFLICTS_MAX 100

struct panel_seat_input {
    const char *login, *substitute;
    bool chair;
    const char *away_from, *away_to; /* days as given, or both NULL */
    const json_t *conflicts;         /* codes of bodies, or NULL */
};

struct panel_input {
    struct panel_seat_input seats[PANEL_SEATS_MAX];
    size_t n_seats;
};

/* {"members": [...]}; all violations at once, in `err`. */
struct panel_input panel_input_from_json(const json_t *json, struct error *err);

#endif
