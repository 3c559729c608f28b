#include "model/action.h"

#include <string.h>

#include "base/hex.h"
#include "base/json_in.h"
#include "model/field.h"

const char *const action_days[ACTION_DAYS] = {"starts_on", "ends_on", "started_on", "ended_on"};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool money_is_valid(const char *text)
{
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, "0123456789");
    if (whole == 0 || whole > 12 || (whole > 1 && at[0] == '0') || at[whole] != '.')
        return false;
    const char *cents = at + whole + 1;
    return is_digit(cents[0]) && is_digit(cents[1]) && cents[2] == '\0' && strspn(at, "0.") < whole + 3;
}

/* A list of at most `max`; what is longer is violated, and nothing of it read. */
static const json_t *read_list(struct json_in *in, const char *name, size_t max, const char *told, size_t *ret_count)
{
    const json_t *list = json_in_value(in, name, JSON_ARRAY, false);
    *ret_count = json_array_size(list);
    if (*ret_count > max) {
        (void)error_violate(in->err, json_pointer(in->err->arena, in->base, name), TOO_MANY, told);
        *ret_count = 0;
    }
    return list;
}

static void read_units(struct json_in *in, struct action_input *input)
{
    const json_t *list = read_list(in, "units", ACTION_UNITS_MAX, "8", &input->n_units);
    const char *under = json_pointer(in->err->arena, in->base, "units");
    input->has_units = list != NULL;
    for (size_t i = 0; i < input->n_units; i++) {
        input->units[i] = json_string_value(json_array_get(list, i));
        if (!input->units[i])
            (void)error_violate(in->err, json_pointer_index(in->err->arena, under, i), WRONG_TYPE,
                                text(in->err->language, TEXT_JSON_TYPE_STRING));
    }
}

/* "33.34" of a hundred, as hundredths: 1 to 10000. */
static int64_t read_percent(struct json_in *in)
{
    const char *text = json_in_text(in, "percent", 1, 20, true, false);
    int64_t points = 0;
    if (!text)
        return 0;
    if (money_is_valid(text) && strlen(text) <= strlen("100.00"))
        for (const char *at = text; *at; at++)
            points = is_digit(*at) ? points * 10 + (*at - '0') : points;
    if (points < 1 || points > 10000 || text[0] == '-') {
        field_violate_like(in, "percent", "33.34");
        return 0;
    }
    return points;
}

static void read_shares(struct json_in *in, struct action_input *input)
{
    static const char *const names[] = {"body", "percent", NULL};
    const json_t *list = read_list(in, "shares", ACTION_SHARES_MAX, "32", &input->n_shares);
    input->has_shares = list != NULL;
    const char *under = json_pointer(in->err->arena, in->base, "shares");
    for (size_t i = 0; i < input->n_shares; i++) {
        const char *base = json_pointer_index(in->err->arena, under, i);
        struct json_in item = json_in_object(json_array_get(list, i), base, in->err);
        input->shares[i].body = json_in_text(&item, "body", 1, 20, true, false);
        input->shares[i].points = read_percent(&item);
        json_in_finish(&item, names);
    }
}

static bool is_key(const char *text)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= 48 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

struct milestone_input milestone_input_from_json(const json_t *json, const char *base, struct error *err)
{
    static const char *const names[] = {"key", "title", "weight", "planned_on", NULL};
    struct json_in in = json_in_object(json, base, err);
    struct milestone_input input = {
        .key = json_in_text(&in, "key", 1, 48, true, false),
        .title = field_line(&in, "title", 1, 160, true),
        .weight = json_in_integer(&in, "weight", 1, 1000, false, 1),
        .planned_on = field_day(&in, "planned_on", false),
        .has_planned = true,
    };
    if (input.key && !is_key(input.key))
        field_violate_like(&in, "key", "works_begun");
    json_in_finish(&in, names);
    return input;
}

struct milestone_input milestone_patch_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"title", "weight", "planned_on", "reached_on", NULL};
    static const char *const kept[] = {"title", "weight", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct milestone_input input = {
        .title = field_line(&in, "title", 1, 160, false),
        .weight = json_in_integer(&in, "weight", 1, 1000, false, 0),
        .planned_on = field_day(&in, "planned_on", false),
        .reached_on = field_day(&in, "reached_on", false),
        .has_planned = json_object_get(json, "planned_on") != NULL,
        .has_reached = json_object_get(json, "reached_on") != NULL,
    };
    field_patch(&in, kept);
    json_in_finish(&in, names);
    return input;
}

