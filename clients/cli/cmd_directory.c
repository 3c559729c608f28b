/* services, bodies: what may be asked for, and for whom. */
#include <string.h>

#include "cli.h"

static size_t wanted_count(struct cli *cli, bool *ret_ok)
{
    long limit = option_number(cli, OPT_LIMIT, 200, 1, 100000, ret_ok);
    return cli->values[OPT_ALL] ? 0 : (size_t)limit;
}

static bool looks_like_service(const char *word)
{
    size_t upper = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return upper >= 2 && word[upper] == '-' && word[upper + 1] != '\0';
}

static bool looks_like_body(const char *word)
{
    return strlen(word) == 10 && strspn(word, "0123456789") == 10;
}

/* A list that one looks through by words, or for one thing by its code. */
struct shelf {
    const char *list, *one; /* paths; the code takes the place of {} */
    bool (*is_code)(const char *word);
    const char *filter, *value;
    const struct column *columns, *record;
    size_t n_columns, n_record;
};
#define COLUMNS(member, rows) .member = (rows), .n_##member = sizeof(rows) / sizeof *(rows)

static enum exit_code look_up(struct cli *cli, const struct shelf *shelf)
{
    bool ok;
    json_t *json = NULL;
    size_t count = wanted_count(cli, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code != CLI_OK)
        return code;
    const char *word = cli->n_arguments ? cli->arguments[0] : NULL;
    if (word && shelf->is_code(word)) {
        code = fetch_json(cli, oam_path_new(shelf->one, word, (char *)NULL), &json);
        if (code == CLI_OK)
            output_record(cli, json, shelf->record, shelf->n_record);
        return code;
    }
    char *path = oam_path_query(oam_path_new(shelf->list, (char *)NULL), "q", word);
    code = fetch_items(cli, oam_path_query(path, shelf->filter, shelf->value), count, &json);
    if (code == CLI_OK)
        output_items(cli, json, shelf->columns, shelf->n_columns);
    return code;
}

enum exit_code command_services(struct cli *cli)
{
    static const struct column columns[] = {{"code", T_COL_CODE, 0},
                                            {"name", T_COL_NAME, FLEXIBLE | MAIN},
                                            {"area", T_COL_AREA, SPARE},
                                            {"support_type", T_COL_KIND, AS_SUPPORT | SPARE_LATE},
                                            {"unit", T_COL_UNIT, SPARE}};
    static const struct column record[] = {{"code", T_COL_CODE, 0},
                                           {"name", T_COL_NAME, 0},
                                           {"area_name", T_COL_AREA, 0},
                                           {"support_type", T_COL_KIND, AS_SUPPORT},
                                           {"unit", T_COL_UNIT, AS_UNIT},
                                           {"workflow", T_COL_WORKFLOW, 0},
                                           {"max_population", T_COL_MAX_POPULATION, 0},
                                           {"description", T_COL_DESCRIPTION, 0}};
    const struct shelf services = {.list = "/api/v1/services",
                                   .one = "/api/v1/services/{}",
                                   .is_code = looks_like_service,
                                   .filter = "area",
                                   .value = cli->values[OPT_AREA],
                                   COLUMNS(columns, columns),
                                   COLUMNS(record, record)};
    return look_up(cli, &services);
}

enum exit_code command_bodies(struct cli *cli)
{
    static const struct column columns[] = {{"code", T_COL_CODE, 0},
                                            {"name", T_COL_NAME, FLEXIBLE | MAIN},
                                            {"kind", T_COL_KIND, AS_BODY | SPARE},
                                            {"comarca_name", T_COL_COMARCA, FLEXIBLE | SPARE_LATE},
                                            {"province_name", T_COL_PROVINCE, SPARE},
                                            {"population", T_COL_POPULATION, SPARE}};
    const struct shelf bodies = {.list = "/api/v1/bodies",
                                 .one = "/api/v1/bodies/{}",
                                 .is_code = looks_like_body,
                                 .filter = "comarca",
                                 .value = cli->values[OPT_COMARCA],
                                 COLUMNS(columns, columns),
                                 COLUMNS(record, columns)};
    return look_up(cli, &bodies);
}
