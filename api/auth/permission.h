/* Who may call what: permissions.def is the one table; deny is the default. */
#ifndef OAM_AUTH_PERMISSION_H
#define OAM_AUTH_PERMISSION_H

#include <stdbool.h>

#include "model/actor.h"

enum permission {
#define PERMISSION(name, told, roles, scopes) PERMISSION_##name,
#include "auth/permissions.def"
#undef PERMISSION
    PERMISSION_COUNT
};

/* True when the role is listed and, for an integration, every scope of the row is held. */
bool permission_granted(enum permission permission, const struct actor *actor);

/* As GET /me tells it: "requests:read". */
const char *permission_name(enum permission permission);

/* Reads scopes separated by single spaces (RFC 6749, 3.3). False for a name that is not ours; ret_scopes is then left
 * alone. */
bool permission_scopes_parse(const char *text, uint32_t *ret_scopes);

#define PERMISSION_SCOPES_SIZE 96
/* The opposite, in the order of scope_flag. Returns `ret`. */
char *permission_scopes_format(uint32_t scopes, char ret[PERMISSION_SCOPES_SIZE]);

/* The names of all scopes, NULL-terminated, in the order of scope_flag. */
extern const char *const permission_scope_names[];

#endif
