/* The directory as it would be with other holidays. */
#include <stdlib.h>
#include <string.h>

#include "service/whatif_internal.h"

static int holiday_compare(const void *left, const void *right)
{
    const struct workflow_holiday *a = left, *b = right;
    return (a->day > b->day) - (a->day < b->day);
}

static bool is_taken_away(const struct whatif_holiday *changes, size_t n, const struct directory_body *body,
                          int32_t day)
{
    for (size_t i = 0; i < n; i++)
        if (!changes[i].rests && changes[i].body == body && changes[i].day == day)
            return true;
    return false;
}

/* One list, of Catalonia or of a town, with the changes that are about it. */
static struct workflow_holidays changed_list(const struct call *call, struct workflow_holidays list,
                                             const struct directory_body *body, const struct whatif_holiday *changes,
                                             size_t n)
{
    struct workflow_holiday *days = arena_alloc(call->arena, (list.n + n + 1) * sizeof *days);
    size_t kept = 0;
    for (size_t i = 0; i < list.n; i++)
        if (!is_taken_away(changes, n, body, list.days[i].day))
            days[kept++] = list.days[i];
    for (size_t i = 0; i < n; i++) {
        if (!changes[i].rests || changes[i].body != body)
            continue;
        days[kept] = (struct workflow_holiday){.day = changes[i].day,
                                               .scope = body ? WORKFLOW_SCOPE_LOCAL : WORKFLOW_SCOPE_CATALUNYA,
                                               .place = body ? body->name : NULL};
        for (size_t l = 0; l < WORKFLOW_LANGUAGES; l++)
            days[kept].name.in[l] = changes[i].name;
        kept++;
    }
    qsort(days, kept, sizeof *days, holiday_compare);
    return (struct workflow_holidays){days, kept};
}

const struct directory *whatif_directory(const struct call *call, const struct whatif_holiday *holidays, size_t n)
{
    const struct directory *dir = call->directory;
    if (n == 0)
        return dir;
    struct directory *changed = arena_alloc(call->arena, sizeof *changed);
    struct workflow_holidays *local = arena_alloc(call->arena, (dir->n_bodies + 1) * sizeof *local);
    *changed = *dir;
    changed->shelf = NULL;
    memcpy(local, dir->local_holidays, dir->n_bodies * sizeof *local);
    changed->catalunya = changed_list(call, dir->catalunya, NULL, holidays, n);
    for (size_t i = 0; i < n; i++) {
        if (!holidays[i].body)
            continue;
        size_t place = (size_t)(holidays[i].body - dir->bodies);
        local[place] = changed_list(call, dir->local_holidays[place], holidays[i].body, holidays, n);
    }
    changed->local_holidays = local;
    return changed;
}
