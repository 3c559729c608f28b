#include "model/panel.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"

static const char *read_day(struct json_in *in, const char *name, bool required)
{
    const char *text = json_in_text(in, name, 1, 40, required, false);
    int64_t at;
    if (!text || (strlen(text) == strlen("2026-11-22") && time_parse(text, strlen(text), true, &at)))
        return text;
    error_violate_like(in->err, json_pointer(in->err->arena, in->base, name), "2026-11-22");
    return NULL;
}

/* Away is from a day to a day; neither is said alone. */
static void read_away(struct json_in *in, const json_t *json, struct panel_seat_input *seat)
{
    const bool is_away =
        json_is_string(json_object_get(json, "away_from")) || json_is_string(json_object_get(json, "away_to"));
    seat->away_from = read_day(in, "away_from", is_away);
    seat->away_to = read_day(in, "away_to", is_away);
    if (seat->away_from && seat->away_to && strcmp(seat->away_from, seat->away_to) > 0)
        error_violate(in->err, json_pointer(in->err->arena, in->base, "away_to"), ENDS_BEFORE_IT_BEGINS,
                      seat->away_from);
}

static struct panel_seat_input read_seat(const json_t *json, const char *base, struct error *err)
{
    static const char *const names[] = {"login", "substitute", "chair", "away_from", "away_to", "conflicts", NULL};
    struct json_in in = json_in_object(json, base, err);
    struct panel_seat_input seat = {
        .login = json_in_text(&in, "login", 1, 100, true, false),
        .substitute = json_in_text(&in, "substitute", 1, 100, false, false),
        .chair = json_in_bool(&in, "chair", false),
        .conflicts = json_in_value(&in, "conflicts", JSON_ARRAY, false),
    };
    read_away(&in, json, &seat);
    if (json_array_size(seat.conflicts) > PANEL_CONFLICTS_MAX)
        error_violate(err, json_pointer(err->arena, base, "conflicts"), TOO_MANY, "100");
    json_in_finish(&in, names);
    return seat;
}

struct panel_input panel_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"members", NULL};
    struct json_in in = json_in_object(json, "", err);
    const json_t *members = json_in_value(&in, "members", JSON_ARRAY, true);
    struct panel_input input = {.n_seats = json_array_size(members)};
    json_in_finish(&in, names);
    if (input.n_seats > PANEL_SEATS_MAX) {
        error_violate(err, "/members", TOO_MANY, "32");
        input.n_seats = 0;
    }
    for (size_t i = 0; i < input.n_seats; i++)
        input.seats[i] = read_seat(json_array_get(members, i), json_pointer_index(err->arena, "/members", i), err);
    return input;
}
