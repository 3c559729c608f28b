#include "auth/permission.h"

#include <string.h>

struct permission_row {
    const char *name;
    uint32_t roles, scopes;
};

static const struct permission_row table[PERMISSION_COUNT] = {
#define PERMISSION(name, told, roles, scopes) [PERMISSION_##name] = {told, (uint32_t)(roles), (uint32_t)(scopes)},
#include "auth/permissions.def"
#undef PERMISSION
};

const char *const permission_scope_names[] = {
    "requests:read", "requests:write", "requests:import", "events:read", "directory:read", "webhooks:manage", NULL};

bool permission_granted(enum permission permission, const struct actor *actor)
{
    if ((unsigned)permission >= PERMISSION_COUNT || (unsigned)actor->role >= ROLE_COUNT)
        return false;
    const struct permission_row *row = &table[permission];
    if (!(row->roles & (1u << actor->role)))
        return false;
    return actor->role != ROLE_INTEGRATION || (actor->scopes & row->scopes) == row->scopes;
}

const char *permission_name(enum permission permission)
{
    return (unsigned)permission < PERMISSION_COUNT ? table[permission].name : "";
}

static uint32_t scope_find(const char *name, size_t length)
{
    for (unsigned i = 0; permission_scope_names[i]; i++)
        if (strlen(permission_scope_names[i]) == length && memcmp(permission_scope_names[i], name, length) == 0)
            return 1u << i;
    return 0;
}

bool permission_scopes_parse(const char *text, uint32_t *ret_scopes)
{
    uint32_t scopes = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, " ");
        uint32_t scope = scope_find(at, length);
        if (!scope)
            return false;
        scopes |= scope;
        at += length;
        if (!*at)
            break;
    }
    *ret_scopes = scopes;
    return true;
}

char *permission_scopes_format(uint32_t scopes, char ret[PERMISSION_SCOPES_SIZE])
{
    size_t length = 0;
    for (unsigned i = 0; permission_scope_names[i]; i++) {
        size_t more = strlen(permission_scope_names[i]);
        if (!(scopes & (1u << i)) || length + more + 2 > PERMISSION_SCOPES_SIZE)
            continue;
        if (length > 0)
            ret[length++] = ' ';
        memcpy(ret + length, permission_scope_names[i], more);
        length += more;
    }
    ret[length] = '\0';
    return ret;
}
