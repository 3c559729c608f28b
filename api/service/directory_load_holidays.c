/* Holidays: what rests everywhere, what rests in Aran, and the short list of each body. */
#include "service/directory_load.h"

#include <string.h>

enum { HOLIDAY_DAY, HOLIDAY_SCOPE, HOLIDAY_BODY, HOLIDAY_NAME_CA, HOLIDAY_NAME_ES, HOLIDAY_LIFTED };

static struct workflow_holiday holiday_read(struct load *load, enum workflow_holiday_scope scope, const char *place)
{
    return (struct workflow_holiday){
        .day = (int32_t)cell_number(load, HOLIDAY_DAY),
        .scope = scope,
        .lifted = cell_bool(load, HOLIDAY_LIFTED),
        .place = place,
        .name = {{[WORKFLOW_CA] = cell_text(load, HOLIDAY_NAME_CA), [WORKFLOW_ES] = cell_text(load, HOLIDAY_NAME_ES)}},
    };
}

/* The list that a row belongs to, and whose it is. */
static struct workflow_holidays *list_of(struct load *load, struct workflow_holidays *local,
                                         enum workflow_holiday_scope *ret_scope, const char **ret_place)
{
    struct directory *dir = load->dir;
    const char *scope = cell_peek(load, HOLIDAY_SCOPE);
    *ret_place = NULL;
    if (strcmp(scope, "local") != 0) {
        bool everywhere = strcmp(scope, "catalunya") == 0;
        *ret_scope = everywhere ? WORKFLOW_SCOPE_CATALUNYA : WORKFLOW_SCOPE_ARAN;
        return everywhere ? &dir->catalunya : &dir->aran;
    }
    size_t place = id_index_find(&load->snapshot->index.bodies, cell_number(load, HOLIDAY_BODY));
    if (place == ID_INDEX_NONE)
        return NULL;
    *ret_scope = WORKFLOW_SCOPE_LOCAL;
    *ret_place = dir->bodies[place].name;
    return &local[place];
}

bool load_holidays(struct load *load)
{
    size_t n;
    struct workflow_holiday *days = table_begin(load, LOAD_HOLIDAYS, sizeof *days, &n);
    struct workflow_holidays *local = arena_alloc(load->arena, (load->dir->n_bodies + 1) * sizeof *local);
    for (load->row = 0; load->row < n; load->row++) {
        enum workflow_holiday_scope scope;
        const char *place;
        struct workflow_holidays *list = list_of(load, local, &scope, &place);
        if (list == NULL)
            return load_inconsistent(load, "holiday.body_id", NULL);
        days[load->row] = holiday_read(load, scope, place);
        if (list->n++ == 0) /* rows come list by list */
            list->days = &days[load->row];
    }
    load->dir->local_holidays = local;
    return true;
}

bool load_calendar(struct load *load)
{
    size_t n;
    (void)table_begin(load, LOAD_CALENDAR, 1, &n);
    if (n != 1)
        return load_inconsistent(load, "calendar_revision", NULL);
    load->row = 0;
    load->dir->calendar = cell_number(load, 0);
    load->dir->seat = directory_body_by_id(load->dir, cell_number(load, 1));
    return load->dir->seat || load->dir->n_bodies == 0 || load_inconsistent(load, "calendar_seat", NULL);
}
