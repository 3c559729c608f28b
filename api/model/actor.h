/* Who is asking: made once by auth/, read by everybody below it. */
#ifndef OAM_MODEL_ACTOR_H
#define OAM_MODEL_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum role {
    ROLE_NONE,
    ROLE_LOCAL_USER,
    ROLE_SIGNER,
    ROLE_COMPTROLLER,
    ROLE_OPERATOR,
    ROLE_AGENT,
    ROLE_TECHNICIAN,
    ROLE_UNIT_HEAD,
    ROLE_SUPERVISOR,
    ROLE_ADMIN,
    ROLE_INTEGRATION,
    ROLE_COUNT
};

/* "local_user", …; role_find answers ROLE_NONE for an unknown name. */
const char *role_name(enum role role);
enum role role_find(const char *name);

enum scope_flag {
    SCOPE_REQUESTS_READ = 1u << 0,
    SCOPE_REQUESTS_WRITE = 1u << 1,
    SCOPE_REQUESTS_IMPORT = 1u << 2,
    SCOPE_EVENTS_READ = 1u << 3,
    SCOPE_DIRECTORY_READ = 1u << 4,
    SCOPE_WEBHOOKS_MANAGE = 1u << 5,
};

/* A county council acts for every town of its comarca: the largest has 68. */
#define ACTOR_BODIES_MAX 128

struct actor {
    enum role role;     /* ROLE_NONE: anonymous */
    int64_t user_id;    /* user_account.id, or 0 */
    int64_t client_id;  /* api_client.id, or 0 */
    char principal[64]; /* "user:<id>" or "client:<id>": keys idempotency, rate limits, audit */
    char login[101];    /* login or client_id: what history shows */
    char name[161];
    bool staff;      /* provider side: operator … admin */
    bool all_bodies; /* an integration of the provider: any body */
    size_t n_bodies; /* body side: the bodies it belongs to */
    int64_t bodies[ACTOR_BODIES_MAX];
    int64_t unit_id;                    /* technician, unit_head, agent: their unit; else 0 */
    int64_t agent_id;                   /* agent.id when the person is a territorial agent; else 0 */
    uint32_t scopes;                    /* scope_flag; people hold all */
    uint8_t roles_in[ACTOR_BODIES_MAX]; /* what a person is in bodies[i]: role_in_body() bits */
};

/* What happens by itself: sees every request, holds no role of a person. */
extern const struct actor actor_system;

/* The roles that a person may have in a body; several at once in a small town. */
static inline uint8_t role_in_body(enum role role)
{
    if (role < ROLE_LOCAL_USER || role > ROLE_COMPTROLLER)
        return 0;
    return (uint8_t)(1u << role);
}

static inline bool actor_is_in_body(const struct actor *actor, enum role role, int64_t body_id)
{
    for (size_t i = 0; i < actor->n_bodies; i++)
        if (actor->bodies[i] == body_id)
            return (actor->roles_in[i] & role_in_body(role)) != 0;
    return false;
}

static inline bool actor_sees_body(const struct actor *actor, int64_t body_id)
{
    if (actor->staff || actor->all_bodies)
        return true;
    for (size_t i = 0; i < actor->n_bodies; i++)
        if (actor->bodies[i] == body_id)
            return true;
    return false;
}

#endif
