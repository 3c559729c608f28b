/* doctor: what stands between this machine and a working desk. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define SKEW_MAX_S 60

struct examination {
    struct cli *cli;
    json_t *findings;
    bool failed;
};

static void find(struct examination *examination, bool ok, enum text what, const char *detail)
{
    examination->failed = examination->failed || !ok;
    json_array_append_new(examination->findings, json_pack("{s:b, s:s, s:s}", "ok", ok, "check", sentence(what),
                                                           "detail", detail ? detail : ""));
}

/* What is wrong, in the language of the reader where we know it. */
static const char *trouble(const struct cli *cli)
{
    const char *own = own_error(cli->err.code);
    return own ? own : *cli->err.detail ? cli->err.detail : cli->err.title;
}

/* One GET; its body is kept. */
static bool probe(struct examination *examination, const char *path, struct oam_response **ret_response)
{
    struct cli *cli = examination->cli;
    enum oam_result result = oam_get(cli->client, path, NULL, ret_response, &cli->err);
    return result == OAM_OK;
}

/* How far the server's clock, by its Date header, is before ours. */
static long long seconds_ahead(const char *date)
{
    struct tm parts = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &parts))
        return 0;
    return (long long)timegm(&parts) - (long long)now.tv_sec;
}

static void check_server(struct examination *examination)
{
    struct cli *cli = examination->cli;
    struct oam_response *response = NULL;
    bool ok = probe(examination, "/livez", &response);
    find(examination, ok, T_DOCTOR_REACH, ok ? cli->profile.url : trouble(cli));
    if (ok && response->date) {
        char skew[32];
        long long seconds = seconds_ahead(response->date);
        snprintf(skew, sizeof skew, "%+lld s", seconds);
        find(examination, llabs(seconds) <= SKEW_MAX_S, T_DOCTOR_CLOCK, skew);
    }
    oam_response_free(response);
    if (!ok)
        return;
    response = NULL;
    ok = probe(examination, "/readyz", &response);
    find(examination, ok, T_DOCTOR_READY, ok ? "" : trouble(cli));
    oam_response_free(response);
    response = NULL;
    ok = probe(examination, "/api/v1/openapi.json", &response);
    const json_t *version = ok ? member_at(response_json(response), "info.version") : NULL;
    find(examination, version != NULL, T_DOCTOR_CONTRACT, version ? json_string_value(version) : trouble(cli));
    oam_response_free(response);
}

static void check_identity(struct examination *examination)
{
    struct cli *cli = examination->cli;
    struct oam_response *response = NULL;
    char buffer[64];
    bool ok = probe(examination, "/api/v1/me", &response);
    json_t *me = ok ? response_json(response) : NULL;
    find(examination, ok, T_DOCTOR_IDENTITY, ok ? member_text(me, "name", buffer, sizeof buffer) : trouble(cli));
    oam_response_free(response);
}

enum exit_code command_doctor(struct cli *cli)
{
    static const struct column columns[] = {
        {"ok", T_COL_OK, 0}, {"check", T_COL_CHECK, 0}, {"detail", T_COL_DETAIL, FLEXIBLE}};
    struct examination examination = {.cli = cli, .findings = keep_json(json_array())};
    struct profile profile = {0};
    enum exit_code code = connect_profile(cli, &profile);
    find(&examination, code == CLI_OK, T_DOCTOR_CONFIGURATION, cli->profile_path ? cli->profile_path : "");
    if (code == CLI_OK) {
        cli->profile = profile;
        /* Reachability is asked without a token: a wrong secret must not look like a dead server. */
        struct profile nobody = {.url = profile.url};
        code = client_make(&nobody, 0, &cli->client, &cli->err);
    }
    if (code == CLI_OK) {
        check_server(&examination);
        oam_client_free(cli->client);
        cli->client = NULL;
        code = client_make(&profile, 0, &cli->client, &cli->err);
    }
    if (code == CLI_OK)
        check_identity(&examination);
    find(&examination, true, T_DOCTOR_VERSIONS, keep_join("liboam ", oam_version(), ", jansson " JANSSON_VERSION));
    output_items(cli, examination.findings, columns, sizeof columns / sizeof *columns);
    return code == CLI_OK && examination.failed ? CLI_FAILED : code;
}
