#include "service/stock_text.h"

const char *stock_text_today(const struct call *call, char ret[TIME_TEXT_SIZE])
{
    return day_format(directory_day(call->now), ret);
}

void stock_text_list(struct json_out *out, const char *items)
{
    json_out_object_begin(out);
    json_out_member_raw(out, "items", items ? items : "[]");
    json_out_member_text(out, "next", NULL);
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
}

static void member_if(struct json_out *out, const char *name, const char *text)
{
    if (text)
        json_out_member_text(out, name, text);
}

static void names_member(struct json_out *out, const struct stock_item_input *input)
{
    if (!input->name[TEXT_CA])
        return;
    json_out_name(out, "name");
    json_out_object_begin(out);
    for (unsigned i = 0; i < TEXT_LANGUAGES; i++)
        json_out_member_text(out, text_language_tag((enum text_language)i), input->name[i]);
    json_out_object_end(out);
}

const char *stock_text_item(const struct call *call, const struct stock_item_input *input,
                            const struct directory_service *service)
{
    struct json_out out = json_out_new(call->arena, 512);
    const struct directory_unit *unit = input->unit ? directory_unit_find(call->directory, input->unit) : NULL;
    if (input->unit && !unit)
        (void)error_violate(call->err, "/unit", NO_SUCH_UNIT, input->unit);
    json_out_object_begin(&out);
    member_if(&out, "code", input->code);
    member_if(&out, "kind", input->kind);
    names_member(&out, input);
    if (service)
        json_out_member_number(&out, "service", service->id);
    if (unit || service)
        json_out_member_number(&out, "unit", unit ? unit->id : service->unit->id);
    if (input->has_active)
        json_out_member_bool(&out, "active", input->active);
    json_out_object_end(&out);
    return error_is_set(call->err) ? NULL : json_out_finish(&out, NULL);
}

const char *stock_text_hold(const struct call *call, const struct hold_input *input)
{
    struct json_out out = json_out_new(call->arena, 256);
    json_out_object_begin(&out);
    json_out_member_text(&out, "item", input->item);
    json_out_member_number(&out, "quantity", input->quantity);
    json_out_member_text(&out, "from", input->from);
    json_out_member_text(&out, "to", input->to);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

const char *stock_text_move(const struct call *call, const struct hold_move_input *input)
{
    struct json_out out = json_out_new(call->arena, 256);
    json_out_object_begin(&out);
    if (input->quantity != HOLD_ALL)
        json_out_member_number(&out, "quantity", input->quantity);
    if (input->lost)
        json_out_member_number(&out, "lost", input->lost);
    member_if(&out, "from", input->from);
    member_if(&out, "to", input->to);
    member_if(&out, "on", input->on);
    member_if(&out, "note", input->note);
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}
