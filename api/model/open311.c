#include "model/open311.h"

#include <string.h>

#include "base/json_in.h"

#define CONTACT_MAX 250

struct open311_input open311_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"services", "contact", "publishes_texts", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct open311_input input = {
        .services = json_in_value(&in, "services", JSON_ARRAY, true),
        .contact = json_in_text(&in, "contact", 1, CONTACT_MAX, true, false),
        .publishes_texts = json_in_bool(&in, "publishes_texts", false),
    };
    if (input.services && json_array_size(input.services) == 0)
        error_violate(err, "/services", TOO_SHORT, "1");
    if (json_array_size(input.services) > OPEN311_SERVICES_MAX)
        error_violate(err, "/services", TOO_MANY, "200");
    json_in_finish(&in, names);
    return input;
}

const char *open311_state(const char *phase, const char *outcome)
{
    static const struct {
        const char *phase, *outcome, *state;
    } rows[] = {
#define OPEN311_STATE(phase_, outcome_, state_) {phase_, outcome_, state_},
#include "model/open311_states.def"
#undef OPEN311_STATE
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].phase, phase) == 0 &&
            (!rows[i].outcome || (outcome && strcmp(rows[i].outcome, outcome) == 0)))
            return rows[i].state;
    return strcmp(phase, "end") == 0 ? "closed" : "open";
}

static bool is_among(const char *state, const char *const states[])
{
    for (size_t i = 0; states[i]; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

static const char *const closed_states[] = {
    "closed", "fixed", "duplicate", "not_councils_responsibility", "no_further_action", "cancelled", NULL};
static const char *const open_states[] = {
    "open", "in_progress", "action_scheduled", "investigating", "internal_referral", "reopen", "for_triage", NULL};

bool open311_state_is_closed(const char *state)
{
    return is_among(state, closed_states);
}

bool open311_state_is_known(const char *state)
{
    return is_among(state, closed_states) || is_among(state, open_states);
}
