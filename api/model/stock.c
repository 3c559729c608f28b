#include "model/stock.h"

#include <string.h>

#include "base/json_in.h"
#include "model/field.h"

#define QUANTITY_MAX 1000000

bool stock_code_is_valid(const char *text)
{
    const size_t length = strlen(text);
    return text[0] >= 'a' && text[0] <= 'z' && length >= 2 && length <= 48 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static const char *read_code(struct json_in *in, const char *name)
{
    const char *text = json_in_text(in, name, 1, 48, true, false);
    if (text && !stock_code_is_valid(text)) {
        field_violate_like(in, name, "folding_chairs");
        return NULL;
    }
    return text;
}

static void read_names(struct json_in *in, bool required, struct stock_item_input *input)
{
    static const char *const languages[] = {[TEXT_CA] = "ca", [TEXT_ES] = "es", [TEXT_EN] = "en", NULL};
    const json_t *value = json_in_value(in, "names", JSON_OBJECT, required);
    if (!value)
        return;
    struct json_in names = json_in_object(value, json_pointer(in->err->arena, in->base, "names"), in->err);
    for (size_t i = 0; i < TEXT_LANGUAGES; i++)
        input->name[i] = field_line(&names, languages[i], 1, 160, true);
    json_in_finish(&names, languages);
}

struct stock_item_input stock_item_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"code", "names", "kind", "service", "unit", NULL};
    static const char *const kinds[] = {"lendable", "consumable"};
    struct json_in in = json_in_object(json, "", err);
    struct stock_item_input input = {
        .code = read_code(&in, "code"),
        .kind = field_option(&in, "kind", kinds, 2, true),
        .service = json_in_text(&in, "service", 1, 12, true, false),
        .unit = json_in_text(&in, "unit", 1, 32, false, false),
    };
    read_names(&in, true, &input);
    json_in_finish(&in, names);
    return input;
}

struct stock_item_input stock_item_patch_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"names", "unit", "active", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct stock_item_input input = {
        .unit = json_in_text(&in, "unit", 1, 32, false, false),
        .active = json_in_bool(&in, "active", true),
        .has_active = json_is_boolean(json_object_get(json, "active")),
    };
    read_names(&in, false, &input);
    field_patch(&in, names);
    json_in_finish(&in, names);
    return input;
}

struct stock_movement_input stock_movement_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"kind", "quantity", "on", "reason", NULL};
    static const char *const kinds[] = {"received", "retired", "corrected"};
    struct json_in in = json_in_object(json, "", err);
    struct stock_movement_input input = {.kind = field_option(&in, "kind", kinds, 3, true)};
    const bool is_signed = input.kind == kinds[2];
    input.quantity = json_in_integer(&in, "quantity", is_signed ? -QUANTITY_MAX : 1, QUANTITY_MAX, true, 1);
    input.on = field_day(&in, "on", false);
    input.reason = json_in_text(&in, "reason", 1, 500, true, true);
    if (input.quantity == 0)
        field_violate_like(&in, "quantity", "-2");
    json_in_finish(&in, names);
    if (input.kind == kinds[1])
        input.quantity = -input.quantity;
    return input;
}

struct hold_input hold_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"item", "quantity", "from", "to", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct hold_input input = {
        .item = read_code(&in, "item"),
        .quantity = json_in_integer(&in, "quantity", 1, QUANTITY_MAX, true, 1),
        .from = field_day(&in, "from", true),
        .to = field_day(&in, "to", false),
    };
    json_in_finish(&in, names);
    return input;
}

/* What each move may say besides. */
static const struct {
    const char *move;
    const char *names[6];
} moves[] = {
    {"hand_over", {"move", "quantity", "on", "note"}},
    {"return", {"move", "quantity", "lost", "on", "note"}},
    {"release", {"move", "note"}},
    {"change", {"move", "quantity", "from", "to", "note"}},
};

struct hold_move_input hold_move_input_from_json(const json_t *json, struct error *err)
{
    static const char *const options[] = {"hand_over", "return", "release", "change"};
    static const char *const all[] = {"move", "quantity", "lost", "from", "to", "on", "note", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct hold_move_input input = {.move = field_option(&in, "move", options, 4, true)};
    const bool comes_back = input.move == options[1];
    input.quantity = json_in_integer(&in, "quantity", comes_back ? 0 : 1, QUANTITY_MAX, false, HOLD_ALL);
    input.lost = json_in_integer(&in, "lost", 0, QUANTITY_MAX, false, 0);
    input.from = field_day(&in, "from", false);
    input.to = field_day(&in, "to", false);
    input.on = field_day(&in, "on", false);
    input.note = json_in_text(&in, "note", 1, 500, false, true);
    if (input.move == options[3] && input.quantity == HOLD_ALL && !input.from && !input.to && !error_is_set(err))
        (void)error_violate(err, "/to", REQUIRED);
    const char *const *names = all;
    for (size_t i = 0; input.move && i < sizeof moves / sizeof *moves; i++)
        if (strcmp(moves[i].move, input.move) == 0)
            names = moves[i].names;
    json_in_finish(&in, names);
    return input;
}
