/* `entry` and `do`: what the caller is told to do. */
#include "workflow/definition/reader.h"

#include <string.h>

static void read_book(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const char *const books[] = {"entrada", "sortida"};
    static const struct word words[] = {{"entrada", 0}, {"sortida", 1}};
    int book;

    if (read_word(reader, at, value, words, COUNT_OF(words), &book))
        ((struct workflow_effect *)into)->argument = books[book];
}

static void read_policy_name(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct workflow_effect *)into)->argument = refer_policy(reader, at, value);
}

/* Tells which effect this is; those of the format that are not run yet are refused by name, once, as a whole. */
static bool read_kind(struct reader *reader, const struct place *at, json_t *value, enum workflow_effect_kind *ret)
{
    static const char *const unsupported[] = {"task", "notify", "document", "reserve",     "release",   "pay",
                                              "claw", "call",   "emit",     "clock_start", "clock_stop"};
    const char *fx = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    if (!fx)
        return false;
    *ret = strcmp(fx, "register") == 0 ? WORKFLOW_EFFECT_REGISTER : WORKFLOW_EFFECT_ASSIGN;
    if (strcmp(fx, "register") == 0 || strcmp(fx, "assign") == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(unsupported); i++) {
        if (strcmp(unsupported[i], fx) != 0)
            continue;
        report_fault(reader->report, at, "unsupported_effect", "\"%s\" belongs to the format but is not run yet", fx);
        return false;
    }
    report_fault(reader->report, at, "unknown_effect", "The format has no effect \"%s\"", fx);
    return false;
}

static void read_effect(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member registering[] = {
        {"fx", MEMBER_REQUIRED, NULL}, {"book", MEMBER_REQUIRED, read_book}, {"undo", MEMBER_UNSUPPORTED, NULL}};
    static const struct member assigning[] = {{"fx", MEMBER_REQUIRED, NULL},
                                              {"policy", MEMBER_REQUIRED, read_policy_name},
                                              {"undo", MEMBER_UNSUPPORTED, NULL}};
    struct draft_effects *effects = into;
    struct workflow_effect effect = {WORKFLOW_EFFECT_REGISTER, NULL};
    struct place fx = {at, "fx", 0};

    if (json_object_get(value, "fx")) {
        if (!read_kind(reader, &fx, json_object_get(value, "fx"), &effect.kind))
            return;
    }
    if (effect.kind == WORKFLOW_EFFECT_ASSIGN)
        read_members(reader, at, value, assigning, COUNT_OF(assigning), &effect);
    else
        read_members(reader, at, value, registering, COUNT_OF(registering), &effect);
    effects->items[effects->n++] = effect;
}

void read_effects(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_items(reader, at, value, 0, DRAFT_LIST_EFFECTS_MAX, read_effect, into);
}
