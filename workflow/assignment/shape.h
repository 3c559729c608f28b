/*
 * Shapes: expressions that most policies are made of, decided without the evaluator. What a shape answers is what the
 * evaluator would (tests/property/test_assignment_shapes.c compares them); all else goes to the evaluator.
 *
 *     [!]agent.absent                                            a bool of the agent
 *     agent.open_load < agent.capacity, agent.open_load < 20     two ints of the agent, or one and a constant
 *     request.subject_area in agent.skills, !(...)               a text of the request in a list of the agent
 *     [!]agent.conflicts.exists(c, c == request.body)            the same in other words
 */
#ifndef OAM_WORKFLOW_ASSIGNMENT_SHAPE_H
#define OAM_WORKFLOW_ASSIGNMENT_SHAPE_H

#include "workflow/assignment.h"

/* Fields of the agent and of the request, in the order of the environment. */
enum {
    AGENT_ID,
    AGENT_LOGIN,
    AGENT_UNIT,
    AGENT_SKILLS,
    AGENT_CONFLICTS,
    AGENT_OPEN_LOAD,
    AGENT_WEIGHTED_LOAD,
    AGENT_CAPACITY,
    AGENT_LAST_ASSIGNED_AT,
    AGENT_TERRITORY_DISTANCE,
    AGENT_ABSENT,
    AGENT_PREVIOUS_REFERENT,
    AGENT_HOLDS,
    AGENT_COVERS_BODY
};
enum {
    SUBJECT_BODY,
    SUBJECT_ENTITY,
    SUBJECT_COMARCA,
    SUBJECT_SERVICE,
    SUBJECT_AREA,
    SUBJECT_UNIT,
    SUBJECT_PRIORITY,
    SUBJECT_POPULATION,
    SUBJECT_EFFORT_HOURS
};

/* The members of `agent` and `request`, by those numbers. */
extern const struct workflow_member assignment_agent_members[WORKFLOW_AGENT_FIELDS];
extern const struct workflow_member assignment_subject_members[WORKFLOW_SUBJECT_FIELDS];

/* Finds a member by a name that is not terminated; -1: there is none. */
int assignment_member_find(const struct workflow_member *members, size_t n, const char *name, size_t length);

/* Reads a bool or an int of an agent by its number, a bool as 0 or 1; last_assigned_at as its turn. */
int64_t assignment_agent_number(const struct workflow_agent *agent, unsigned field);

/* Reads a text of the request by its number, NULL when it is unset. */
const char *assignment_subject_text(const struct workflow_subject *subject, unsigned field);

/* Tells which shape a text in its canonical form has; kind is 0 when none. */
struct workflow_shape assignment_shape_of(const char *text, size_t length);

/* Decides a filter that has a shape: true when it holds. */
bool assignment_shape_holds(const struct workflow_shape *shape, const struct workflow_agent *agent,
                            const struct workflow_subject *subject);

#endif
