#include "model/actor.h"

#include <string.h>

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_NONE] = "none",
    [ROLE_LOCAL_USER] = "local_user",
    [ROLE_SIGNER] = "signer",
    [ROLE_COMPTROLLER] = "comptroller",
    [ROLE_OPERATOR] = "operator",
    [ROLE_AGENT] = "agent",
    [ROLE_TECHNICIAN] = "technician",
    [ROLE_UNIT_HEAD] = "unit_head",
    [ROLE_SUPERVISOR] = "supervisor",
    [ROLE_ADMIN] = "admin",
    [ROLE_INTEGRATION] = "integration",
};

const struct actor actor_system = {
    .principal = "system", .login = "system", .name = "OAM", .staff = true, .all_bodies = true};

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? role_names[role] : role_names[ROLE_NONE];
}

enum role role_find(const char *name)
{
    for (unsigned i = ROLE_NONE + 1; name && i < ROLE_COUNT; i++)
        if (strcmp(role_names[i], name) == 0)
            return (enum role)i;
    return ROLE_NONE;
}
