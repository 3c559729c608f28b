/* open311: what bodies publish through Open311, and which systems hold a key. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct column endpoint_columns[] = {{"body", T_COL_CODE, 0},
                                                 {"name", T_COL_BODY, FLEXIBLE},
                                                 {"services", T_COL_SERVICES, FLEXIBLE},
                                                 {"publishes_texts", T_COL_SHOWS_TEXTS, 0},
                                                 {"key_holders", T_COL_KEY_HOLDERS, FLEXIBLE},
                                                 {"contact", T_COL_CONTACT, FLEXIBLE}};
static const struct column key_record[] = {{"api_key", T_COL_API_KEY, 0}};

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))

static enum exit_code read_all(struct cli *cli, json_t **ret_items)
{
    json_t *page = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/open311", (char *)NULL), &page);
    *ret_items = json_object_get(page, "items");
    return code;
}

enum exit_code form_open311(struct cli *cli)
{
    json_t *items = NULL;
    enum exit_code code = read_all(cli, &items);
    if (code == CLI_OK)
        output_items(cli, items, endpoint_columns, N_OF(endpoint_columns));
    return code;
}

/* Sends what may have a body and may be answered with one; *ret_answer: NULL where it is not. */
static enum exit_code change(struct cli *cli, const char *method, char *path, const json_t *input, json_t **ret_answer)
{
    struct oam_response *response = NULL;
    enum exit_code code = CLI_OK;
    *ret_answer = NULL;
    if (cli->dry_run)
        output_json(cli, input ? input : keep_json(json_object()));
    else
        code = connect_default(cli);
    if (code == CLI_OK && !cli->dry_run) {
        char *body = input ? json_dumps(input, JSON_COMPACT) : NULL;
        const bool sent = oam_send(cli->client, method, path, body, NULL, &response, &cli->err) == OAM_OK;
        *ret_answer = sent ? response_json(response) : NULL;
        oam_response_free(response);
        free(body);
        code = sent ? CLI_OK : fail_call(cli);
    }
    oam_string_free(path);
    return code;
}

static enum exit_code publish(struct cli *cli, const json_t *input, enum text done)
{
    json_t *answer;
    char *path = oam_path_new("/api/v1/open311/{}", cli->arguments[1], (char *)NULL);
    enum exit_code code = change(cli, "PUT", path, input, &answer);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, done, cli->arguments[1]);
    return code;
}

/* enable BODY CONTACT SERVICE... */
enum exit_code form_open311_enable(struct cli *cli)
{
    json_t *services = json_array();
    for (size_t i = 3; i < cli->n_arguments; i++)
        json_array_append_new(services, json_string(cli->arguments[i]));
    return publish(cli, keep_json(json_pack("{s:s, s:o}", "contact", cli->arguments[2], "services", services)),
                   T_OPEN311_ENABLED);
}

/* texts BODY show|hide: all else stays as it is. */
enum exit_code form_open311_texts(struct cli *cli)
{
    const bool shown = strcmp(cli->arguments[2], "show") == 0;
    size_t index;
    json_t *items = NULL, *item;
    if (!shown && strcmp(cli->arguments[2], "hide") != 0)
        return fail_form(cli);
    enum exit_code code = read_all(cli, &items);
    if (code != CLI_OK)
        return code;
    json_array_foreach(items, index, item)
    {
        const char *body = json_string_value(json_object_get(item, "body"));
        if (body && strcmp(body, cli->arguments[1]) == 0)
            return publish(
                cli,
                keep_json(json_pack("{s:O, s:O, s:b}", "contact", json_object_get(item, "contact"), "services",
                                    json_object_get(item, "services"), "publishes_texts", shown)),
                shown ? T_OPEN311_TEXTS_SHOWN : T_OPEN311_TEXTS_HIDDEN);
    }
    note(cli, T_OPEN311_NOTHING, cli->arguments[1]);
    return CLI_NOT_FOUND;
}

/* disable BODY */
enum exit_code form_open311_disable(struct cli *cli)
{
    json_t *answer;
    char *path = oam_path_new("/api/v1/open311/{}", cli->arguments[1], (char *)NULL);
    enum exit_code code = change(cli, "DELETE", path, NULL, &answer);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_OPEN311_DISABLED, cli->arguments[1]);
    return code;
}

static char *key_path(const struct cli *cli)
{
    return oam_path_new("/api/v1/open311/{}/keys/{}", cli->arguments[1], cli->arguments[2], (char *)NULL);
}

/* key BODY CLIENT */
enum exit_code form_open311_key(struct cli *cli)
{
    json_t *answer;
    enum exit_code code = change(cli, "PUT", key_path(cli), NULL, &answer);
    if (answer) {
        output_record(cli, answer, key_record, N_OF(key_record));
        note(cli, T_OPEN311_KEY_GIVEN, cli->arguments[2]);
    }
    return code;
}

/* revoke BODY CLIENT */
enum exit_code form_open311_revoke(struct cli *cli)
{
    json_t *answer;
    enum exit_code code = change(cli, "DELETE", key_path(cli), NULL, &answer);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_OPEN311_KEY_TAKEN, cli->arguments[2]);
    return code;
}
