/* workflow validate, draw, versions, publish, migrate: definitions as they are judged, and what becomes of requests. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define DOCUMENT_MAX (1 << 20)
#define N_OF(array)  (sizeof(array) / sizeof *(array))
#define POLL_MS      500
#define BAR_WIDTH    30

static enum exit_code read_document(const char *path, char **ret_text)
{
    *ret_text = file_read(path, DOCUMENT_MAX, NULL);
    return *ret_text ? CLI_OK : fail_plain(CLI_FAILED, T_CANNOT_READ, path, "");
}

static enum exit_code send(struct cli *cli, const char *path, const char *body, bool safe, json_t **ret_answer)
{
    const struct oam_call how = {.safe = safe, .timeout_ms = 70000};
    struct oam_response *response = NULL;
    enum oam_result result = safe ? oam_send(cli->client, "POST", path, body, &how, &response, &cli->err)
                                  : oam_post(cli->client, path, body, &how, &response, &cli->err);
    *ret_answer = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    return result == OAM_OK ? CLI_OK : fail_call(cli);
}

/* ---- validate FILE ---- */

/* As compilers do, so that editors find the place. */
static void print_finding(const char *path, const json_t *finding)
{
    const char *detail = json_string_value(json_object_get(finding, "detail"));
    const char *code = json_string_value(json_object_get(finding, "code"));
    printf("%s:%lld:%lld: %s: ", path, (long long)json_integer_value(json_object_get(finding, "line")),
           (long long)json_integer_value(json_object_get(finding, "column")), code ? code : "");
    print_clean(stdout, detail ? detail : "", detail ? strlen(detail) : 0);
    const json_t *way = json_object_get(finding, "way"), *step;
    size_t i;
    json_array_foreach(way, i, step)
    {
        const char *label = json_string_value(json_object_get(step, "label"));
        fputs(i == 0 ? " (" : " > ", stdout);
        print_clean(stdout, label ? label : "", label ? strlen(label) : 0);
    }
    fputs(json_array_size(way) > 0 ? ")\n" : "\n", stdout);
}

static enum exit_code judge(struct cli *cli, const char *path, const char *document, json_t **ret_report)
{
    enum exit_code code = send(cli, "/api/v1/workflows:validate", document, true, ret_report);
    size_t i;
    const json_t *finding;
    if (code != CLI_OK)
        return code;
    json_array_foreach(json_object_get(*ret_report, "findings"), i, finding) print_finding(path, finding);
    return json_is_true(json_object_get(*ret_report, "valid")) ? CLI_OK : CLI_FAILED;
}

enum exit_code form_workflow_validate(struct cli *cli)
{
    char *document = NULL, configurations[24];
    json_t *report = NULL;
    enum exit_code code = read_document(cli->arguments[1], &document);
    if (code == CLI_OK)
        code = connect_default(cli);
    if (code != CLI_OK)
        return code;
    if (cli->format == FORMAT_JSON) {
        code = send(cli, "/api/v1/workflows:validate", document, true, &report);
        if (code == CLI_OK)
            output_json(cli, report);
        return code != CLI_OK || json_is_true(json_object_get(report, "valid")) ? code : CLI_FAILED;
    }
    code = judge(cli, cli->arguments[1], document, &report);
    if (code == CLI_OK) {
        snprintf(configurations, sizeof configurations, "%lld",
                 (long long)json_integer_value(json_object_get(report, "configurations")));
        note(cli, T_WORKFLOW_SOUND, cli->arguments[1], configurations);
    }
    return code;
}

/* ---- draw KEY [FORMAT] [VERSION] ---- */

enum exit_code form_workflow_draw(struct cli *cli)
{
    const char *format = cli->n_arguments > 2 ? cli->arguments[2] : "outline";
    char *path = oam_path_new("/api/v1/workflows/{}/diagram?format={}", cli->arguments[1], format, (char *)NULL);
    struct oam_response *response = NULL;
    const char *asked =
        keep_join(path, cli->n_arguments > 3 ? "&version=" : "", cli->n_arguments > 3 ? cli->arguments[3] : "");
    enum exit_code code = connect_default(cli);
    oam_string_free(path);
    if (code != CLI_OK)
        return code;
    enum oam_result result = oam_get(cli->client, asked, NULL, &response, &cli->err);
    if (result == OAM_OK)
        fwrite(response->body, 1, response->body_length, stdout);
    oam_response_free(response);
    return result == OAM_OK ? CLI_OK : fail_call(cli);
}

/* ---- versions KEY ---- */

static const struct column version_columns[] = {{"version", T_COL_VERSION, 0},
                                                {"open_requests", T_COL_OPEN, 0},
                                                {"closed_requests", T_COL_CLOSED_REQUESTS, 0},
                                                {"change", T_COL_CHANGE, 0},
                                                {"published_at", T_COL_PUBLISHED, AS_TIME},
                                                {"published_by.name", T_COL_BY, SPARE},
                                                {"reason", T_COL_REASON, FLEXIBLE},
                                                {"hash", T_COL_HASH, FLEXIBLE | SPARE}};

