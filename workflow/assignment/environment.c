/* What expressions of policies may name: agent, request (ticket) and data. */
#include "workflow/assignment/shape.h"

#include <string.h>

static const struct workflow_type type_bool = {.kind = WORKFLOW_KIND_BOOL};
static const struct workflow_type type_int = {.kind = WORKFLOW_KIND_INT};
static const struct workflow_type type_count = {.kind = WORKFLOW_KIND_INT, .has_min = true};
static const struct workflow_type type_distance = {
    .kind = WORKFLOW_KIND_INT, .has_min = true, .has_max = true, .max = WORKFLOW_DISTANCE_FAR};
static const struct workflow_type type_text = {.kind = WORKFLOW_KIND_STRING};
static const struct workflow_type type_texts = {.kind = WORKFLOW_KIND_LIST, .element = &type_text};
static const struct workflow_type type_time = {.kind = WORKFLOW_KIND_TIMESTAMP};

const struct workflow_member assignment_agent_members[WORKFLOW_AGENT_FIELDS] = {
    [AGENT_ID] = {"id", &type_int, true},
    [AGENT_LOGIN] = {"login", &type_text, false},
    [AGENT_UNIT] = {"unit", &type_text, false},
    [AGENT_SKILLS] = {"skills", &type_texts, true},
    [AGENT_CONFLICTS] = {"conflicts", &type_texts, true},
    [AGENT_OPEN_LOAD] = {"open_load", &type_count, true},
    [AGENT_WEIGHTED_LOAD] = {"weighted_load", &type_count, true},
    [AGENT_CAPACITY] = {"capacity", &type_count, true},
    [AGENT_LAST_ASSIGNED_AT] = {"last_assigned_at", &type_time, false},
    [AGENT_TERRITORY_DISTANCE] = {"territory_distance", &type_distance, true},
    [AGENT_ABSENT] = {"absent", &type_bool, true},
    [AGENT_PREVIOUS_REFERENT] = {"previous_referent", &type_bool, true},
    [AGENT_HOLDS] = {"holds", &type_bool, true},
    [AGENT_COVERS_BODY] = {"covers_body", &type_bool, true},
};

const struct workflow_member assignment_subject_members[WORKFLOW_SUBJECT_FIELDS] = {
    [SUBJECT_BODY] = {"body", &type_text, false},
    [SUBJECT_ENTITY] = {"entity", &type_text, false},
    [SUBJECT_COMARCA] = {"comarca", &type_text, false},
    [SUBJECT_SERVICE] = {"service", &type_text, false},
    [SUBJECT_AREA] = {"subject_area", &type_text, false},
    [SUBJECT_UNIT] = {"unit", &type_text, false},
    [SUBJECT_PRIORITY] = {"priority", &type_text, false},
    [SUBJECT_POPULATION] = {"population", &type_count, true},
    [SUBJECT_EFFORT_HOURS] = {"effort_hours", &type_count, true},
};

static const struct workflow_type type_agent = {
    .kind = WORKFLOW_KIND_RECORD, .members = assignment_agent_members, .n_members = WORKFLOW_AGENT_FIELDS};
static const struct workflow_type type_subject = {
    .kind = WORKFLOW_KIND_RECORD, .members = assignment_subject_members, .n_members = WORKFLOW_SUBJECT_FIELDS};

void workflow_policy_environment(const struct workflow_type *data, struct workflow_member *ret_roots,
                                 struct workflow_environment *ret)
{
    ret_roots[WORKFLOW_ROOT_AGENT] = (struct workflow_member){"agent", &type_agent, true};
    ret_roots[WORKFLOW_ROOT_REQUEST] = (struct workflow_member){"request", &type_subject, true};
    ret_roots[WORKFLOW_ROOT_TICKET] = (struct workflow_member){"ticket", &type_subject, true};
    ret_roots[WORKFLOW_ROOT_DATA] = (struct workflow_member){"data", data, true};
    *ret =
        (struct workflow_environment){.roots = ret_roots, .n_roots = data ? WORKFLOW_POLICY_ROOTS : WORKFLOW_ROOT_DATA};
}

