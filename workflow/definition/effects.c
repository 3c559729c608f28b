/* `entry`, `exit` and `do`: what the caller is told to do, each kind with its own members. */
#include "workflow/definition/reader.h"

#include <string.h>

enum { WORD_MAX = 64 };

static void read_word_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *word = read_string(reader, at, value, WORD_MAX);

    if (word)
        ((struct workflow_effect_info *)into)->word = keep_text(reader, word);
}

/* One of the words that there are. */
static void read_known(struct reader *reader, const struct place *at, json_t *value, const struct word *words,
                       size_t n_words, struct workflow_effect_info *info)
{
    int known;

    if (read_word(reader, at, value, words, n_words, &known))
        info->word = words[known].name;
}

static void read_book(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"entrada", 0}, {"sortida", 1}};

    read_known(reader, at, value, words, COUNT_OF(words), into);
}

static void read_action(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"deliverable", 0},       {"grant", 1},       {"material_loan", 2},
                                        {"material_delivery", 3}, {"in_progress", 4}, {"done", 5},
                                        {"cancelled", 6}};

    read_known(reader, at, value, words, COUNT_OF(words), into);
}

static void read_money(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {{"requested", 0}, {"granted", 1}, {"committed", 2}, {"advanced", 3},
                                        {"justified", 4}, {"paid", 5},    {"returned", 6}};

    read_known(reader, at, value, words, COUNT_OF(words), into);
}

static void read_policy_name(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct workflow_effect_info *)into)->word = refer_policy(reader, at, value);
}

static void read_effect_role(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned role;

    if (refer_role(reader, at, value, &role))
        ((struct workflow_effect_info *)into)->role = (int)role;
}

static void read_effect_clock(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned clock;

    if (refer_clock(reader, at, value, &clock))
        ((struct workflow_effect_info *)into)->clock = (int)clock;
}

/* By how much: a part of the clock's own unit, or an expression for how many of them. */
static void read_by(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_effect_info *info = into;
    struct workflow_span span = {.amount = 0}, whole;

    if (json_is_string(value)) {
        info->amount = read_expression(reader, at, value, WORKFLOW_KIND_INT);
        return;
    }
    read_span(reader, at, value, &span);
    if (info->clock < 0 || span.amount == 0 || json_object_size(value) != 1)
        return;
    whole = reader->draft->clocks[info->clock].budget;
    info->by = span.amount;
    if (span.kind != whole.kind)
        report_fault(reader->report, at, "wrong_unit", "The clock counts in %s, and so does what extends it",
                     workflow_span_key(whole.kind));
    else if (span.amount > workflow_span_half(whole))
        report_fault(reader->report, at, "too_long", "A term is extended by half of it at most: %d here (%s)",
                     (int)workflow_span_half(whole), "Llei 39/2015 art. 32.1");
}

static void read_emitted(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_effect_info *info = into;

    info->event = read_event_name(reader, at, value);
    if (info->event < 0)
        return;
    info->word = reader->draft->events[info->event].key;
    reader->draft->events[info->event].raised = true;
}

static void read_amount(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct workflow_effect_info *)into)->amount = read_expression(reader, at, value, WORKFLOW_KIND_INT);
}

static void read_set_field(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    unsigned field;

    if (refer_field(reader, at, value, &field))
        ((struct workflow_effect_info *)into)->field = (int)field;
}

static void read_set_value(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_effect_info *info = into;
    enum workflow_kind kind = info->field >= 0 ? kind_of_field(&reader->wf->fields[info->field]) : WORKFLOW_KIND_DYN;

    info->amount = read_expression(reader, at, value, kind);
}

static void read_electronic(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_bool(reader, at, value, &((struct workflow_effect_info *)into)->electronic);
}

static void read_survey(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_bool(reader, at, value, &((struct workflow_effect_info *)into)->survey);
}

static void read_undo(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"task", WORKFLOW_EFFECT_TASK},         {"notify", WORKFLOW_EFFECT_NOTIFY},
        {"document", WORKFLOW_EFFECT_DOCUMENT}, {"register", WORKFLOW_EFFECT_REGISTER},
        {"reserve", WORKFLOW_EFFECT_RESERVE},   {"release", WORKFLOW_EFFECT_RELEASE},
        {"pay", WORKFLOW_EFFECT_PAY},           {"claw", WORKFLOW_EFFECT_CLAW},
        {"call", WORKFLOW_EFFECT_CALL},
    };
    struct workflow_effect_info *info = into;
    int undo;

    if (!read_word(reader, at, value, words, COUNT_OF(words), &undo))
        return;
    if (undo == (int)info->kind)
        report_fault(reader->report, at, "wrong_undo", "Doing a thing again does not take it back");
    info->undo = undo;
}

