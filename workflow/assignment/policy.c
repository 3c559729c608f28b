/* From the texts of a definition to a policy that decides. */
#include "workflow/assignment/shape.h"

#include <string.h>

enum { CANONICAL_SIZE = 2 * WORKFLOW_EXPRESSION_LENGTH_MAX };

static void report(struct workflow_expression_faults *faults, size_t offset, size_t length, const char *code,
                   const char *message)
{
    if (faults->n < faults->max) {
        struct workflow_expression_fault *fault = &faults->list[faults->n];
        *fault = (struct workflow_expression_fault){.offset = (unsigned)offset,
                                                    .length = (unsigned)length,
                                                    .line = 1,
                                                    .column = (unsigned)offset + 1,
                                                    .code = code};
        memcpy(fault->message, message, strlen(message) + 1);
    }
    faults->n++;
}

/* ---- pools ---- */

static bool is_team_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '.';
}

/* "team(<name>)": returns the bytes it takes, 0 when it is none. */
static size_t team_length(const char *text, size_t length)
{
    static const char begin[] = "team(";
    size_t at = sizeof(begin) - 1;

    if (length <= at || memcmp(text, begin, at) != 0)
        return 0;
    while (at < length && is_team_letter(text[at]))
        at++;
    size_t name = at - (sizeof(begin) - 1);
    return name > 0 && name < WORKFLOW_POLICY_TEAM_SIZE && at < length && text[at] == ')' ? at + 1 : 0;
}

bool workflow_pool_parse(const char *text, size_t length, struct workflow_pool *ret,
                         struct workflow_expression_faults *faults)
{
    static const char everybody[] = "agents", comarca[] = " in comarca(applicant)";
    struct workflow_pool pool = {0};
    size_t at = team_length(text, length);

    if (at > 0)
        memcpy(pool.team, text + 5, at - 6);
    else if (length >= sizeof(everybody) - 1 && memcmp(text, everybody, sizeof(everybody) - 1) == 0)
        at = sizeof(everybody) - 1;
    pool.in_comarca = at > 0 && length > at;
    if (at == 0 ||
        (pool.in_comarca && (length - at != sizeof(comarca) - 1 || memcmp(text + at, comarca, length - at) != 0))) {
        report(faults, at, length - at, "syntax",
               "A pool is \"agents\" or \"team(<name>)\", and may go on with \" in comarca(applicant)\"");
        return false;
    }
    *ret = pool;
    return true;
}

/* ---- filters ---- */

/* Canonical text, so that spaces and parentheses do not hide a shape. `memory` is given back. */
static struct workflow_shape shape_of(const char *text, size_t length, const struct workflow_environment *environment,
                                      struct workflow_memory memory)
{
    char canonical[CANONICAL_SIZE];
    struct workflow_expression_faults none = {0};
    const struct workflow_syntax *syntax = workflow_syntax_parse(text, length, environment, &memory, &none);
    size_t written = syntax ? workflow_syntax_print(syntax, canonical, sizeof(canonical)) : 0;

    if (written == 0 || written >= sizeof(canonical))
        return (struct workflow_shape){0};
    return assignment_shape_of(canonical, written);
}

bool workflow_filter_compile(const char *text, size_t length, const struct workflow_environment *environment,
                             struct workflow_memory *memory, struct workflow_filter *ret,
                             struct workflow_expression_faults *faults)
{
    static const struct workflow_type wanted = {.kind = WORKFLOW_KIND_BOOL};
    const struct workflow_expression *expression =
        workflow_expression_compile(text, length, environment, &wanted, memory, faults);

    if (!expression)
        return false;
    *ret = (struct workflow_filter){.expression = expression, .shape = shape_of(text, length, environment, *memory)};
    return true;
}

/* ---- ranks ---- */

/* Cuts " asc" or " desc" off. */
static bool direction_of(const char *text, size_t *length, bool *ret_descending)
{
    static const char *const directions[] = {" asc", " desc"};

    for (int i = 0; i < 2; i++) {
        size_t n = strlen(directions[i]);
        if (*length > n && memcmp(text + *length - n, directions[i], n) == 0) {
            *length -= n;
            *ret_descending = i == 1;
            return true;
        }
    }
    return false;
}

/* The names that a rank may stand for without saying whose they are. */
static int field_of(const char *name, size_t length)
{
    static const uint8_t fields[] = {AGENT_PREVIOUS_REFERENT, AGENT_TERRITORY_DISTANCE, AGENT_WEIGHTED_LOAD,
                                     AGENT_OPEN_LOAD, AGENT_LAST_ASSIGNED_AT};
    static const char id[] = "agent_id";

    if (length == sizeof(id) - 1 && memcmp(name, id, length) == 0)
        return AGENT_ID;
    int found = assignment_member_find(assignment_agent_members, WORKFLOW_AGENT_FIELDS, name, length);
    for (size_t i = 0; i < sizeof(fields); i++)
        if (found == fields[i])
            return found;
    return -1;
}

static bool has_order(enum workflow_kind kind)
{
    return kind == WORKFLOW_KIND_BOOL || kind == WORKFLOW_KIND_INT || kind == WORKFLOW_KIND_DOUBLE ||
           kind == WORKFLOW_KIND_TIMESTAMP || kind == WORKFLOW_KIND_DURATION;
}

/* Keeps a copy of the text, terminated; NULL when there is no room. */
static const char *keep(struct workflow_memory *memory, const char *text, size_t length)
{
    if (length >= memory->size - memory->used)
        return NULL;
    char *copy = (char *)memory->bytes + memory->used;
    memcpy(copy, text, length);
    copy[length] = '\0';
    memory->used += (length + 16) & ~(size_t)15;
    if (memory->used > memory->size)
        memory->used = memory->size;
    return copy;
}

static bool rank_expression(const char *text, size_t length, const struct workflow_environment *environment,
                            struct workflow_memory *memory, struct workflow_rank *rank,
                            struct workflow_expression_faults *faults)
{
    size_t before = memory->used;

    rank->expression = workflow_expression_compile(text, length, environment, NULL, memory, faults);
    if (!rank->expression)
        return false;
    if (has_order(workflow_expression_kind(rank->expression)))
        return true;
    memory->used = before;
    report(faults, 0, length, "wrong_type",
           "A rank is a bool, an int, a double, a timestamp or a duration: what is compared has to have an order");
    return false;
}

bool workflow_rank_compile(const char *text, size_t length, const struct workflow_environment *environment,
                           struct workflow_memory *memory, struct workflow_rank *ret,
                           struct workflow_expression_faults *faults)
{
    struct workflow_rank rank = {0};

    if (!direction_of(text, &length, &rank.descending)) {
        report(faults, length, 0, "syntax", "A rank ends with \" asc\" or \" desc\"");
        return false;
    }
    int field = field_of(text, length);
    rank.is_field = field >= 0;
    rank.field = (uint8_t)(field >= 0 ? field : 0);
    if (!rank.is_field && !rank_expression(text, length, environment, memory, &rank, faults))
        return false;
    rank.text = keep(memory, text, length);
    if (!rank.text) {
        report(faults, 0, length, "too_large", "The policy does not fit in the memory it was given");
        return false;
    }
    *ret = rank;
    return true;
}
