/* Who sits on panels, told and changed. */
#include <string.h>

#include "base/json_in.h"
#include "service/panel.h"
#include "store/array.h"

static void seat_view(struct json_out *out, const struct directory_seat *seat)
{
    json_out_object_begin(out);
    json_out_member_text(out, "login", seat->login);
    json_out_member_text(out, "name", seat->name);
    json_out_member_bool(out, "chair", seat->chair);
    json_out_member_text(out, "substitute", seat->substitute);
    json_out_member_text(out, "substitute_name", seat->substitute_name);
    json_out_member_text(out, "away_from", seat->away_first);
    json_out_member_text(out, "away_to", seat->away_last);
    json_out_name(out, "conflicts");
    json_out_array_begin(out);
    for (size_t i = 0; i < seat->n_conflicts; i++)
        json_out_text(out, seat->conflicts[i]->code);
    json_out_array_end(out);
    json_out_object_end(out);
}

static void panel_view(struct json_out *out, const struct call *call, const struct directory_panel *panel)
{
    json_out_object_begin(out);
    json_out_member_text(out, "code", panel->code);
    json_out_member_number(out, "version", panel->version);
    json_out_member_text(out, "name", panel->name.in[call->language]);
    json_out_member_text(out, "team", panel->team);
    json_out_member_text(out, "unit", panel->unit ? panel->unit->code : NULL);
    json_out_name(out, "members");
    json_out_array_begin(out);
    for (size_t i = 0; i < panel->n_seats; i++)
        seat_view(out, &panel->seats[i]);
    json_out_array_end(out);
    json_out_object_end(out);
}

bool panel_list(const struct call *call, struct json_out *out)
{
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < call->directory->n_panels; i++)
        panel_view(out, call, &call->directory->panels[i]);
    json_out_array_end(out);
    json_out_member_text(out, "next", NULL);
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
    return true;
}

bool panel_read(const struct call *call, const char *code, struct json_out *out, int64_t *ret_version)
{
    const struct directory_panel *panel = directory_panel_find(call->directory, code);
    if (!panel)
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_PANEL, code);
    *ret_version = panel->version;
    panel_view(out, call, panel);
    return true;
}

/* ---- changing ---- */

static bool is_known(const struct rows *people, const char *login)
{
    for (size_t row = 0; row < rows_count(people); row++)
        if (strcmp(rows_text(people, row, 0), login) == 0)
            return true;
    return false;
}

static void check_conflicts(const struct panel_seat_input *seat, const char *base, const struct call *call)
{
    const char *under = json_pointer(call->arena, base, "conflicts");
    for (size_t i = 0; i < json_array_size(seat->conflicts); i++) {
        const char *code = json_string_value(json_array_get(seat->conflicts, i));
        if (!code || !directory_body_find(call->directory, code))
            error_violate(call->err, json_pointer_index(call->arena, under, i), NO_SUCH_BODY, code ? code : "");
    }
}

/* The provider's people sit, each in one seat; one of them presides. */
static bool check_seats(const struct panel_input *input, const struct rows *people, const struct call *call)
{
    size_t chairs = 0;
    for (size_t i = 0; i < input->n_seats; i++) {
        const struct panel_seat_input *seat = &input->seats[i];
        const char *base = json_pointer_index(call->arena, "/members", i);
        chairs += seat->chair;
        if (!is_known(people, seat->login))
            error_violate(call->err, json_pointer(call->arena, base, "login"), NO_SUCH_PERSON, seat->login);
        if (seat->substitute && !is_known(people, seat->substitute))
            error_violate(call->err, json_pointer(call->arena, base, "substitute"), NO_SUCH_PERSON, seat->substitute);
        if (seat->substitute && strcmp(seat->substitute, seat->login) == 0)
            error_violate(call->err, json_pointer(call->arena, base, "substitute"), NAMED_TWICE, seat->login);
        for (size_t j = 0; j < i; j++)
            if (strcmp(input->seats[j].login, seat->login) == 0)
                error_violate(call->err, json_pointer(call->arena, base, "login"), NAMED_TWICE, seat->login);
        check_conflicts(seat, base, call);
    }
    if (input->n_seats > 0 && chairs != 1)
        error_violate(call->err, "/members", ONE_CHAIR);
    return !error_is_set(call->err);
}

static const char *seats_text(const struct panel_input *input, struct arena *arena)
{
    struct json_out out = json_out_new(arena, 1024);
    json_out_array_begin(&out);
    for (size_t i = 0; i < input->n_seats; i++) {
        const struct panel_seat_input *seat = &input->seats[i];
        json_out_object_begin(&out);
        json_out_member_text(&out, "login", seat->login);
        json_out_member_text(&out, "substitute", seat->substitute);
        json_out_member_bool(&out, "chair", seat->chair);
        json_out_member_text(&out, "away_from", seat->away_from);
        json_out_member_text(&out, "away_to", seat->away_to);
        json_out_name(&out, "conflicts");
        json_out_array_begin(&out);
        for (size_t j = 0; j < json_array_size(seat->conflicts); j++)
            json_out_text(&out, json_string_value(json_array_get(seat->conflicts, j)));
        json_out_array_end(&out);
        json_out_object_end(&out);
    }
    json_out_array_end(&out);
    return json_out_finish(&out, NULL);
}

static const char *logins(const struct panel_input *input, struct arena *arena)
{
    const char *names[2 * PANEL_SEATS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < input->n_seats; i++) {
        names[n++] = input->seats[i].login;
        if (input->seats[i].substitute)
            names[n++] = input->seats[i].substitute;
    }
    return array_of_texts(arena, names, n);
}

bool panel_change(const struct call *call, const char *code, int64_t version, const struct panel_input *input,
                  int64_t *ret_version)
{
    const struct rows *people = NULL, *changed = NULL;
    tx_auto struct tx tx = {0};
    if (!directory_panel_find(call->directory, code))
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_PANEL, code);
    if (!tx_begin(&tx, call->store, TX_WRITE, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_PANEL_PEOPLE, &people, param_text(logins(input, call->arena)),
           param_number(directory_day(call->now)));
    if (!tx_flush(&tx) || !check_seats(input, people, call))
        return false;
    tx_run(&tx, QUERY_PANEL_SEAT_ALL, &changed, param_text(code), param_number(version),
           param_text(seats_text(input, call->arena)), param_text(call->actor->principal), param_time(call->now));
    if (!tx_flush(&tx))
        return false;
    *ret_version = rows_number(changed, 0, 0);
    if (*ret_version < 0) {
        call->err->current_version = -*ret_version;
        return error_set(call->err, ERROR_PRECONDITION_FAILED, TEXT_DETAIL_STALE_VERSION);
    }
    if (!tx_commit(&tx))
        return false;
    return true;
}
