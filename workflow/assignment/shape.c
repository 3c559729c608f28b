/* Recognising shapes in canonical texts, and deciding them. */
#include "workflow/assignment/shape.h"

#include <string.h>

enum shape_kind { SHAPE_NONE, SHAPE_BOOL, SHAPE_COMPARE, SHAPE_AMONG, SHAPE_EXISTS };
enum shape_comparison { COMPARE_EQUAL, COMPARE_UNEQUAL, COMPARE_LESS, COMPARE_AT_MOST, COMPARE_MORE, COMPARE_AT_LEAST };

struct scan {
    const char *at, *end;
};

static bool take(struct scan *scan, const char *literal)
{
    size_t length = strlen(literal);

    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, literal, length) != 0)
        return false;
    scan->at += length;
    return true;
}

static size_t take_name(struct scan *scan)
{
    const char *from = scan->at;

    while (scan->at < scan->end && ((*scan->at >= 'a' && *scan->at <= 'z') || *scan->at == '_' ||
                                    (scan->at > from && *scan->at >= '0' && *scan->at <= '9')))
        scan->at++;
    return (size_t)(scan->at - from);
}

/* "agent.<field of that kind>" */
static bool take_agent(struct scan *scan, enum workflow_kind kind, uint8_t *ret_field)
{
    struct scan ahead = *scan;

    if (!take(&ahead, "agent."))
        return false;
    const char *name = ahead.at;
    size_t length = take_name(&ahead);
    int field = assignment_member_find(assignment_agent_members, WORKFLOW_AGENT_FIELDS, name, length);
    if (field < 0 || assignment_agent_members[field].type->kind != kind)
        return false;
    *ret_field = (uint8_t)field;
    *scan = ahead;
    return true;
}

/* "request.<text>" or "ticket.<text>" */
static bool take_subject(struct scan *scan, uint8_t *ret_field)
{
    struct scan ahead = *scan;

    if (!take(&ahead, "request.") && !take(&ahead, "ticket."))
        return false;
    const char *name = ahead.at;
    size_t length = take_name(&ahead);
    int field = assignment_member_find(assignment_subject_members, WORKFLOW_SUBJECT_FIELDS, name, length);
    if (field < 0 || assignment_subject_members[field].type->kind != WORKFLOW_KIND_STRING)
        return false;
    *ret_field = (uint8_t)field;
    *scan = ahead;
    return true;
}

/* Up to 15 digits: no overflow to think of, and no policy has more. */
static bool take_int(struct scan *scan, int64_t *ret)
{
    const char *from = scan->at;
    int64_t value = 0;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' && scan->at - from < 15)
        value = value * 10 + (*scan->at++ - '0');
    *ret = value;
    return scan->at > from;
}

static bool take_comparison(struct scan *scan, uint8_t *ret)
{
    static const struct {
        const char *text;
        enum shape_comparison means;
    } operators[] = {{" == ", COMPARE_EQUAL},   {" != ", COMPARE_UNEQUAL}, {" < ", COMPARE_LESS},
                     {" <= ", COMPARE_AT_MOST}, {" > ", COMPARE_MORE},     {" >= ", COMPARE_AT_LEAST}};

    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
        if (take(scan, operators[i].text)) {
            *ret = (uint8_t)operators[i].means;
            return true;
        }
    return false;
}

/* agent.open_load < agent.capacity */
static bool is_comparison(struct scan scan, struct workflow_shape *ret)
{
    ret->kind = SHAPE_COMPARE;
    if (!take_agent(&scan, WORKFLOW_KIND_INT, &ret->field) || !take_comparison(&scan, &ret->comparison))
        return false;
    ret->is_constant = take_int(&scan, &ret->constant);
    return (ret->is_constant || take_agent(&scan, WORKFLOW_KIND_INT, &ret->other)) && scan.at == scan.end;
}

/* agent.skills.exists(s, s == request.subject_area): the macro's variable is any name. */
static bool is_exists(struct scan scan, struct workflow_shape *ret)
{
    ret->kind = SHAPE_EXISTS;
    if (!take_agent(&scan, WORKFLOW_KIND_LIST, &ret->field) || !take(&scan, ".exists("))
        return false;
    const char *name = scan.at;
    size_t length = take_name(&scan);
    if (length == 0 || !take(&scan, ", "))
        return false;
    const char *again = scan.at;
    if (take_name(&scan) == length && memcmp(name, again, length) == 0 && take(&scan, " == "))
        return take_subject(&scan, &ret->other) && take(&scan, ")") && scan.at == scan.end;
    scan.at = again;
    return take_subject(&scan, &ret->other) && take(&scan, " == ") && (size_t)(scan.end - scan.at) == length + 1 &&
           memcmp(scan.at, name, length) == 0 && scan.at[length] == ')';
}

