/* Panels, and who sits on each. */
#include "service/directory_load.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEAT_PANEL_ID,
    SEAT_USER_ID,
    SEAT_LOGIN,
    SEAT_NAME,
    SEAT_ACTIVE,
    SEAT_SUBSTITUTE_ID,
    SEAT_SUBSTITUTE,
    SEAT_SUBSTITUTE_NAME,
    SEAT_SUBSTITUTE_ACTIVE,
    SEAT_CHAIR,
    SEAT_AWAY_FROM,
    SEAT_AWAY_TO,
    SEAT_AWAY_FIRST,
    SEAT_AWAY_LAST,
    SEAT_CONFLICTS
};

/* "12,15": as many bodies as there are commas, and one. */
static bool load_conflicts(struct load *load, struct directory_seat *seat)
{
    const char *text = cell_peek(load, SEAT_CONFLICTS);
    if (!text || !*text)
        return true;
    size_t room = 1;
    for (const char *at = text; *at; at++)
        room += *at == ',';
    seat->conflicts = arena_alloc(load->arena, room * sizeof *seat->conflicts);
    while (*text) {
        char *end;
        const struct directory_body *body = directory_body_by_id(load->dir, strtoll(text, &end, 10));
        if (!body)
            return load_inconsistent(load, "panel_seat.conflicts", seat->login);
        seat->conflicts[seat->n_conflicts++] = body;
        text = *end == ',' ? end + 1 : end;
    }
    return true;
}

static bool load_seat(struct load *load, struct directory_seat *seat)
{
    *seat = (struct directory_seat){
        .user_id = cell_number(load, SEAT_USER_ID),
        .login = cell_text(load, SEAT_LOGIN),
        .name = cell_text(load, SEAT_NAME),
        .active = cell_bool(load, SEAT_ACTIVE),
        .substitute_id = cell_number(load, SEAT_SUBSTITUTE_ID),
        .substitute = cell_text(load, SEAT_SUBSTITUTE),
        .substitute_name = cell_text(load, SEAT_SUBSTITUTE_NAME),
        .substitute_active = cell_bool(load, SEAT_SUBSTITUTE_ACTIVE),
        .chair = cell_bool(load, SEAT_CHAIR),
        .is_away = cell_peek(load, SEAT_AWAY_FIRST) != NULL,
        .away_from = cell_number(load, SEAT_AWAY_FROM),
        .away_to = cell_number(load, SEAT_AWAY_TO),
        .away_first = cell_text(load, SEAT_AWAY_FIRST),
        .away_last = cell_text(load, SEAT_AWAY_LAST),
    };
    return load_conflicts(load, seat);
}

/* The seats come by panel: each has a stretch of one allotment. */
static bool load_seats(struct load *load, struct directory_panel *panels, size_t n_panels)
{
    size_t n;
    struct directory_seat *seats = table_begin(load, LOAD_SEATS, sizeof *seats, &n);
    for (load->row = 0; load->row < n; load->row++) {
        const int64_t panel_id = cell_number(load, SEAT_PANEL_ID);
        size_t i = 0;
        while (i < n_panels && panels[i].id != panel_id)
            i++;
        if (i == n_panels)
            return load_inconsistent(load, "panel_seat.panel_id", NULL);
        if (panels[i].n_seats++ == 0)
            panels[i].seats = &seats[load->row];
        if (!load_seat(load, &seats[load->row]))
            return false;
    }
    return true;
}

bool load_panels(struct load *load)
{
    size_t n;
    struct directory_panel *rows = table_begin(load, LOAD_PANELS, sizeof *rows, &n);
    for (load->row = 0; load->row < n; load->row++) {
        const int64_t unit_id = cell_number(load, 6);
        struct directory_panel *row = &rows[load->row];
        *row = (struct directory_panel){
            .id = cell_number(load, 0),
            .code = cell_text(load, 1),
            .name = cell_languages(load, 2),
            .team = cell_text(load, 5),
            .unit = unit_id ? directory_unit_by_id(load->dir, unit_id) : NULL,
            .version = cell_number(load, 7),
        };
        if (unit_id && !row->unit)
            return load_inconsistent(load, "panel.unit_id", row->code);
    }
    load->dir->panels = rows;
    load->dir->n_panels = n;
    return load_seats(load, rows, n);
}
