/* client: the systems that come in, what they may do, and their secrets. For administrators. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))
#define HOURS_MAX     168
#define HOURS_USUAL   24

static const struct column client_record[] = {{"client_id", T_COL_CLIENT, 0},
                                              {"name", T_COL_NAME, 0},
                                              {"state", T_COL_STATE, 0},
                                              {"scopes", T_COL_SCOPES, 0},
                                              {"all_bodies", T_COL_ALL_BODIES, 0},
                                              {"bodies", T_COL_BODIES, 0},
                                              {"created_by", T_COL_CREATED_BY, 0},
                                              {"last_used_at", T_COL_LAST_USED, AS_AGE},
                                              {"previous_until", T_COL_PREVIOUS_UNTIL, AS_TIME},
                                              {"client_secret", T_COL_SECRET, 0}};

enum exit_code form_client_list(struct cli *cli)
{
    static const struct column columns[] = {{"client_id", T_COL_CLIENT, 0},
                                            {"name", T_COL_NAME, FLEXIBLE | MAIN},
                                            {"state", T_COL_STATE, 0},
                                            {"bodies", T_COL_BODIES, FLEXIBLE | SPARE_LATE},
                                            {"scopes", T_COL_SCOPES, FLEXIBLE | SPARE},
                                            {"last_used_at", T_COL_LAST_USED, AS_AGE}};
    bool ok;
    json_t *items = NULL;
    const long limit = option_number(cli, OPT_LIMIT, 50, 1, 1000000, &ok);
    enum exit_code code = ok ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK)
        code = fetch_items(cli, oam_path_new("/api/v1/clients", (char *)NULL), cli->values[OPT_ALL] ? 0 : (size_t)limit,
                           &items);
    if (code == CLI_OK)
        output_items(cli, items, columns, N_OF(columns));
    return code;
}

static char *path_of(const struct cli *cli, const char *pattern)
{
    return oam_path_new(pattern, cli->arguments[1], (char *)NULL);
}

enum exit_code form_client_show(struct cli *cli)
{
    static const struct column columns[] = {{"at", T_COL_TIME, AS_TIME},
                                            {"act", T_COL_WHAT, 0},
                                            {"by", T_COL_BY, 0},
                                            {"scopes", T_COL_SCOPES, FLEXIBLE | MAIN},
                                            {"bodies", T_COL_BODIES, FLEXIBLE | SPARE}};
    json_t *client = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/clients/{}"), &client);
    if (code != CLI_OK)
        return code;
    output_record(cli, client, client_record, N_OF(client_record));
    if (cli->format == FORMAT_TABLE)
        output_section(cli, T_TITLE_CHANGES, json_object_get(client, "changes"), columns, N_OF(columns));
    return CLI_OK;
}

/* CODE,CODE as a list. */
static json_t *codes_of(const char *given)
{
    json_t *codes = json_array();
    for (const char *at = given; *at; at += strspn(at, ",")) {
        const size_t length = strcspn(at, ",");
        if (length > 0)
            json_array_append_new(codes, json_stringn(at, length));
        at += length;
    }
    return codes;
}

/* --body CODE,CODE and --data. False: it could not be read. */
static bool input_from_options(struct cli *cli, json_t *input)
{
    const json_t *more = data_from_options(cli, NULL);
    const char *given = cli->values[OPT_BODY];
    if (!more)
        return false;
    if (given)
        json_object_set_new(input, "bodies", codes_of(given));
    json_object_update(input, (json_t *)(uintptr_t)more);
    return true;
}

static enum exit_code output_with_secret(struct cli *cli, const json_t *answer)
{
    output_record(cli, answer, client_record, N_OF(client_record));
    note(cli, T_SECRET_ONCE);
    return CLI_OK;
}

/* add ID NAME SCOPE... */
enum exit_code form_client_add(struct cli *cli)
{
    json_t *scopes = json_array(), *answer = NULL;
    for (size_t i = 3; i < cli->n_arguments; i++)
        json_array_append_new(scopes, json_string(cli->arguments[i]));
    json_t *input = keep_json(
        json_pack("{s:s, s:s, s:o}", "client_id", cli->arguments[1], "name", cli->arguments[2], "scopes", scopes));
    if (!input_from_options(cli, input))
        return CLI_USAGE;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK && cli->dry_run)
        output_json(cli, input);
    else if (code == CLI_OK)
        code = send_json(cli, "POST", oam_path_new("/api/v1/clients", (char *)NULL), input, NULL, &answer);
    return answer ? output_with_secret(cli, answer) : code;
}

/* Reads the version that there is, and asks for a change of that one; without an answer where nothing was to be done.
 */
static enum exit_code change(struct cli *cli, const char *method, const char *pattern, const json_t *input,
                             json_t **ret_answer)
{
    char etag[48];
    json_t *client = NULL;
    enum exit_code code = connect_default(cli);
    *ret_answer = NULL;
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/clients/{}"), &client);
    if (code == CLI_OK && cli->dry_run)
        output_json(cli, input ? input : client);
    if (code != CLI_OK || cli->dry_run)
        return code;
    (void)snprintf(etag, sizeof etag, "\"v%lld\"", (long long)json_integer_value(json_object_get(client, "version")));
    return send_json(cli, method, path_of(cli, pattern), input, etag, ret_answer);
}

static enum exit_code patch(struct cli *cli, const json_t *input)
{
    json_t *answer;
    enum exit_code code = change(cli, "PATCH", "/api/v1/clients/{}", input, &answer);
    if (answer)
        output_record(cli, answer, client_record, N_OF(client_record));
    return code;
}

enum exit_code form_client_set(struct cli *cli)
{
    json_t *input = keep_json(json_object());
    return input_from_options(cli, input) ? patch(cli, input) : CLI_USAGE;
}

enum exit_code form_client_disable(struct cli *cli)
{
    return patch(cli, keep_json(json_pack("{s:s}", "state", "disabled")));
}

enum exit_code form_client_enable(struct cli *cli)
{
    return patch(cli, keep_json(json_pack("{s:s}", "state", "active")));
}

/* rotate ID [HOURS] */
enum exit_code form_client_rotate(struct cli *cli)
{
    const char *given = cli->n_arguments > 2 ? cli->arguments[2] : NULL;
    char *end = NULL;
    const long hours = given ? strtol(given, &end, 10) : HOURS_USUAL;
    json_t *answer;
    if (given && (end == given || *end || hours < 0 || hours > HOURS_MAX))
        return fail_usage(T_CLIENT_HOURS, given);
    enum exit_code code = change(cli, "POST", "/api/v1/clients/{}:rotate-secret",
                                 keep_json(json_pack("{s:I}", "overlap_hours", (json_int_t)hours)), &answer);
    return answer ? output_with_secret(cli, answer) : code;
}

enum exit_code form_client_revoke(struct cli *cli)
{
    json_t *answer;
    enum exit_code code = change(cli, "DELETE", "/api/v1/clients/{}", NULL, &answer);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_CLIENT_REVOKED, cli->arguments[1]);
    return code;
}