/* request.subject_area in agent.skills */
static bool is_among(struct scan scan, struct workflow_shape *ret)
{
    ret->kind = SHAPE_AMONG;
    return take_subject(&scan, &ret->other) && take(&scan, " in ") &&
           take_agent(&scan, WORKFLOW_KIND_LIST, &ret->field) && scan.at == scan.end;
}

static bool is_bool(struct scan scan, struct workflow_shape *ret)
{
    ret->kind = SHAPE_BOOL;
    return take_agent(&scan, WORKFLOW_KIND_BOOL, &ret->field) && scan.at == scan.end;
}

struct workflow_shape assignment_shape_of(const char *text, size_t length)
{
    struct scan scan = {text, text + length};
    struct workflow_shape shape = {0};

    if (is_comparison(scan, &shape))
        return shape;
    shape = (struct workflow_shape){.negated = take(&scan, "!")};
    if (is_bool(scan, &shape) || is_exists(scan, &shape))
        return shape;
    if (shape.negated) { /* only in parentheses: `in` binds less than `!` */
        if (!take(&scan, "(") || scan.at == scan.end || scan.end[-1] != ')')
            return (struct workflow_shape){0};
        scan.end--;
    }
    if (is_among(scan, &shape))
        return shape;
    return (struct workflow_shape){0};
}

static bool compares(enum shape_comparison how, int64_t a, int64_t b)
{
    switch (how) {
    case COMPARE_EQUAL:
        return a == b;
    case COMPARE_UNEQUAL:
        return a != b;
    case COMPARE_LESS:
        return a < b;
    case COMPARE_AT_MOST:
        return a <= b;
    case COMPARE_MORE:
        return a > b;
    case COMPARE_AT_LEAST:
        return a >= b;
    }
    return false;
}

static bool list_has(const struct workflow_value *items, size_t n, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < n; i++)
        if (items[i].kind == WORKFLOW_KIND_STRING && items[i].n == length && memcmp(items[i].text, text, length) == 0)
            return true;
    return false;
}

/* Reading what is unset is an error, and an error is no `true`, negated or not; exists() reads nothing in an empty
 * list. */
static bool list_holds(const struct workflow_shape *shape, const struct workflow_agent *agent,
                       const struct workflow_subject *subject)
{
    bool skills = shape->field == AGENT_SKILLS;
    size_t n = skills ? agent->n_skills : agent->n_conflicts;
    const char *text = assignment_subject_text(subject, shape->other);

    if (!text)
        return shape->kind == SHAPE_EXISTS && n == 0 && shape->negated;
    return list_has(skills ? agent->skills : agent->conflicts, n, text) != shape->negated;
}

bool assignment_shape_holds(const struct workflow_shape *shape, const struct workflow_agent *agent,
                            const struct workflow_subject *subject)
{
    switch ((enum shape_kind)shape->kind) {
    case SHAPE_BOOL:
        return (assignment_agent_number(agent, shape->field) != 0) != shape->negated;
    case SHAPE_COMPARE:
        return compares((enum shape_comparison)shape->comparison, assignment_agent_number(agent, shape->field),
                        shape->is_constant ? shape->constant : assignment_agent_number(agent, shape->other));
    case SHAPE_AMONG:
    case SHAPE_EXISTS:
        return list_holds(shape, agent, subject);
    case SHAPE_NONE:
        break;
    }
    return false;
}

const char *workflow_filter_word(const struct workflow_filter *filter)
{
    static const char *const words[WORKFLOW_AGENT_FIELDS] = {
        [AGENT_SKILLS] = "skill",          [AGENT_CONFLICTS] = "conflict", [AGENT_OPEN_LOAD] = "capacity",
        [AGENT_CAPACITY] = "capacity",     [AGENT_WEIGHTED_LOAD] = "load", [AGENT_TERRITORY_DISTANCE] = "territory",
        [AGENT_COVERS_BODY] = "territory", [AGENT_ABSENT] = "absent",
    };
    const char *word = filter->shape.kind == SHAPE_NONE ? NULL : words[filter->shape.field];

    return word ? word : "filter";
}
