/* webhook: where events are sent, whether they arrive, and sending them again. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "webhook.h"

static const struct column webhook_columns[] = {
    {"id", T_COL_ID, 0},          {"url", T_COL_URL, FLEXIBLE | MAIN},      {"state", T_COL_STATE, 0},
    {"pending", T_COL_UNSENT, 0}, {"failing_since", T_COL_FAILING, AS_AGE}, {"client", T_COL_CLIENT, SPARE}};
static const struct column webhook_record[] = {{"id", T_COL_ID, 0},
                                               {"url", T_COL_URL, 0},
                                               {"state", T_COL_STATE, 0},
                                               {"filter", T_COL_FILTER, 0},
                                               {"filter_failure.error", T_COL_FILTER_ERROR, 0},
                                               {"filter_failure.position", T_COL_FILTER_EVENT, 0},
                                               {"payload", T_COL_PAYLOAD, 0},
                                               {"pending", T_COL_UNSENT, 0},
                                               {"failing_since", T_COL_FAILING, AS_AGE},
                                               {"client", T_COL_CLIENT, 0},
                                               {"contact", T_COL_CONTACT, 0},
                                               {"secret", T_COL_SECRET, 0}};
static const struct column delivery_columns[] = {{"id", T_COL_ID, 0},
                                                 {"created_at", T_COL_TIME, AS_AGE},
                                                 {"subject", T_COL_REF, 0},
                                                 {"type", T_COL_WHAT, AS_EVENT | FLEXIBLE | MAIN},
                                                 {"state", T_COL_STATE, 0},
                                                 {"outcome", T_COL_OUTCOME, 0},
                                                 {"status", T_COL_ANSWER, SPARE},
                                                 {"tries", T_COL_TRIES, SPARE}};
static const struct column ping_record[] = {{"delivery", T_COL_ID, 0}};
static const struct column redelivery_record[] = {{"queued", T_COL_QUEUED, 0}, {"next", T_COL_GOES_ON, 0}};

#define N_OF(columns) (sizeof(columns) / sizeof *(columns))

static char *path_of(const struct cli *cli, const char *pattern)
{
    return oam_path_new(pattern, cli->arguments[1], (char *)NULL);
}

static enum exit_code post(struct cli *cli, const char *pattern, const json_t *input, const struct column *columns,
                           size_t n_columns)
{
    json_t *answer = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK && cli->dry_run) {
        output_json(cli, input ? input : keep_json(json_object()));
        return CLI_OK;
    }
    if (code == CLI_OK)
        code =
            send_json(cli, "POST", cli->n_arguments > 1 ? path_of(cli, pattern) : oam_path_new(pattern, (char *)NULL),
                      input, NULL, &answer);
    if (code == CLI_OK)
        output_record(cli, answer, columns, n_columns);
    return code;
}

/* ---- webhooks ---- */

enum exit_code form_webhook(struct cli *cli)
{
    json_t *page = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_query(oam_path_new("/api/v1/webhooks", (char *)NULL), "limit", "200"), &page);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), webhook_columns, N_OF(webhook_columns));
    return code;
}

enum exit_code form_webhook_show(struct cli *cli)
{
    json_t *webhook = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/webhooks/{}"), &webhook);
    if (code == CLI_OK)
        output_record(cli, webhook, webhook_record, N_OF(webhook_record) - 1); /* its secret is told no more */
    return code;
}

/* What --data and --filter say; false: it could not be read. */
static bool input_from_options(struct cli *cli, json_t *input)
{
    const char *filter = cli->values[OPT_FILTER];
    const json_t *more = data_from_options(cli, NULL);
    if (!more)
        return false;
    json_object_update(input, (json_t *)(uintptr_t)more);
    if (filter && *filter)
        json_object_set_new(input, "filter", json_string(filter));
    return true;
}

/* add URL [TYPE...]: what else it may say comes by options. */
enum exit_code form_webhook_add(struct cli *cli)
{
    json_t *input = keep_json(json_pack("{s:s}", "url", cli->arguments[1])), *types = json_array();
    for (size_t i = 2; i < cli->n_arguments; i++)
        json_array_append_new(types, json_string(cli->arguments[i]));
    if (json_array_size(types) > 0)
        json_object_set(input, "types", types);
    json_decref(types);
    if (!input_from_options(cli, input))
        return CLI_USAGE;
    cli->n_arguments = 1; /* the path takes none of them */
    enum exit_code code = post(cli, "/api/v1/webhooks", input, webhook_record, N_OF(webhook_record));
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_SECRET_ONCE);
    return code;
}