int assignment_member_find(const struct workflow_member *members, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(members[i].name) == length && memcmp(members[i].name, name, length) == 0)
            return (int)i;
    return -1;
}

void workflow_agent_fields(const struct workflow_agent *agent, struct workflow_value *ret_fields)
{
    ret_fields[AGENT_ID] = workflow_value_int(agent->id);
    ret_fields[AGENT_LOGIN] = workflow_value_text(agent->login);
    ret_fields[AGENT_UNIT] = workflow_value_text(agent->unit);
    ret_fields[AGENT_SKILLS] = workflow_value_list(agent->skills, agent->n_skills);
    ret_fields[AGENT_CONFLICTS] = workflow_value_list(agent->conflicts, agent->n_conflicts);
    ret_fields[AGENT_OPEN_LOAD] = workflow_value_int(agent->open_load);
    ret_fields[AGENT_WEIGHTED_LOAD] = workflow_value_int(agent->weighted_load);
    ret_fields[AGENT_CAPACITY] = workflow_value_int(agent->capacity);
    ret_fields[AGENT_LAST_ASSIGNED_AT] =
        agent->last_assigned_us ? workflow_value_moment(agent->last_assigned_us) : workflow_value_unset();
    ret_fields[AGENT_TERRITORY_DISTANCE] = workflow_value_int(agent->territory_distance);
    ret_fields[AGENT_ABSENT] = workflow_value_bool(agent->absent);
    ret_fields[AGENT_PREVIOUS_REFERENT] = workflow_value_bool(agent->previous_referent);
    ret_fields[AGENT_HOLDS] = workflow_value_bool(agent->holds);
    ret_fields[AGENT_COVERS_BODY] = workflow_value_bool(agent->territory_distance == WORKFLOW_DISTANCE_BODY);
}

void workflow_subject_fields(const struct workflow_subject *subject, struct workflow_value *ret_fields)
{
    for (unsigned field = SUBJECT_BODY; field <= SUBJECT_PRIORITY; field++)
        ret_fields[field] = workflow_value_text(assignment_subject_text(subject, field));
    ret_fields[SUBJECT_POPULATION] = workflow_value_int(subject->population);
    ret_fields[SUBJECT_EFFORT_HOURS] = workflow_value_int(subject->effort_hours);
}

int64_t assignment_agent_number(const struct workflow_agent *agent, unsigned field)
{
    switch (field) {
    case AGENT_OPEN_LOAD:
        return agent->open_load;
    case AGENT_WEIGHTED_LOAD:
        return agent->weighted_load;
    case AGENT_CAPACITY:
        return agent->capacity;
    case AGENT_LAST_ASSIGNED_AT:
        return agent->turn;
    case AGENT_TERRITORY_DISTANCE:
        return agent->territory_distance;
    case AGENT_ABSENT:
        return agent->absent;
    case AGENT_PREVIOUS_REFERENT:
        return agent->previous_referent;
    case AGENT_HOLDS:
        return agent->holds;
    case AGENT_COVERS_BODY:
        return agent->territory_distance == WORKFLOW_DISTANCE_BODY;
    default:
        return agent->id;
    }
}

const char *assignment_subject_text(const struct workflow_subject *subject, unsigned field)
{
    switch (field) {
    case SUBJECT_BODY:
    case SUBJECT_ENTITY:
        return subject->body;
    case SUBJECT_COMARCA:
        return subject->comarca;
    case SUBJECT_SERVICE:
        return subject->service;
    case SUBJECT_AREA:
        return subject->subject_area;
    case SUBJECT_UNIT:
        return subject->unit;
    case SUBJECT_PRIORITY:
        return subject->priority;
    default:
        return NULL;
    }
}
