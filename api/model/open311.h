/* Open311 GeoReport v2 in our words: what a body publishes, what was reported, how our phases are called there. */
#ifndef OAM_MODEL_OPEN311_H
#define OAM_MODEL_OPEN311_H

#include <stdbool.h>

#include <jansson.h>

#include "base/error.h"

#define OPEN311_SERVICES_MAX 200

/* What a body publishes from now on. */
struct open311_input {
    const json_t *services; /* their codes */
    const char *contact;
    bool publishes_texts;
};

/* Reads {services, contact, publishes_texts?}; all violations at once, in `err`. */
struct open311_input open311_input_from_json(const json_t *json, struct error *err);

/* Where a report is about, and its picture; NULL where it was not said. */
struct open311_report {
    const char *latitude, *longitude; /* decimal numbers as text, both or none */
    const char *address, *address_id, *media_url;
    const char *place; /* the same for people, in one line */
};

/* What mySociety's extension calls a phase and its outcome (NULL while there is none). */
const char *open311_state(const char *phase, const char *outcome);

/* Whether it is one of the states by which other systems tell that a report has ended there. */
bool open311_state_is_closed(const char *state);

/* Whether the extension knows the state, in lower case. */
bool open311_state_is_known(const char *state);

#endif
