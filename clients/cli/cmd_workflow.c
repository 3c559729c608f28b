/* workflow: definitions before they are published, told by stories and by what was recorded. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define DOCUMENT_MAX (1 << 20)
#define N_OF(array)  (sizeof(array) / sizeof *(array))

/* ---- documents ---- */

static enum exit_code document_read(const char *path, char **ret_text)
{
    *ret_text = file_read(path, DOCUMENT_MAX, NULL);
    return *ret_text ? CLI_OK : fail_plain(CLI_FAILED, T_CANNOT_READ, path, "");
}

/* The scenarios of x.json are x.scenarios.json, where nobody says otherwise. */
const char *workflow_scenarios_path(const struct cli *cli, const char *definition)
{
    size_t length = strlen(definition);
    bool is_json = length > 5 && strcmp(definition + length - 5, ".json") == 0;
    if (cli->values[OPT_SCENARIOS])
        return cli->values[OPT_SCENARIOS];
    char *stem = keep_text(definition);
    if (is_json)
        stem[length - 5] = '\0';
    return keep_join(stem, ".scenarios", ".json");
}

static enum exit_code post(struct cli *cli, const char *path, const char *body, json_t **ret_report)
{
    const struct oam_call how = {.safe = true, .timeout_ms = 70000};
    struct oam_response *response = NULL;
    enum oam_result result = oam_send(cli->client, "POST", path, body, &how, &response, &cli->err);
    *ret_report = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    return result == OAM_OK ? CLI_OK : fail_call(cli);
}

/* ---- tables ---- */

/* What is any JSON in the answer is text in a table. */
static void flatten(json_t *items, const char *member)
{
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        const json_t *value = json_object_get(item, member);
        if (!value || json_is_string(value) || json_is_null(value))
            continue;
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        json_object_set_new(item, member, json_string(text ? text : ""));
        free(text);
    }
}

static const char *number_text(const json_t *object, const char *member)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)json_integer_value(json_object_get(object, member)));
    return keep_text(text);
}

/* ---- scenarios ---- */

static void show_scenarios(const struct cli *cli, json_t *report)
{
    static const struct column faults[] = {{"document", T_COL_DOCUMENT, 0},
                                           {"line", T_COL_LINE, 0},
                                           {"code", T_COL_KIND, SPARE},
                                           {"detail", T_COL_DETAIL, MAIN | FLEXIBLE}};
    static const struct column differences[] = {
        {"line", T_COL_LINE, 0}, {"scenario", T_COL_SCENARIO, FLEXIBLE},        {"step", T_COL_STEP, SPARE},
        {"what", T_COL_WHAT, 0}, {"expected", T_COL_EXPECTED, MAIN | FLEXIBLE}, {"found", T_COL_FOUND, FLEXIBLE}};
    static const struct column missing[] = {
        {"from", T_COL_FROM, 0}, {"label", T_COL_WAY, MAIN | FLEXIBLE}, {"to", T_COL_TO, 0}};
    const json_t *coverage = json_object_get(report, "coverage");
    json_t *told = json_object_get(report, "differences");
    flatten(told, "expected");
    flatten(told, "found");
    output_section(cli, T_TITLE_FAULTS, json_object_get(report, "findings"), faults, N_OF(faults));
    output_section(cli, T_TITLE_DIFFERENCES, told, differences, N_OF(differences));
    output_section(cli, T_TITLE_UNCOVERED, json_object_get(coverage, "missing"), missing, N_OF(missing));
    if (json_is_object(coverage))
        note(cli, T_SCENARIOS_TOLD, number_text(report, "n_differences"), number_text(coverage, "taken"),
             number_text(coverage, "transitions"));
}

static enum exit_code run_scenarios(struct cli *cli, const char *definition, const char *scenarios, bool record)
{
    json_t *report = NULL;
    char *body = keep_join("{\"definition\":", definition, ",\"scenarios\":");
    body = keep_join(body, scenarios, record ? ",\"record\":true}" : "}");
    enum exit_code code = post(cli, "/api/v1/workflows:simulate", body, &report);
    if (code != CLI_OK)
        return code;
    const json_t *recorded = json_object_get(report, "recorded");
    bool passed = json_is_true(json_object_get(report, "passed"));
    if (record && json_is_object(recorded)) {
        char *text = json_dumps(recorded, JSON_INDENT(2));
        puts(text ? text : "");
        free(text);
        return CLI_OK;
    }
    if (cli->format == FORMAT_JSON)
        output_json(cli, report);
    else
        show_scenarios(cli, report);
    return passed ? CLI_OK : CLI_FAILED;
}

/* ---- what if ---- */

/* DATE[@CODE], DATE[@CODE], ...; with - before it, it is no holiday any more. */
static json_t *holidays_from(const char *list)
{
    json_t *holidays = json_array();
    while (list && *list) {
        size_t length = strcspn(list, ",");
        bool rests = list[0] != '-';
        const char *date = list + !rests;
        size_t n = strcspn(date, ",@");
        json_t *holiday = json_pack("{s:s#, s:b}", "date", date, (int)n, "rests", rests);
        if (date[n] == '@')
            json_object_set_new(holiday, "body", json_stringn(date + n + 1, length - (size_t)(date - list) - n - 1));
        json_array_append_new(holidays, holiday);
        list += length + (list[length] == ',');
    }
    return holidays;
}

