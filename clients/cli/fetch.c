/* Answers as JSON, lists over their pages. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define PAGE_MAX 200

/* The body of an answer; kept until the end. */
json_t *response_json(const struct oam_response *response)
{
    json_t *json = response ? json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return json ? keep_json(json) : NULL;
}

/* GETs a path (released here). A failure is reported and its exit code given. */
enum exit_code fetch_json(struct cli *cli, char *path, json_t **ret_json)
{
    struct oam_response *response = NULL;
    if (!path)
        return fail_usage(T_BAD_REFERENCE);
    enum oam_result result = oam_get(cli->client, path, NULL, &response, &cli->err);
    oam_string_free(path);
    json_t *json = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    if (!json)
        return fail_plain(CLI_FAILED, T_NOT_JSON);
    *ret_json = json;
    return CLI_OK;
}

/* One GET whose failure only costs what it would have told. */
json_t *fetch_quietly(const struct cli *cli, char *path)
{
    struct oam_response *response = NULL;
    struct oam_error ignored;
    json_t *json = NULL;
    if (path && cli->client && oam_get(cli->client, path, NULL, &response, &ignored) == OAM_OK)
        json = response_json(response);
    oam_response_free(response);
    oam_string_free(path);
    return json;
}

/* POSTs an object to a path (released here): what came back, NULL with --dry-run, which shows what would be sent. A
 * failure is reported and its exit code given. */
enum exit_code post_json(struct cli *cli, char *path, const json_t *input, json_t **ret_json)
{
    struct oam_response *response = NULL;
    enum exit_code code = CLI_OK;
    *ret_json = NULL;
    if (!path)
        return fail_usage(T_BAD_REFERENCE);
    if (cli->dry_run)
        output_json(cli, input);
    else
        code = connect_default(cli);
    if (code == CLI_OK && !cli->dry_run) {
        char *body = json_dumps(input, JSON_COMPACT);
        bool posted = oam_post(cli->client, path, body, NULL, &response, &cli->err) == OAM_OK;
        *ret_json = posted ? response_json(response) : NULL;
        oam_response_free(response);
        free(body);
        code = posted ? CLI_OK : fail_call(cli);
    }
    oam_string_free(path);
    return code;
}

/* A request with its ETag. A failure is reported and its exit code given. */
enum exit_code present_request(struct cli *cli, const char *ref, json_t **ret_request, const char **ret_etag)
{
    struct oam_response *response = NULL;
    enum oam_result result = oam_request_show(cli->client, ref, NULL, &response, &cli->err);
    *ret_etag = result == OAM_OK ? keep_text(response->etag) : NULL;
    *ret_request = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    if (!*ret_request)
        return fail_plain(CLI_FAILED, T_NOT_JSON);
    return *ret_etag ? CLI_OK : fail_plain(CLI_FAILED, T_NO_ETAG);
}

static char *page_path(const char *path, size_t limit, const char *cursor)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", limit);
    char *page = oam_path_query(oam_path_new(path, (char *)NULL), "limit", number);
    return oam_path_query(page, "cursor", cursor);
}

/* One call; its answer, or NULL. The path is released. */
enum exit_code send_json(struct cli *cli, const char *method, char *path, const json_t *input, const char *etag,
                         json_t **ret_answer)
{
    struct oam_response *response = NULL;
    char *body = input ? json_dumps(input, JSON_COMPACT) : NULL;
    const bool sent =
        oam_send(cli->client, method, path, body, &(struct oam_call){.if_match = etag}, &response, &cli->err) == OAM_OK;
    *ret_answer = sent ? response_json(response) : NULL;
    oam_response_free(response);
    free(body);
    oam_string_free(path);
    return sent ? CLI_OK : fail_call(cli);
}

/* Up to max items of a list, page by page; path is released. max 0: all. */
enum exit_code fetch_items(struct cli *cli, char *path, size_t max, json_t **ret_items)
{
    json_t *items = keep_json(json_array());
    const char *cursor = NULL;
    char *base = path ? keep_text(path) : NULL;
    oam_string_free(path);
    if (!base)
        return fail_usage(T_BAD_REFERENCE);
    do {
        size_t left = max ? max - json_array_size(items) : PAGE_MAX;
        json_t *page = NULL;
        enum exit_code code = fetch_json(cli, page_path(base, left < PAGE_MAX ? left : PAGE_MAX, cursor), &page);
        if (code != CLI_OK)
            return code;
        json_array_extend(items, json_object_get(page, "items"));
        cursor = json_string_value(json_object_get(page, "next"));
    } while (cursor && (max == 0 || json_array_size(items) < max));
    cli->more = cursor != NULL;
    *ret_items = items;
    return CLI_OK;
}
