/* address: where one is written to. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define PATH "/api/v1/me/address"

static const struct column address_record[] = {{"address", T_COL_ADDRESS, 0},
                                               {"pending.address", T_COL_PENDING, 0},
                                               {"pending.expires_at", T_COL_EXPIRES, AS_TIME},
                                               {"pending.tries_left", T_COL_TRIES_LEFT, 0}};

static enum exit_code show(struct cli *cli)
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

static enum exit_code set(struct cli *cli)
{
    enum exit_code code = put(cli, "PUT", PATH, "address");
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_ADDRESS_ASKED, cli->arguments[1]);
    return code;
}

static enum exit_code confirm(struct cli *cli)
{
    return put(cli, "POST", PATH ":confirm", "code");
}

static enum exit_code forget(struct cli *cli)
{
    enum exit_code code = put(cli, "DELETE", PATH, NULL);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_ADDRESS_GONE);
    return code;
}

enum exit_code command_address(struct cli *cli)
{
    static const struct {
        const char *word;
        size_t n; /* of all arguments, the word too */
        enum exit_code (*run)(struct cli *cli);
    } verbs[] = {{"set", 2, set}, {"confirm", 2, confirm}, {"remove", 1, forget}};
    if (cli->n_arguments == 0)
        return show(cli);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].word, cli->arguments[0]) == 0 && cli->n_arguments == verbs[i].n)
            return verbs[i].run(cli);
    return fail_usage(T_ADDRESS_HOW);
}