enum exit_code form_webhook_rotate(struct cli *cli)
{
    static const struct column columns[] = {
        {"id", T_COL_ID, 0}, {"secret", T_COL_SECRET, 0}, {"previous_until", T_COL_PREVIOUS_UNTIL, AS_TIME}};
    enum exit_code code = post(cli, "/api/v1/webhooks/{}:rotate-secret", NULL, columns, N_OF(columns));
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_SECRET_ONCE);
    return code;
}

/* Reads the version that there is, and asks for a change of that one. */
static enum exit_code change(struct cli *cli, const char *method, const json_t *input, json_t **ret_answer)
{
    char etag[48];
    json_t *webhook = NULL;
    enum exit_code code = connect_default(cli);
    *ret_answer = NULL;
    if (code == CLI_OK)
        code = fetch_json(cli, path_of(cli, "/api/v1/webhooks/{}"), &webhook);
    if (code != CLI_OK || cli->dry_run)
        return code;
    (void)snprintf(etag, sizeof etag, "\"v%lld-ca\"",
                   (long long)json_integer_value(json_object_get(webhook, "version")));
    return send_json(cli, method, path_of(cli, "/api/v1/webhooks/{}"), input, etag, ret_answer);
}

static enum exit_code patch(struct cli *cli, const json_t *input)
{
    json_t *answer;
    enum exit_code code = change(cli, "PATCH", input, &answer);
    if (code == CLI_OK && answer)
        output_record(cli, answer, webhook_record, N_OF(webhook_record) - 1);
    else if (code == CLI_OK)
        output_json(cli, input);
    return code;
}

/* set ID: what changes comes by options; an empty filter is none. */
enum exit_code form_webhook_set(struct cli *cli)
{
    const char *filter = cli->values[OPT_FILTER];
    json_t *input = keep_json(json_object());
    if (!input_from_options(cli, input))
        return CLI_USAGE;
    if (filter && !*filter)
        json_object_set_new(input, "filter", json_null());
    return patch(cli, input);
}

static enum exit_code set_state(struct cli *cli, const char *state)
{
    return patch(cli, keep_json(json_pack("{s:s}", "state", state)));
}

enum exit_code form_webhook_pause(struct cli *cli)
{
    return set_state(cli, "paused");
}

enum exit_code form_webhook_resume(struct cli *cli)
{
    return set_state(cli, "active");
}

enum exit_code form_webhook_remove(struct cli *cli)
{
    json_t *answer;
    enum exit_code code = change(cli, "DELETE", NULL, &answer);
    if (code == CLI_OK && !cli->dry_run)
        note(cli, T_WEBHOOK_REMOVED, cli->arguments[1]);
    return code;
}

/* ---- deliveries ---- */

enum exit_code form_webhook_ping(struct cli *cli)
{
    return post(cli, "/api/v1/webhooks/{}:ping", NULL, ping_record, N_OF(ping_record));
}

/* deliveries ID [pending|delivered|dead] */
enum exit_code form_webhook_deliveries(struct cli *cli)
{
    json_t *page = NULL;
    char *path = oam_path_query(path_of(cli, "/api/v1/webhooks/{}/deliveries"), "state",
                                cli->n_arguments > 2 ? cli->arguments[2] : NULL);
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_query(path, "limit", "50"), &page);
    else
        oam_string_free(path);
    if (code == CLI_OK)
        output_items(cli, json_object_get(page, "items"), delivery_columns, N_OF(delivery_columns));
    return code;
}

/* redeliver ID [DELIVERY]; a range by --data after=…, before=…, since=…, until=…, state=all */
enum exit_code form_webhook_redeliver(struct cli *cli)
{
    json_t *input = keep_json(json_object());
    if (cli->n_arguments > 2)
        json_object_set_new(input, "delivery", json_string(cli->arguments[2]));
    const json_t *more = data_from_options(cli, NULL);
    if (!more)
        return CLI_USAGE;
    json_object_update(input, (json_t *)(uintptr_t)more);
    return post(cli, "/api/v1/webhooks/{}:redeliver", input, redelivery_record, N_OF(redelivery_record));
}

/* listen SECRET-FILE|- [PORT] */
enum exit_code form_webhook_listen(struct cli *cli)
{
    return webhook_listen(cli, cli->arguments[1], cli->n_arguments > 2 ? cli->arguments[2] : NULL);
}
