/* Who may call what: permissions.def is the one table; deny is the default. */
#ifndef OAM_AUTH_PERMISSION_H
#define OAM_AUTH_PERMISSION_H

#include <stdbool.h>

#include "model/actor.h"

enum permission {
#define PERMISSION(name, roles, scopes) PERMISSION_##name,
#include "auth/permissions.def"
#undef PERMISSION
    PERMISSION_COUNT
};

/* True when the role is listed and, for an integration, every scope of the row is held. */
bool permission_granted(enum permission permission, const struct actor *actor);
const char *permission_name(enum permission permission);

#endif
