#include "service/action_text.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/json_out.h"

/* ---- what comes in ---- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The kind that a support type leads to; goods are lent where the service says so, and otherwise handed over. */
static const char *kind_of(const struct directory_service *service)
{
    if (!service || strcmp(service->support_type, "technical") == 0)
        return "deliverable";
    if (strcmp(service->support_type, "economic") == 0)
        return "grant";
    return strcmp(service->resource_class, "loan_of_goods") == 0 ? "material_loan" : "material_delivery";
}

static const char *settle_kind(const struct call *call, const struct directory_service *service, const char *given)
{
    static const char *const material[] = {"material_loan", "material_delivery"};
    const char *kind = kind_of(service);
    if (!given || strcmp(given, kind) == 0 || (starts_with(given, "material_") && starts_with(kind, "material_")))
        return given ? given : kind;
    if (starts_with(kind, "material_"))
        (void)error_violate_options(call->err, "/kind", material, 2);
    else
        (void)error_violate_options(call->err, "/kind", &kind, 1);
    return kind;
}

static int64_t unit_id(const struct call *call, const char *code, const char *pointer)
{
    const struct directory_unit *unit = directory_unit_find(call->directory, code);
    if (!unit)
        (void)error_violate(call->err, pointer, NO_SUCH_UNIT, code);
    return unit ? unit->id : 0;
}

static void units_member(struct json_out *out, const struct call *call, const struct action_input *input)
{
    json_out_name(out, "units");
    json_out_array_begin(out);
    for (size_t i = 0; i < input->n_units; i++) {
        const char *pointer = json_pointer_index(call->arena, "/units", i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(input->units[i], input->units[j]) == 0)
                (void)error_violate(call->err, pointer, NAMED_TWICE, input->units[i]);
        json_out_number(out, unit_id(call, input->units[i], pointer));
    }
    json_out_array_end(out);
}

