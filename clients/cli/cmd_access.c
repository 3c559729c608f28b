/* login, logout, whoami. */
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Client credentials or a person's, by options; NULL kind when neither is given. */
static enum exit_code identity_from_options(const struct cli *cli, struct profile *profile)
{
    const char *client_id = cli->values[OPT_CLIENT_ID], *login = cli->values[OPT_LOGIN];
    const char *file = client_id ? cli->values[OPT_SECRET_FILE] : cli->values[OPT_PASSWORD_FILE];
    if (client_id && login)
        return fail_usage(T_ONE_IDENTITY);
    if (!client_id && !login)
        return CLI_OK;
    profile->kind = keep_text(client_id ? "client" : "password");
    profile->identity = keep_text(client_id ? client_id : login);
    profile->scope = keep_text(cli->values[OPT_SCOPE]);
    if (file) {
        profile->secret = secret_read(file);
        return profile->secret ? CLI_OK : fail_plain(CLI_AUTH, T_NO_SECRET, file);
    }
    if (!is_interactive(cli))
        return fail_usage(T_SECRET_BY_FILE, client_id ? "--secret-file" : "--password-file");
    profile->secret = ask_line(sentence(client_id ? T_ASK_SECRET : T_ASK_PASSWORD), true);
    return profile->secret && *profile->secret ? CLI_OK : fail_plain(CLI_AUTH, T_NO_SECRET, "-");
}

static enum exit_code identity_from_person(const struct cli *cli, struct profile *profile)
{
    if (!is_interactive(cli))
        return fail_usage(T_LOGIN_HOW);
    profile->kind = keep_text("password");
    profile->identity = ask_line(sentence(T_ASK_LOGIN), false);
    profile->secret = profile->identity ? ask_line(sentence(T_ASK_PASSWORD), true) : NULL;
    return profile->secret && *profile->identity && *profile->secret ? CLI_OK : fail_plain(CLI_AUTH, T_NO_SECRET, "-");
}

static enum exit_code identity_of_login(struct cli *cli, struct profile *profile)
{
    struct profile named = {0};
    if (cli->values[OPT_CREDENTIALS] || cli->values[OPT_ROLE]) {
        /* With a credentials file, --login and --client-id choose the entry. */
        const char *entry = cli->values[OPT_LOGIN] ? cli->values[OPT_LOGIN] : cli->values[OPT_CLIENT_ID];
        cli->values[OPT_ROLE] = cli->values[OPT_ROLE] ? cli->values[OPT_ROLE] : entry;
        enum exit_code code = connect_profile(cli, &named);
        profile->kind = named.kind;
        profile->identity = named.identity;
        profile->secret = named.secret;
        return code;
    }
    enum exit_code code = identity_from_options(cli, profile);
    return code == CLI_OK && !profile->kind ? identity_from_person(cli, profile) : code;
}

enum exit_code command_login(struct cli *cli)
{
    const char *name = cli->values[OPT_PROFILE] ? cli->values[OPT_PROFILE] : "default";
    char *path = NULL;
    struct profile profile = {.url = keep_text(wanted_url(cli))};
    enum exit_code code = identity_of_login(cli, &profile);
    if (code == CLI_OK)
        code = profile_path(cli, name, &path);
    if (code != CLI_OK)
        return code;
    cli->profile_path = NULL;
    code = connect_with(cli, &profile);
    if (code != CLI_OK)
        return code;
    struct oam_response *response = NULL;
    enum oam_result result = oam_get(cli->client, "/api/v1/me", NULL, &response, &cli->err);
    json_t *me = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (result != OAM_OK)
        return fail_call(cli);
    cli->profile.token = keep_text(oam_client_token(cli->client, &cli->profile.expires_at));
    if (!profile_save(path, &cli->profile, true))
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, path);
    char buffer[64];
    note(cli, T_LOGGED_IN, member_text(me, "name", buffer, sizeof buffer), profile.url, name);
    return CLI_OK;
}

enum exit_code command_logout(struct cli *cli)
{
    const char *name = cli->values[OPT_PROFILE] ? cli->values[OPT_PROFILE] : "default";
    char *path = NULL;
    struct profile profile = {0};
    bool found = false;
    enum exit_code code = profile_path(cli, name, &path);
    if (code == CLI_OK)
        code = profile_load(path, &profile, &found);
    if (code != CLI_OK)
        return code;
    if (!found) {
        note(cli, T_NOT_LOGGED_IN, name);
        return CLI_OK;
    }
    code = connect_with(cli, &profile);
    /* The file goes first: whatever the server answers, this machine has forgotten. */
    if (unlink(path) != 0)
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, path);
    if (code != CLI_OK)
        return code;
    enum oam_result result = oam_logout(cli->client, &cli->err);
    if (result != OAM_OK && result != OAM_E_AUTH)
        return fail_call(cli);
    note(cli, T_LOGGED_OUT, name);
    return CLI_OK;
}

enum exit_code command_whoami(struct cli *cli)
{
    static const struct column columns[] = {
        {"name", T_COL_NAME, 0},
        {"role", T_COL_ROLE, AS_ROLE},
        {"login", T_COL_LOGIN, 0},
        {"client_id", T_COL_CLIENT, 0},
        {"bodies", T_COL_BODIES, 0},
        {"unit", T_COL_UNIT, AS_UNIT},
        {"comarques", T_COL_COMARQUES, AS_COMARCA},
        {"scopes", T_COL_SCOPES, 0},
    };
    json_t *me = NULL;
    enum exit_code code = connect_default(cli);
    if (code == CLI_OK)
        code = fetch_json(cli, oam_path_new("/api/v1/me", (char *)NULL), &me);
    if (code == CLI_OK)
        output_record(cli, me, columns, sizeof columns / sizeof *columns);
    return code;
}
