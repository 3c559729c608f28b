/* --fields and --include: which members of requests and of their statuses are asked for, and the columns that they
 * have. */
#include <string.h>

#include "cli.h"

/* What neither a request nor its status shows unless it is named. Parts, members and what was granted have a table of
 * their own below. */
static const struct column further[] = {{"kind", T_COL_KIND, 0},
                                        {"state", T_COL_STATE, AS_STATE},
                                        {"body", T_COL_BODY, 0},
                                        {"service", T_COL_SERVICE, 0},
                                        {"assignee", T_COL_AGENT, 0},
                                        {"comarca", T_COL_COMARCA, AS_COMARCA},
                                        {"supports", T_COL_SUPPORTS, AS_SUPPORT},
                                        {"joint", T_COL_JOINT, 0},
                                        {"place", T_COL_PLACE, 0},
                                        {"synthetic", T_COL_SYNTHETIC, 0},
                                        {"workflow", T_COL_WORKFLOW, 0},
                                        {"suspended", T_COL_SUSPENDED, 0},
                                        {"outcome", T_COL_OUTCOME, 0},
                                        {"created_at", T_COL_CREATED, AS_TIME}};

static const struct columns further_columns = {further, sizeof further / sizeof *further};

bool selection_asked(const struct cli *cli)
{
    return cli->values[OPT_FIELDS] || cli->values[OPT_MEMBERS];
}

char *selection_path(const struct cli *cli, char *path)
{
    path = oam_path_query(path, "fields", cli->values[OPT_FIELDS]);
    return oam_path_query(path, "include", cli->values[OPT_MEMBERS]);
}

/* The member that a column's path begins with, as one of the names between commas. */
static bool names(const char *list, const char *path)
{
    const size_t length = strcspn(path, ".");
    for (const char *at = list; at && *at; at += strspn(at, ",")) {
        const size_t word = strcspn(at, ",");
        if (word == length && memcmp(at, path, length) == 0)
            return true;
        at += word;
    }
    return false;
}

/* A request's own columns are there unless --fields leaves them out, and its ref always; the others when they are
 * named. */
static bool is_wanted(const struct cli *cli, const struct column *column, bool own)
{
    const char *fields = cli->values[OPT_FIELDS];
    return (own && (!fields || strcmp(column->path, "ref") == 0)) || names(fields, column->path) ||
           names(cli->values[OPT_MEMBERS], column->path);
}

/* A member that both representations have is shown once. */
static bool is_told(const struct column *columns, size_t n, const char *path)
{
    const size_t length = strcspn(path, ".");
    for (size_t i = 0; i < n; i++)
        if (strcspn(columns[i].path, ".") == length && memcmp(columns[i].path, path, length) == 0)
            return true;
    return false;
}

struct columns selection_columns(const struct cli *cli, const struct columns *own)
{
    /* Those of the status at last: the state of a request is a key, and `state.label` that of a status. */
    const struct columns *const sets[] = {own, &request_columns, &further_columns, &status_columns};
    const size_t n_sets = sizeof sets / sizeof *sets;
    size_t most = 0, n = 0;
    if (!selection_asked(cli))
        return *own;
    for (size_t s = 0; s < n_sets; s++)
        most += sets[s]->n;
    struct column *chosen = keep_alloc(most * sizeof *chosen);
    for (size_t s = 0; s < n_sets; s++) {
        const size_t before = n;
        for (size_t c = 0; c < sets[s]->n; c++) {
            const struct column *column = &sets[s]->first[c];
            if (is_wanted(cli, column, s == 0) && !is_told(chosen, before, column->path))
                chosen[n++] = *column;
        }
    }
    return (struct columns){chosen, n};
}