static void shares_member(struct json_out *out, const struct call *call, const struct action_input *input)
{
    json_out_name(out, "shares");
    json_out_array_begin(out);
    for (size_t i = 0; i < input->n_shares; i++) {
        const struct share_input *share = &input->shares[i];
        const char *pointer = json_pointer(call->arena, json_pointer_index(call->arena, "/shares", i), "body");
        const struct directory_body *body = directory_body_find(call->directory, share->body);
        if (!body)
            (void)error_violate(call->err, pointer, NO_SUCH_BODY, share->body);
        for (size_t j = 0; j < i; j++)
            if (strcmp(share->body, input->shares[j].body) == 0)
                (void)error_violate(call->err, pointer, NAMED_TWICE, share->body);
        json_out_object_begin(out);
        json_out_member_number(out, "body", body ? body->id : 0);
        json_out_member_number(out, "points", share->points);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* What is real has been. */
static void refuse_future(const struct call *call, const char *name, const char *day)
{
    char today[TIME_TEXT_SIZE];
    if (day && strcmp(day, day_format(directory_day(call->now), today)) > 0)
        (void)error_violate(call->err, json_pointer(call->arena, "", name), IN_THE_FUTURE);
}

static void milestone_view(struct json_out *out, const struct milestone_input *input)
{
    json_out_object_begin(out);
    if (input->key)
        json_out_member_text(out, "key", input->key);
    if (input->title)
        json_out_member_text(out, "title", input->title);
    if (input->weight)
        json_out_member_number(out, "weight", input->weight);
    if (input->has_planned)
        json_out_member_text(out, "planned_on", input->planned_on);
    if (input->has_reached)
        json_out_member_text(out, "reached_on", input->reached_on);
    json_out_object_end(out);
}

const char *action_text_milestone(const struct call *call, const struct milestone_input *input)
{
    struct json_out out = json_out_new(call->arena, 256);
    refuse_future(call, "reached_on", input->reached_on);
    milestone_view(&out, input);
    return error_is_set(call->err) ? NULL : json_out_finish(&out, NULL);
}

static void day_members(struct json_out *out, const struct action_input *input)
{
    for (size_t i = 0; i < ACTION_DAYS; i++)
        if (input->has_day[i])
            json_out_member_text(out, action_days[i], input->day[i]);
}

const char *action_text_new(const struct call *call, const struct request *request, const struct action_input *input)
{
    const struct directory_service *service = directory_service_by_id(call->directory, request->service_id);
    struct json_out out = json_out_new(call->arena, 1024);
    json_out_object_begin(&out);
    json_out_member_text(&out, "kind", settle_kind(call, service, input->kind));
    json_out_member_text(&out, "title", input->title ? input->title : request->title);
    json_out_member_number(&out, "unit", input->unit ? unit_id(call, input->unit, "/unit") : request->unit_id);
    json_out_member_text(&out, "delivery_point", input->delivery_point);
    day_members(&out, input);
    units_member(&out, call, input);
    shares_member(&out, call, input);
    json_out_name(&out, "milestones");
    json_out_array_begin(&out);
    for (size_t i = 0; i < input->n_milestones; i++)
        milestone_view(&out, &input->milestones[i]);
    json_out_array_end(&out);
    json_out_object_end(&out);
    return error_is_set(call->err) ? NULL : json_out_finish(&out, NULL);
}

const char *action_text_change(const struct call *call, const struct action_input *input)
{
    struct json_out out = json_out_new(call->arena, 512);
    json_out_object_begin(&out);
    if (input->title)
        json_out_member_text(&out, "title", input->title);
    if (input->state)
        json_out_member_text(&out, "state", input->state);
    if (input->unit)
        json_out_member_number(&out, "unit", unit_id(call, input->unit, "/unit"));
    if (input->has_delivery_point)
        json_out_member_text(&out, "delivery_point", input->delivery_point);
    day_members(&out, input);
    for (size_t i = ACTION_STARTED_ON; i < ACTION_DAYS; i++)
        refuse_future(call, action_days[i], input->day[i]);
    if (input->has_units)
        units_member(&out, call, input);
    if (input->has_shares)
        shares_member(&out, call, input);
    json_out_object_end(&out);
    return error_is_set(call->err) ? NULL : json_out_finish(&out, NULL);
}

/* ---- what would be broken ---- */

static const struct {
    const char *rule, *pointer; /* pointer NULL: the subject's */
    enum violation_code code;
    const char *argument;
} rules_known[] = {
    {"shares_not_whole", "/shares", VIOLATION_SHARES_NOT_WHOLE, NULL},
    {"shared_money_is_out", "/shares", VIOLATION_SHARED_MONEY_IS_OUT, NULL},
    {"too_many_actions", "", VIOLATION_TOO_MANY, "16"},
    {"too_many_milestones", "", VIOLATION_TOO_MANY, "24"},
    {"too_many_entries", "", VIOLATION_TOO_MANY, "500"},
    {"milestone_exists", "/key", VIOLATION_MILESTONE_EXISTS, NULL},
    {"not_started", "/started_on", VIOLATION_NOT_STARTED, NULL},
    {"not_ended", "/ended_on", VIOLATION_NOT_ENDED, NULL},
    {"ends_before_it_starts", "/ends_on", VIOLATION_ENDS_BEFORE_IT_STARTS, NULL},
    {"ended_before_it_started", "/ended_on", VIOLATION_ENDS_BEFORE_IT_STARTS, NULL},
    {"no_such_entry", "/reverses", VIOLATION_NO_SUCH_ENTRY, NULL},
    {"more_than_entry", "/amount", VIOLATION_MORE_THAN_ENTRY, NULL},
    {"too_large", "/amount", VIOLATION_SUM_TOO_LARGE, NULL},
    {"granted_over_requested", "/amount", VIOLATION_GRANTED_OVER_REQUESTED, NULL},
    {"committed_over_granted", "/amount", VIOLATION_COMMITTED_OVER_GRANTED, NULL},
    {"paid_over_committed", "/amount", VIOLATION_PAID_OVER_COMMITTED, NULL},
    {"returned_over_paid", "/amount", VIOLATION_RETURNED_OVER_PAID, NULL},
    {"money_to_return", NULL, VIOLATION_MONEY_TO_RETURN, NULL},
    {"money_not_justified", NULL, VIOLATION_MONEY_NOT_JUSTIFIED, NULL},
    {"money_is_out", NULL, VIOLATION_MONEY_IS_OUT, NULL},
    {"material_is_out", NULL, VIOLATION_MATERIAL_IS_OUT, NULL},
    {"material_is_reserved", NULL, VIOLATION_MATERIAL_IS_RESERVED, NULL},
    {"no_such_item", "/item", VIOLATION_NO_SUCH_ITEM, NULL},
    {"not_of_service", "/item", VIOLATION_NOT_OF_SERVICE, NULL},
    {"not_of_kind", "/item", VIOLATION_NOT_OF_KIND, NULL},
    {"too_many_promises", "/item", VIOLATION_TOO_MANY, "1000"},
    {"too_many_holds", "", VIOLATION_TOO_MANY, "32"},
    {"action_is_over", "", VIOLATION_ACTION_IS_OVER, NULL},
    {"no_end", "/to", VIOLATION_REQUIRED, NULL},
    {"end_not_wanted", "/to", VIOLATION_END_NOT_WANTED, NULL},
    {"period_is_over", "/to", VIOLATION_PERIOD_IS_OVER, NULL},
    {"not_in_state", "/move", VIOLATION_NOT_IN_STATE, NULL},
    {"in_future", "/on", VIOLATION_IN_THE_FUTURE, NULL},
    {"before_handed_over", "/on", VIOLATION_BEFORE_HANDED_OVER, NULL},
    {"more_than_held", "/quantity", VIOLATION_MORE_THAN_HELD, NULL},
    {"more_than_out", "/quantity", VIOLATION_MORE_THAN_OUT, NULL},
    {"nothing_back", "/quantity", VIOLATION_NOTHING_BACK, NULL},
    {"is_out", "/quantity", VIOLATION_IS_OUT, NULL},
    {"not_free", "/quantity", VIOLATION_NOT_FREE, NULL},
    {"not_on_shelf", "/quantity", VIOLATION_NOT_ON_SHELF, NULL},
    {"below_out", "/quantity", VIOLATION_BELOW_OUT, NULL},
    {"too_much", "/quantity", VIOLATION_TOO_MANY, "1000000"},
    {"promised", NULL, VIOLATION_PROMISED, NULL},
};

/* How many are free and from when more are, as the sentences name them; NULL where it is not told. */
static void read_told(const struct call *call, const char *told, const char *ret_arguments[3])
{
    json_t *stock = told ? json_loads(told, 0, NULL) : NULL;
    const json_t *free = json_object_get(stock, "free");
    const char *next = json_string_value(json_object_get(stock, "next_on"));
    if (json_is_integer(free))
        ret_arguments[0] = arena_printf(call->arena, "%lld", (long long)json_integer_value(free));
    if (json_is_integer(free) && next)
        ret_arguments[1] = arena_printf(call->arena, "%s", next);
    json_decref(stock);
}

static bool refuse(const struct call *call, const char *rules, const char *told, const char *subject, bool whole)
{
    const char *of_stock[3] = {NULL};
    read_told(call, told, of_stock);
    for (size_t length; *rules; rules += length + (rules[length] == ' ')) {
        length = strcspn(rules, " ");
        for (size_t i = 0; i < sizeof rules_known / sizeof *rules_known; i++) {
            const char *const arguments[] = {rules_known[i].argument, NULL};
            enum violation_code code = rules_known[i].code;
            if (code == VIOLATION_NOT_FREE && !of_stock[1])
                code = VIOLATION_NOT_ENOUGH;
            if (strlen(rules_known[i].rule) == length && strncmp(rules_known[i].rule, rules, length) == 0)
                (void)error_violate_at(call->err, rules_known[i].pointer && !whole ? rules_known[i].pointer : subject,
                                       code, rules_known[i].argument ? arguments : of_stock);
        }
    }
    return false;
}

bool action_text_broken(const struct call *call, const char *rules, const char *told, const char *subject)
{
    return refuse(call, rules, told, subject, false);
}

bool action_text_refuse(const struct call *call, const char *rules, const char *pointer)
{
    return refuse(call, rules, NULL, pointer, true);
}