enum exit_code form_workflow_versions(struct cli *cli)
{
    json_t *list = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/workflows/{}/versions", cli->arguments[1], (char *)NULL), &list);
    if (code == CLI_OK)
        output_items(cli, json_object_get(list, "items"), version_columns, N_OF(version_columns));
    return code;
}

/* ---- publish FILE --reason TEXT ---- */

static const struct column difference_columns[] = {{"kind", T_COL_CHANGE, 0},
                                                   {"change", T_COL_CLASS, 0},
                                                   {"line", T_COL_LINE, 0},
                                                   {"pointer", T_COL_WHERE, MAIN | FLEXIBLE}};
static const struct column unattended_columns[] = {{"detail", T_COL_DETAIL, MAIN | FLEXIBLE}};

static void show_publication(const struct cli *cli, const json_t *publication)
{
    char version[24];
    const json_t *migrations = json_object_get(publication, "migrations");
    snprintf(version, sizeof version, "%lld", (long long)json_integer_value(json_object_get(publication, "version")));
    output_items(cli, json_object_get(publication, "differences"), difference_columns, N_OF(difference_columns));
    if (json_array_size(json_object_get(publication, "unattended")) > 0)
        output_items(cli, json_object_get(publication, "unattended"), unattended_columns, N_OF(unattended_columns));
    note(cli, T_WORKFLOW_PUBLISHED, json_string_value(json_object_get(publication, "key")), version);
    if (json_array_size(migrations) > 0)
        note(cli, T_WORKFLOW_TAKES_OVER, "", "");
}

enum exit_code form_workflow_publish(struct cli *cli)
{
    const char *path = cli->arguments[1];
    char *document = NULL, *scenarios = NULL;
    json_t *answer = NULL;
    enum exit_code code = read_document(path, &document);
    if (code == CLI_OK)
        code = read_document(workflow_scenarios_path(cli, path), &scenarios);
    if (code == CLI_OK)
        code = connect_default(cli);
    if (code == CLI_OK)
        code = judge(cli, path, document, &answer);
    if (code != CLI_OK || cli->dry_run)
        return code;
    if (!ask_yes(cli, T_WORKFLOW_PUBLISH_ASK, path, ""))
        return CLI_FAILED;
    json_t *input = keep_json(
        json_pack("{s:s, s:s, s:s}", "document", document, "scenarios", scenarios, "reason", cli->values[OPT_REASON]));
    char *body = json_dumps(input, JSON_COMPACT);
    code = send(cli, "/api/v1/workflows:publish", body ? body : "", false, &answer);
    free(body);
    if (code == CLI_OK && cli->format == FORMAT_JSON)
        output_json(cli, answer);
    else if (code == CLI_OK)
        show_publication(cli, answer);
    return code;
}

/* ---- migrate KEY FROM TO [--map FILE] --reason TEXT ---- */

static const struct column move_columns[] = {
    {"from", T_COL_FROM, MAIN}, {"to", T_COL_TO, FLEXIBLE}, {"requests", T_COL_OPEN, 0}};
static const struct column gap_columns[] = {{"code", T_COL_CODE, 0}, {"detail", T_COL_DETAIL, MAIN | FLEXIBLE}};
static const struct column left_columns[] = {{"ref", T_COL_REF, MAIN}, {"why", T_COL_WHY, FLEXIBLE}};

static void note_recalled(const struct cli *cli, const json_t *recalled)
{
    size_t i;
    const json_t *one;
    json_array_foreach(recalled, i, one)
    {
        char requests[24];
        snprintf(requests, sizeof requests, "%lld", (long long)json_integer_value(json_object_get(one, "requests")));
        note(cli, T_WORKFLOW_RECALLED, json_string_value(json_object_get(one, "label")), requests);
    }
}

static void show_forecast(const struct cli *cli, const json_t *forecast)
{
    char movable[24], requests[24];
    const json_t *gaps = json_object_get(forecast, "gaps"), *left = json_object_get(forecast, "left");
    snprintf(movable, sizeof movable, "%lld", (long long)json_integer_value(json_object_get(forecast, "movable")));
    snprintf(requests, sizeof requests, "%lld", (long long)json_integer_value(json_object_get(forecast, "requests")));
    output_items(cli, json_object_get(forecast, "moves"), move_columns, N_OF(move_columns));
    if (json_array_size(gaps) > 0)
        output_items(cli, gaps, gap_columns, N_OF(gap_columns));
    if (json_array_size(left) > 0)
        output_items(cli, left, left_columns, N_OF(left_columns));
    note_recalled(cli, json_object_get(forecast, "recalled"));
    note(cli, T_WORKFLOW_FORESEEN, movable, requests);
}

