/* api: any call, for what has no command. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define PAYLOAD_MAX (4 << 20)

static bool is_method(const char *word)
{
    static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(word, methods[i]) == 0)
            return true;
    return false;
}

/* /requests is /api/v1/requests; what stands outside the API is given whole. */
static const char *full_path(const char *path)
{
    static const char *const outside[] = {"/api/", "/livez", "/readyz", "/metrics", "/problems/", "/.well-known/"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (strncmp(path, outside[i], strlen(outside[i])) == 0)
            return path;
    return keep_join("/api/v1", path[0] == '/' ? "" : "/", path);
}

static void print_header(const char *name, const char *value)
{
    if (value) {
        printf("%s: ", name);
        print_clean(stdout, value, strlen(value));
        fputc('\n', stdout);
    }
}

static void print_answer(const struct cli *cli, const struct oam_response *response)
{
    if (cli->values[OPT_INCLUDE]) {
        printf("HTTP %d\n", response->status);
        print_header("Content-Type", response->content_type);
        print_header("Content-Language", response->content_language);
        print_header("ETag", response->etag);
        print_header("Location", response->location);
        print_header("Link", response->link);
        print_header("Request-Id", response->request_id);
        print_header("Idempotency-Replayed", response->replayed ? "true" : NULL);
        fputc('\n', stdout);
    }
    const char *type = response->content_type ? response->content_type : "";
    json_t *json =
        strstr(type, "json") ? json_loadb(response->body, response->body_length, JSON_DECODE_ANY, NULL) : NULL;
    if (json)
        output_json(cli, json);
    else
        fwrite(response->body, 1, response->body_length, stdout);
    json_decref(json);
}

enum exit_code command_api(struct cli *cli)
{
    bool has_method = cli->n_arguments == 2;
    const char *payload = cli->values[OPT_PAYLOAD];
    const char *method = has_method ? cli->arguments[0] : payload ? "POST" : "GET";
    const char *path = full_path(cli->arguments[has_method]);
    if (!is_method(method))
        return fail_usage(T_BAD_VALUE, "METHOD", method, "GET POST PATCH DELETE HEAD OPTIONS");
    if (payload && (payload[0] == '@' || strcmp(payload, "-") == 0)) {
        const char *file = payload[0] == '@' ? payload + 1 : payload;
        payload = file_read(file, PAYLOAD_MAX, NULL);
        if (!payload)
            return fail_plain(CLI_FAILED, T_CANNOT_READ, file, "");
    }
    enum exit_code code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    struct oam_call call = {.if_match = cli->values[OPT_SEEN],
                            .if_none_match = cli->values[OPT_IF_NONE_MATCH],
                            .idempotency_key = cli->values[OPT_KEY],
                            .safe = strstr(path, "status:query") != NULL};
    struct oam_response *response = NULL;
    enum oam_result result = oam_send(cli->client, method, path, payload, &call, &response, &cli->err);
    if (response)
        print_answer(cli, response);
    oam_response_free(response);
    return result == OAM_OK || result == OAM_NOT_MODIFIED ? CLI_OK : fail_call(cli);
}