static void show_replay(const struct cli *cli, json_t *report)
{
    static const struct column divergent[] = {{"ref", T_COL_REF, 0},           {"at", T_COL_TIME, AS_TIME | SPARE},
                                              {"event", T_COL_EVENT, MAIN},    {"kind", T_COL_KIND, SPARE},
                                              {"before", T_COL_BEFORE, 0},     {"after", T_COL_AFTER, 0},
                                              {"reasons", T_COL_WHY, FLEXIBLE}};
    static const struct column actions[] = {{"state", T_COL_STATE, MAIN},
                                            {"event", T_COL_EVENT, 0},
                                            {"newly_possible", T_COL_GAINED, 0},
                                            {"no_longer_possible", T_COL_LOST, 0}};
    static const struct column deadlines[] = {{"ref", T_COL_REF, 0},
                                              {"clock", T_COL_CLOCK, MAIN},
                                              {"before", T_COL_BEFORE, AS_TIME},
                                              {"after", T_COL_AFTER, AS_TIME},
                                              {"breached_after", T_COL_BREACHED, 0}};
    static const struct column agents[] = {{"login", T_COL_LOGIN, MAIN},
                                           {"chosen_before", T_COL_BEFORE, 0},
                                           {"chosen_after", T_COL_AFTER, 0},
                                           {"open_after", T_COL_OPEN, 0},
                                           {"capacity", T_COL_CAPACITY, SPARE}};
    json_t *parts = json_object_get(json_object_get(report, "divergent"), "items");
    const json_t *due = json_object_get(report, "deadlines"), *assigned = json_object_get(report, "assignments");
    flatten(parts, "reasons");
    output_section(cli, T_TITLE_DIVERGENT, parts, divergent, N_OF(divergent));
    output_section(cli, T_TITLE_ACTIONS, json_object_get(report, "actions"), actions, N_OF(actions));
    output_section(cli, T_TITLE_DEADLINES, json_object_get(due, "items"), deadlines, N_OF(deadlines));
    if (json_integer_value(json_object_get(assigned, "changed")) > 0)
        output_section(cli, T_TITLE_AGENTS, json_object_get(assigned, "agents"), agents, N_OF(agents));
    note(cli, T_REPLAY_TOLD, number_text(report, "requests"), number_text(report, "events"),
         number_text(json_object_get(report, "divergent"), "requests"), number_text(due, "newly_breached"));
    if (!json_is_true(json_object_get(report, "complete")))
        note(cli, T_REPLAY_MORE, json_string_value(json_object_get(report, "next")));
}

static enum exit_code run_replay(struct cli *cli, const char *definition)
{
    bool right;
    json_t *document = keep_json(json_loads(definition, JSON_REJECT_DUPLICATES, NULL)), *report = NULL;
    const char *history = cli->values[OPT_HISTORY];
    /* 365d and 365 are the same. */
    char *days = keep_text(history ? history : "365");
    if (*days && days[strlen(days) - 1] == 'd')
        days[strlen(days) - 1] = '\0';
    cli->values[OPT_HISTORY] = days;
    long n = option_number(cli, OPT_HISTORY, 365, 1, 3660, &right);
    if (!right)
        return CLI_USAGE;
    json_t *input = keep_json(json_pack("{s:o?, s:O?, s:i, s:o}", "workflow",
                                        json_incref(json_object_get(document, "key")), "definition", document, "days",
                                        (int)n, "holidays", holidays_from(cli->values[OPT_HOLIDAY])));
    if (cli->values[OPT_AFTER])
        json_object_set_new(input, "after", json_string(cli->values[OPT_AFTER]));
    char *body = json_dumps(input, JSON_COMPACT);
    enum exit_code code = post(cli, "/api/v1/workflows:replay", body ? body : "", &report);
    free(body);
    if (code != CLI_OK)
        return code;
    if (cli->format == FORMAT_JSON)
        output_json(cli, report);
    else
        show_replay(cli, report);
    return CLI_OK;
}

/* ---- simulate FILE, record FILE ---- */

static enum exit_code simulate(struct cli *cli, bool record)
{
    const char *path = cli->arguments[1];
    char *definition = NULL, *scenarios = NULL;
    bool replays = cli->values[OPT_HISTORY] || cli->values[OPT_HOLIDAY];
    enum exit_code code = document_read(path, &definition);
    if (code == CLI_OK && (!replays || cli->values[OPT_SCENARIOS]))
        code = document_read(workflow_scenarios_path(cli, path), &scenarios);
    if (code == CLI_OK)
        code = connect_default(cli);
    if (code == CLI_OK && scenarios)
        code = run_scenarios(cli, definition, scenarios, record);
    if (code == CLI_OK && replays && !record)
        code = run_replay(cli, definition);
    return code;
}

enum exit_code form_workflow_simulate(struct cli *cli)
{
    return simulate(cli, false);
}

enum exit_code form_workflow_record(struct cli *cli)
{
    return simulate(cli, true);
}
