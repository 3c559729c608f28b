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

enum exit_code command_services(struct cli *cli)
{
    static const struct column columns[] = {{"code", T_COL_CODE, false},
                                            {"name", T_COL_NAME, true},
                                            {"area", T_COL_AREA, false},
                                            {"support_type", T_COL_KIND, false},
                                            {"unit", T_COL_UNIT, false}};
    static const struct column record[] = {{"code", T_COL_CODE, false},
                                           {"name", T_COL_NAME, false},
                                           {"area_name", T_COL_AREA, false},
                                           {"support_type", T_COL_KIND, false},
                                           {"unit", T_COL_UNIT, false},
                                           {"workflow", T_COL_WORKFLOW, false},
                                           {"max_population", T_COL_MAX_POPULATION, false},
                                           {"description", T_COL_DESCRIPTION, false}};
    bool ok;
    json_t *json = NULL;
    size_t count = wanted_count(cli, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code != CLI_OK) {
        return code;
    }
    const char *word = cli->n_arguments ? cli->arguments[0] : NULL;
    if (word && looks_like_service(word)) {
        code = fetch_json(cli, oam_path_new("/api/v1/services/{}", word, (char *)NULL), &json);
        if (code == CLI_OK) {
            output_record(cli, json, record, sizeof record / sizeof *record);
        }
        return code;
    }
    char *path = oam_path_query(oam_path_new("/api/v1/services", (char *)NULL), "q", word);
    code = fetch_items(cli, oam_path_query(path, "area", cli->values[OPT_AREA]), count, &json);
    if (code == CLI_OK) {
        output_items(cli, json, columns, sizeof columns / sizeof *columns);
    }
    return code;
}

enum exit_code command_bodies(struct cli *cli)
{
    static const struct column columns[] = {{"code", T_COL_CODE, false},
                                            {"name", T_COL_NAME, true},
                                            {"kind", T_COL_KIND, false},
                                            {"comarca_name", T_COL_COMARCA, true},
                                            {"province_name", T_COL_PROVINCE, false},
                                            {"population", T_COL_POPULATION, false}};
    bool ok;
    json_t *json = NULL;
    size_t count = wanted_count(cli, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code != CLI_OK) {
        return code;
    }
    const char *word = cli->n_arguments ? cli->arguments[0] : NULL;
    if (word && looks_like_body(word)) {
        code = fetch_json(cli, oam_path_new("/api/v1/bodies/{}", word, (char *)NULL), &json);
        if (code == CLI_OK) {
            output_record(cli, json, columns, sizeof columns / sizeof *columns);
        }
        return code;
    }
    char *path = oam_path_query(oam_path_new("/api/v1/bodies", (char *)NULL), "q", word);
    code = fetch_items(cli, oam_path_query(path, "comarca", cli->values[OPT_COMARCA]), count, &json);
    if (code == CLI_OK) {
        output_items(cli, json, columns, sizeof columns / sizeof *columns);
    }
    return code;
}
