/* Where in its text something of a definition is. */
#include "workflow/definition.h"
#include "workflow/definition/locate.h"

static void tell(const char *json, size_t length, const struct place *place, struct workflow_where *ret)
{
    place_pointer(place, ret->pointer, sizeof(ret->pointer));
    locate_line(json, locate_place(json, length, place), &ret->line, &ret->column);
}

struct workflow_where workflow_where_state(const struct workflow *wf, const char *json, size_t length, unsigned state)
{
    struct workflow_where where = {.line = 1, .column = 1};
    struct place chain[2 * WORKFLOW_DEPTH_MAX + 1] = {{NULL, NULL, 0}};
    const char *names[WORKFLOW_DEPTH_MAX];
    const struct workflow_state_info *info = workflow_state(wf, state);
    size_t depth = 0, last = 0;

    for (; info && depth < WORKFLOW_DEPTH_MAX;
         info = info->parent < 0 ? NULL : workflow_state(wf, (unsigned)info->parent))
        names[depth++] = info->name;
    while (depth > 0) {
        chain[last + 1] = (struct place){&chain[last], "states", 0};
        chain[last + 2] = (struct place){&chain[last + 1], names[--depth], 0};
        last += 2;
    }
    tell(json, length, &chain[last], &where);
    return where;
}

struct workflow_where workflow_where_assert(const char *json, size_t length, unsigned assertion)
{
    static const struct place root = {NULL, NULL, 0};
    const struct place asserts = {&root, "asserts", 0}, item = {&asserts, NULL, assertion};
    struct workflow_where where = {.line = 1, .column = 1};

    tell(json, length, &item, &where);
    return where;
}
