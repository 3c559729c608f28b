/* address: where one is written to. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define PATH "/api/v1/me/address"

static const struct column address_record[] = {{"address", T_COL_ADDRESS, 0},
                                               {"pending.address", T_COL_PENDING, 0},
                                               {"pending.expires_at", T_COL_EXPIRES, AS_TIME},
                                               {"pending.tries_left", T_COL_TRIES_LEFT, 0}};

enum exit_code form_address(struct cli *cli)
{
    json_t *address = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new(PATH, (char *)NULL), &address);
    if (code == CLI_OK)
        output_record(cli, address, address_record, sizeof address_record / sizeof *address_record);
    return code;
}

/* One member that is sent once: a code that is sent again would be another try. */
static enum exit_code put(struct cli *cli, const char *method, const char *path, const char *member)
{
    json_t *input = member ? keep_json(json_pack("{s:s}", member, cli->arguments[1])) : NULL;
    struct oam_response *response = NULL;
    if (cli->dry_run) {
        output_json(cli, input ? input : keep_json(json_object()));
        return CLI_OK;
    }
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    char *body = input ? json_dumps(input, JSON_COMPACT) : NULL;
    enum oam_result result = oam_send(cli->client, method, path, body, NULL, &response, &cli->err);
    json_t *address = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    free(body);
    if (result != OAM_OK)
        return fail_call(cli);
    if (address)
        output_record(cli, address, address_record, sizeof address_record / sizeof *address_record);
    return CLI_OK;
}

enum exit_code form_address_set(struct cli *cli)
{
    enum exit_code code = put(cli, "PUT", PATH, "address");
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_ADDRESS_ASKED, cli->arguments[1]);
    return code;
}

enum exit_code form_address_confirm(struct cli *cli)
{
    return put(cli, "POST", PATH ":confirm", "code");
}

enum exit_code form_address_remove(struct cli *cli)
{
    enum exit_code code = put(cli, "DELETE", PATH, NULL);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_ADDRESS_GONE);
    return code;
}
