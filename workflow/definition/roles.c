/* `roles`: who may act, and where they come from. */
#include "workflow/definition/reader.h"

enum { TEAM_MAX = 64 };

static void read_from(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"applicant_entity", WORKFLOW_ROLE_FROM_APPLICANT_ENTITY},
        {"assignee", WORKFLOW_ROLE_FROM_ASSIGNEE},
        {"team", WORKFLOW_ROLE_FROM_TEAM},
        {"system", WORKFLOW_ROLE_FROM_SYSTEM},
        {"panel", WORKFLOW_ROLE_FROM_PANEL},
    };
    struct workflow_role_info *role = into;
    int from;

    if (read_word(reader, at, value, words, COUNT_OF(words), &from))
        role->from = (enum workflow_role_from)from;
}

static void read_scope(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct word words[] = {
        {"global", WORKFLOW_ROLE_SCOPE_GLOBAL},
        {"entity", WORKFLOW_ROLE_SCOPE_ENTITY},
        {"comarca", WORKFLOW_ROLE_SCOPE_COMARCA},
        {"service", WORKFLOW_ROLE_SCOPE_SERVICE},
    };
    struct workflow_role_info *role = into;
    int scope;

    if (read_word(reader, at, value, words, COUNT_OF(words), &scope))
        role->scope = (enum workflow_role_scope)scope;
}

static void read_team(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_role_info *role = into;
    const char *team = read_string(reader, at, value, TEAM_MAX);

    if (team)
        role->team = keep_text(reader, team);
}

static void read_role_label(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_text(reader, at, value, &((struct workflow_role_info *)into)->label);
}

static void read_role(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"label", MEMBER_REQUIRED, read_role_label},
        {"from", MEMBER_REQUIRED, read_from},
        {"team", MEMBER_OPTIONAL, read_team},
        {"scope", MEMBER_OPTIONAL, read_scope},
    };
    struct workflow *wf = into;
    struct workflow_role_info *role = &wf->roles[wf->n_roles++];

    role->key = keep_text(reader, at->name);
    role->label = text_of(role->key);
    read_members(reader, at, value, members, COUNT_OF(members), role);
}

void read_roles(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_entries(reader, at, value, 1, WORKFLOW_ROLES_MAX, read_role, into);
}

bool refer_role(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_role)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    if (!key)
        return false;
    if (workflow_role_find(reader->wf, key, ret_role))
        return true;
    report_fault(reader->report, at, "unknown_role", "No role \"%s\" in roles", key);
    return false;
}

static void read_one_of_set(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    uint32_t *set = into;
    unsigned role;

    if (!refer_role(reader, at, value, &role))
        return;
    if (*set & (1u << role))
        report_fault(reader->report, at, "duplicate_item", "This role is there already");
    *set |= 1u << role;
}

void read_role_set(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    if (json_is_array(value))
        read_items(reader, at, value, 1, WORKFLOW_ROLES_MAX, read_one_of_set, into);
    else
        read_one_of_set(reader, at, value, into);
}
