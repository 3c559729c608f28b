#include "service/execution_view.h"

json_t *execution_read(const struct request *request)
{
    return request->execution ? json_loads(request->execution, 0, NULL) : NULL;
}

int64_t execution_progress(const struct request *request, const json_t *execution, int64_t of_procedure)
{
    const json_t *progress = json_object_get(execution, "progress");
    return request->closed_at || !json_is_integer(progress) ? of_procedure : json_integer_value(progress);
}

static void text_members(struct json_out *out, const json_t *item, const char *const names[])
{
    for (size_t i = 0; names[i]; i++)
        json_out_member_text(out, names[i], json_string_value(json_object_get(item, names[i])));
}

static void actions_member(struct json_out *out, const json_t *execution)
{
    static const char *const names[] = {"id", "kind", "title", "state", "next_on", NULL};
    size_t i;
    const json_t *item;
    json_out_name(out, "actions");
    json_out_array_begin(out);
    json_array_foreach(json_object_get(execution, "actions"), i, item)
    {
        json_out_object_begin(out);
        text_members(out, item, names);
        json_out_member_number(out, "progress", json_integer_value(json_object_get(item, "progress")));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void milestones_member(struct json_out *out, const json_t *execution)
{
    static const char *const names[] = {"action", "key", "title", "planned_on", "reached_on", NULL};
    size_t i;
    const json_t *item;
    json_out_name(out, "milestones");
    json_out_array_begin(out);
    json_array_foreach(json_object_get(execution, "milestones"), i, item)
    {
        json_out_object_begin(out);
        text_members(out, item, names);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

void execution_members(struct json_out *out, const json_t *execution)
{
    static const char *const names[] = {"requested", "granted", "committed", "advanced",
                                        "justified", "paid",    "returned",  NULL};
    const json_t *amounts = json_object_get(execution, "amounts");
    actions_member(out, execution);
    milestones_member(out, execution);
    json_out_name(out, "amounts");
    if (!amounts) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    text_members(out, amounts, names);
    json_out_object_end(out);
}