/* A version is a number; 0 for anything else, which the server refuses in its words. */
static json_t *version_of(const char *text)
{
    char *end = NULL;
    long long version = strtoll(text, &end, 10);
    return json_integer(end && *end == '\0' ? (json_int_t)version : 0);
}

static enum exit_code ask_migration(struct cli *cli, json_t *map, bool dry_run, json_t **ret_answer)
{
    json_t *input = keep_json(json_pack("{s:o, s:o, s:b}", "from", version_of(cli->arguments[2]), "to",
                                        version_of(cli->arguments[3]), "dry_run", dry_run));
    char *path = oam_path_new("/api/v1/workflows/{}/migrations", cli->arguments[1], (char *)NULL);
    if (map)
        json_object_set(input, "map", map);
    if (cli->values[OPT_REASON])
        json_object_set_new(input, "reason", json_string(cli->values[OPT_REASON]));
    char *body = json_dumps(input, JSON_COMPACT);
    enum exit_code code = send(cli, path, body ? body : "", false, ret_answer);
    free(body);
    oam_string_free(path);
    return code;
}

static void draw_bar(const struct cli *cli, int64_t moved, int64_t remaining)
{
    int64_t total = moved + remaining;
    int done = total > 0 ? (int)(moved * BAR_WIDTH / total) : BAR_WIDTH;
    if (cli->quiet || !cli->on_terminal)
        return;
    fprintf(stderr, "\r[%.*s%*s] %lld/%lld", done, "##############################", BAR_WIDTH - done, "",
            (long long)moved, (long long)total);
}

/* Until all are seen to; who is interrupted leaves it to the server. */
static enum exit_code follow(struct cli *cli, const char *id, json_t **ret_migration)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    enum exit_code code = CLI_OK;
    while (code == CLI_OK) {
        code = fetch_json(cli, oam_path_new("/api/v1/workflows/{}/migrations/{}", cli->arguments[1], id, (char *)NULL),
                          ret_migration);
        if (code != CLI_OK)
            return code;
        draw_bar(cli, json_integer_value(json_object_get(*ret_migration, "moved")),
                 json_integer_value(json_object_get(*ret_migration, "remaining")));
        if (json_is_string(json_object_get(*ret_migration, "done_at")))
            break;
        nanosleep(&pause, NULL);
    }
    if (!cli->quiet && cli->on_terminal)
        fputc('\n', stderr);
    return code;
}

static enum exit_code map_read(const struct cli *cli, json_t **ret_map)
{
    const char *path = cli->values[OPT_MAP];
    char *text = NULL;
    *ret_map = NULL;
    if (!path)
        return CLI_OK;
    enum exit_code code = read_document(path, &text);
    if (code != CLI_OK)
        return code;
    *ret_map = keep_json(json_loads(text, JSON_REJECT_DUPLICATES, NULL));
    return *ret_map ? CLI_OK : fail_plain(CLI_FAILED, T_CANNOT_READ, path, "JSON");
}

static enum exit_code apply(struct cli *cli, json_t *map)
{
    json_t *answer = NULL;
    char moved[24];
    enum exit_code code = ask_migration(cli, map, false, &answer);
    if (code == CLI_OK)
        code = follow(cli, json_string_value(json_object_get(answer, "id")), &answer);
    if (code != CLI_OK)
        return code;
    if (cli->format == FORMAT_JSON)
        output_json(cli, answer);
    else if (json_array_size(json_object_get(answer, "left")) > 0)
        output_items(cli, json_object_get(answer, "left"), left_columns, N_OF(left_columns));
    snprintf(moved, sizeof moved, "%lld", (long long)json_integer_value(json_object_get(answer, "moved")));
    note(cli, T_WORKFLOW_MOVED, moved, cli->arguments[3]);
    return CLI_OK;
}

/* What would become of them is shown first, always. */
enum exit_code form_workflow_migrate(struct cli *cli)
{
    json_t *map = NULL, *forecast = NULL;
    if (!cli->values[OPT_REASON] && !cli->dry_run)
        return fail_form(cli);
    enum exit_code code = map_read(cli, &map);
    if (code == CLI_OK)
        code = connect_default(cli);
    if (code == CLI_OK)
        code = ask_migration(cli, map, true, &forecast);
    if (code != CLI_OK)
        return code;
    if (cli->format != FORMAT_JSON)
        show_forecast(cli, forecast);
    else if (cli->dry_run)
        output_json(cli, forecast);
    if (!json_is_true(json_object_get(forecast, "total")))
        return CLI_CONFLICT;
    if (cli->dry_run)
        return CLI_OK;
    return ask_yes(cli, T_WORKFLOW_MIGRATE_ASK, cli->arguments[2], cli->arguments[3]) ? apply(cli, map) : CLI_FAILED;
}