/* Members of each kind; `fx` is read before. */
enum { ARGUMENTS_MAX = 5 };
static const struct {
    const char *name;
    struct member members[ARGUMENTS_MAX];
} effects[WORKFLOW_EFFECT_KINDS] = {
    [WORKFLOW_EFFECT_TASK] = {"task",
                              {{"role", MEMBER_REQUIRED, read_effect_role},
                               {"form", MEMBER_REQUIRED, read_word_of},
                               {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_NOTIFY] = {"notify",
                                {{"to", MEMBER_REQUIRED, read_effect_role},
                                 {"template", MEMBER_OPTIONAL, read_word_of},
                                 {"electronic", MEMBER_OPTIONAL, read_electronic},
                                 {"survey", MEMBER_OPTIONAL, read_survey},
                                 {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_DOCUMENT] = {"document",
                                  {{"template", MEMBER_REQUIRED, read_word_of}, {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_REGISTER] = {"register",
                                  {{"book", MEMBER_REQUIRED, read_book}, {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_RESERVE] = {"reserve",
                                 {{"what", MEMBER_REQUIRED, read_word_of},
                                  {"amount", MEMBER_OPTIONAL, read_amount},
                                  {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_RELEASE] = {"release",
                                 {{"what", MEMBER_REQUIRED, read_word_of}, {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_PAY] = {"pay", {{"amount", MEMBER_REQUIRED, read_amount}, {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_CLAW] = {"claw", {{"amount", MEMBER_REQUIRED, read_amount}, {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_ACTION] = {"action", {{"what", MEMBER_REQUIRED, read_action}}},
    [WORKFLOW_EFFECT_RECORD] = {"record",
                                {{"what", MEMBER_REQUIRED, read_money}, {"amount", MEMBER_REQUIRED, read_amount}}},
    [WORKFLOW_EFFECT_CALL] = {"call",
                              {{"op", MEMBER_REQUIRED, read_word_of},
                               {"clock", MEMBER_OPTIONAL, read_effect_clock},
                               {"undo", MEMBER_OPTIONAL, read_undo}}},
    [WORKFLOW_EFFECT_EMIT] = {"emit", {{"event", MEMBER_REQUIRED, read_emitted}}},
    [WORKFLOW_EFFECT_CLOCK_START] = {"clock_start", {{"clock", MEMBER_REQUIRED, read_effect_clock}}},
    [WORKFLOW_EFFECT_CLOCK_STOP] = {"clock_stop", {{"clock", MEMBER_REQUIRED, read_effect_clock}}},
    [WORKFLOW_EFFECT_CLOCK_EXTEND] = {"clock_extend",
                                      {{"clock", MEMBER_REQUIRED, read_effect_clock},
                                       {"by", MEMBER_OPTIONAL, read_by}}},
    [WORKFLOW_EFFECT_ASSIGN] = {"assign", {{"policy", MEMBER_REQUIRED, read_policy_name}}},
    [WORKFLOW_EFFECT_SET] = {"set",
                             {{"field", MEMBER_REQUIRED, read_set_field}, {"value", MEMBER_REQUIRED, read_set_value}}},
};

/* `register` where nothing says otherwise, so that what else is wrong is told too. */
static bool read_kind(struct reader *reader, const struct place *at, json_t *value, enum workflow_effect_kind *ret)
{
    const char *fx = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    for (size_t i = 0; fx && i < WORKFLOW_EFFECT_KINDS; i++) {
        if (strcmp(effects[i].name, fx) != 0)
            continue;
        *ret = (enum workflow_effect_kind)i;
        return true;
    }
    if (fx)
        report_fault(reader->report, at, "unknown_effect", "The format has no effect \"%s\"", fx);
    return false;
}

static bool is_plain(const struct workflow_effect_info *info)
{
    switch (info->kind) {
    case WORKFLOW_EFFECT_EMIT:
    case WORKFLOW_EFFECT_CLOCK_START:
    case WORKFLOW_EFFECT_CLOCK_STOP:
    case WORKFLOW_EFFECT_CLOCK_EXTEND:
    case WORKFLOW_EFFECT_SET:
        return false;
    default:
        return info->amount < 0 && info->undo < 0;
    }
}

/* Without a `by` it is the whole half. */
static void complete_extension(struct reader *reader, const struct place *at, const json_t *value,
                               struct workflow_effect_info *info)
{
    const struct workflow_span whole = reader->draft->clocks[info->clock].budget;

    if (!json_object_get(value, "by"))
        info->by = workflow_span_half(whole);
    if (whole.amount > 0 && workflow_span_half(whole) == 0)
        report_fault(reader->report, at, "too_short",
                     "Half of this term is not a whole one of its unit: count it in a smaller one to extend it");
}

static void read_effect(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_span *span = into;
    struct member members[ARGUMENTS_MAX + 1] = {{"fx", MEMBER_REQUIRED, NULL}};
    struct place fx = {at, "fx", 0};
    struct workflow_effect_info info = {
        .kind = WORKFLOW_EFFECT_REGISTER, .role = -1, .clock = -1, .event = -1, .field = -1, .amount = -1, .undo = -1};
    size_t n = 1;
    unsigned place;

    if (json_object_get(value, "fx") && !read_kind(reader, &fx, json_object_get(value, "fx"), &info.kind))
        return;
    for (; n <= ARGUMENTS_MAX && effects[info.kind].members[n - 1].name; n++)
        members[n] = effects[info.kind].members[n - 1];
    read_members(reader, at, value, members, n, &info);
    if (!list_take(reader, at, &reader->wf->n_effects, DRAFT_EFFECTS_MAX, &place))
        return;
    if (info.kind == WORKFLOW_EFFECT_CLOCK_EXTEND && info.clock >= 0)
        complete_extension(reader, at, value, &info);
    info.plain = is_plain(&info);
    reader->draft->effects[place] = info;
    span->n++;
}

void read_effects(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct machine_span *span = into;

    span->first = reader->wf->n_effects;
    read_items(reader, at, value, 0, DRAFT_LIST_EFFECTS_MAX, read_effect, into);
}
