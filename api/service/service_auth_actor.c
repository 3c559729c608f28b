#include "service/service_auth_actor.h"

#include <inttypes.h>
#include <stdio.h>

#include "auth/permission.h"
#include "base/log.h"

static void set_text(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text ? text : "");
}

static void add_body(struct actor *actor, int64_t body_id, enum role role)
{
    size_t i = 0;
    while (i < actor->n_bodies && actor->bodies[i] != body_id)
        i++;
    if (i == ACTOR_BODIES_MAX) { /* it sees fewer than it might: the safe side */
        log_event(LOG_WARN, "actor_has_too_many_bodies", LOG_S("principal", actor->principal));
        return;
    }
    if (i == actor->n_bodies)
        actor->bodies[actor->n_bodies++] = body_id;
    actor->roles_in[i] = (uint8_t)(actor->roles_in[i] | role_in_body(role));
}

/* The provider's people are what their first post is; a body's people are all that they are, in each of their bodies.
 */
bool actor_of_person(const struct rows *rows, struct actor *ret)
{
    struct actor actor = {.role = ROLE_NONE};
    size_t n = rows_count(rows);
    for (size_t i = 0; i < n; i++) {
        enum role role = role_find(rows_text(rows, i, PERSON_ROLE));
        if (role > actor.role && role < ROLE_INTEGRATION)
            actor.role = role;
    }
    if (actor.role == ROLE_NONE)
        return false;
    actor.user_id = rows_number(rows, 0, PERSON_USER_ID);
    (void)snprintf(actor.principal, sizeof actor.principal, "user:%" PRId64, actor.user_id);
    set_text(actor.login, sizeof actor.login, rows_text(rows, 0, PERSON_LOGIN));
    set_text(actor.name, sizeof actor.name, rows_text(rows, 0, PERSON_NAME));
    actor.staff = actor.role >= ROLE_OPERATOR;
    actor.scopes = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        enum role role = role_find(rows_text(rows, i, PERSON_ROLE));
        if (!actor.staff && !rows_null(rows, i, PERSON_BODY_ID))
            add_body(&actor, rows_number(rows, i, PERSON_BODY_ID), role);
        if (role == actor.role && actor.unit_id == 0)
            actor.unit_id = rows_number(rows, i, PERSON_UNIT_ID);
    }
    if (actor.role == ROLE_AGENT && !rows_null(rows, 0, PERSON_AGENT_ID)) {
        actor.agent_id = rows_number(rows, 0, PERSON_AGENT_ID);
        actor.unit_id = rows_number(rows, 0, PERSON_AGENT_UNIT_ID);
    }
    *ret = actor;
    return true;
}

bool actor_of_client(const struct rows *rows, struct actor *ret)
{
    struct actor actor = {.role = ROLE_INTEGRATION};
    if (rows_count(rows) == 0)
        return false;
    actor.client_id = rows_number(rows, 0, CLIENT_ID);
    (void)snprintf(actor.principal, sizeof actor.principal, "client:%" PRId64, actor.client_id);
    set_text(actor.login, sizeof actor.login, rows_text(rows, 0, CLIENT_CLIENT_ID));
    set_text(actor.name, sizeof actor.name, rows_text(rows, 0, CLIENT_NAME));
    actor.all_bodies = rows_bool(rows, 0, CLIENT_ALL_BODIES);
    const char *scopes = rows_text(rows, 0, CLIENT_SCOPES);
    if (scopes && *scopes && !permission_scopes_parse(scopes, &actor.scopes))
        return false;
    for (size_t i = 0; !actor.all_bodies && i < rows_count(rows); i++)
        if (!rows_null(rows, i, CLIENT_BODY_ID))
            add_body(&actor, rows_number(rows, i, CLIENT_BODY_ID), ROLE_INTEGRATION);
    *ret = actor;
    return true;
}