static void read_milestones(struct json_in *in, struct action_input *input)
{
    const json_t *list = read_list(in, "milestones", ACTION_MILESTONES_MAX, "24", &input->n_milestones);
    const char *under = json_pointer(in->err->arena, in->base, "milestones");
    for (size_t i = 0; i < input->n_milestones; i++) {
        const char *base = json_pointer_index(in->err->arena, under, i);
        input->milestones[i] = milestone_input_from_json(json_array_get(list, i), base, in->err);
        for (size_t j = 0; j < i && input->milestones[i].key; j++)
            if (input->milestones[j].key && strcmp(input->milestones[i].key, input->milestones[j].key) == 0)
                (void)error_violate(in->err, json_pointer(in->err->arena, base, "key"), NAMED_TWICE,
                                    input->milestones[i].key);
    }
}

/* What a new action and a change of one have in common; the first `days` of its days. */
static void read_action(struct json_in *in, struct action_input *input, size_t days)
{
    input->title = field_line(in, "title", 3, 250, false);
    input->unit = json_in_text(in, "unit", 1, 32, false, false);
    input->delivery_point = field_line(in, "delivery_point", 1, 200, false);
    input->has_delivery_point = json_object_get(in->object, "delivery_point") != NULL;
    read_units(in, input);
    read_shares(in, input);
    for (size_t i = 0; i < days; i++) {
        input->day[i] = field_day(in, action_days[i], false);
        input->has_day[i] = json_object_get(in->object, action_days[i]) != NULL;
    }
}

struct action_input action_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"kind",      "title",   "unit",   "units",      "delivery_point",
                                        "starts_on", "ends_on", "shares", "milestones", NULL};
    static const char *const kinds[] = {"deliverable", "grant", "material_loan", "material_delivery"};
    struct json_in in = json_in_object(json, "", err);
    struct action_input input = {.kind = field_option(&in, "kind", kinds, 4, false)};
    read_action(&in, &input, ACTION_STARTED_ON);
    read_milestones(&in, &input);
    if (input.day[ACTION_STARTS_ON] && input.day[ACTION_ENDS_ON] &&
        strcmp(input.day[ACTION_ENDS_ON], input.day[ACTION_STARTS_ON]) < 0)
        (void)error_violate(err, "/ends_on", ENDS_BEFORE_IT_BEGINS, input.day[ACTION_STARTS_ON]);
    json_in_finish(&in, names);
    return input;
}

struct action_input action_patch_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"title",   "unit",       "units",    "delivery_point", "state", "starts_on",
                                        "ends_on", "started_on", "ended_on", "shares",         NULL};
    static const char *const states[] = {"planned", "in_progress", "done", "cancelled"};
    static const char *const kept[] = {"title", "unit", "units", "state", "shares", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct action_input input = {.state = field_option(&in, "state", states, 4, false)};
    read_action(&in, &input, ACTION_DAYS);
    field_patch(&in, kept);
    json_in_finish(&in, names);
    return input;
}

static const char *read_money(struct json_in *in)
{
    const char *text = json_in_text(in, "amount", 1, 20, true, false);
    if (!text || money_is_valid(text))
        return text;
    field_violate_like(in, "amount", "1234.50");
    return NULL;
}

struct amount_input amount_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"kind", "amount", "on", "year", "reference", "note", "reverses", NULL};
    static const char *const kinds[] = {"requested", "granted", "committed", "advanced",
                                        "justified", "paid",    "returned"};
    struct json_in in = json_in_object(json, "", err);
    struct amount_input input = {
        .kind = field_option(&in, "kind", kinds, 7, true),
        .amount = read_money(&in),
        .on = field_day(&in, "on", false),
        .year = json_in_integer(&in, "year", 1990, 2100, false, 0),
        .reference = json_in_text(&in, "reference", 1, 100, false, false),
        .note = json_in_text(&in, "note", 1, 500, false, true),
        .reverses = json_in_text(&in, "reverses", 1, 40, false, false),
    };
    if (input.reverses && !hex_is_uuid(input.reverses))
        field_violate_like(&in, "reverses", "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e");
    else if (input.amount && input.amount[0] == '-' && !input.reverses)
        (void)error_violate(err, "/reverses", REQUIRED);
    else if (input.amount && input.amount[0] != '-' && input.reverses)
        field_violate_like(&in, "amount", "-1234.50");
    json_in_finish(&in, names);
    return input;
}
