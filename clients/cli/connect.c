/* From profile, environment and options to a client that can call. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define DEFAULT_URL "http://127.0.0.1:8080"
/* A script is better served by three seconds of patience, a person by an answer. */
#define RETRIES          4
#define RETRIES_FOR_EYES 1

static const char *set_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The URL of the option or of the environment, NULL without. */
static const char *named_url(const struct cli *cli)
{
    return cli->values[OPT_URL] ? cli->values[OPT_URL] : set_environment("OAM_URL");
}

const char *wanted_url(const struct cli *cli)
{
    const char *url = named_url(cli);
    return url ? url : DEFAULT_URL;
}

/* A client with the credentials and the token of a profile, which tries again so many times; nothing is sent yet. */
enum exit_code client_make(const struct profile *profile, unsigned retries, struct oam_client **ret_client,
                           struct oam_error *err)
{
    struct oam_client_options options;
    oam_client_options_init(&options);
    options.url = profile->url;
    options.language = text_language();
    options.user_agent = "oamctl";
    options.retries = retries;
    struct oam_client *client = NULL;
    enum oam_result result = oam_client_new(&options, &client, err);
    if (result == OAM_OK && profile->secret && profile->kind) {
        result = strcmp(profile->kind, "client") == 0
                     ? oam_credentials_client(client, profile->identity, profile->secret, profile->scope, err)
                     : oam_credentials_password(client, profile->identity, profile->secret, err);
    }
    if (result == OAM_OK && profile->token)
        result = oam_client_set_token(client, profile->token, profile->expires_at, err);
    if (result != OAM_OK) {
        oam_client_free(client);
        return code_of_result(result) == CLI_OK ? CLI_FAILED : code_of_result(result);
    }
    *ret_client = client;
    return CLI_OK;
}

enum exit_code connect_with(struct cli *cli, const struct profile *profile)
{
    cli->profile = *profile;
    enum exit_code code =
        client_make(profile, is_interactive(cli) ? RETRIES_FOR_EYES : RETRIES, &cli->client, &cli->err);
    return code == CLI_OK ? CLI_OK : fail_call(cli);
}

/* As someone of a credentials file; the token is cached apart for each role, the secret stays where it is. */
static enum exit_code profile_of_role(struct cli *cli, const char *file, const char *role, struct profile *profile)
{
    char *path = NULL;
    struct profile cached = {0};
    bool found = false;
    enum exit_code code = credentials_pick(file, role, profile);
    if (code == CLI_OK)
        code = profile_path(cli, keep_join("role-", role, ""), &path);
    if (code == CLI_OK)
        code = profile_load(path, &cached, &found);
    if (code != CLI_OK)
        return code;
    if (found && cached.url && strcmp(cached.url, profile->url) == 0 && cached.identity &&
        strcmp(cached.identity, profile->identity) == 0) {
        profile->token = cached.token;
        profile->expires_at = cached.expires_at;
    }
    cli->profile_path = path;
    cli->profile_is_cache = true;
    return CLI_OK;
}

/* As whoever logged in under the profile's name. Its secret goes to its own URL only. */
static enum exit_code profile_of_login(struct cli *cli, const char *url, const char *name, const char *path,
                                       struct profile *profile)
{
    cli->profile_path = path;
    if (url && strcmp(url, profile->url) != 0)
        return fail_usage(T_URL_DIFFERS, name, profile->url, url);
    return CLI_OK;
}

/* Settles who calls where: --role or --credentials, else --profile, else OAM_ROLE, else the profile, else
 * OAM_CREDENTIALS. */
enum exit_code connect_profile(struct cli *cli, struct profile *ret_profile)
{
    const char *url = named_url(cli);
    const char *file = cli->values[OPT_CREDENTIALS] ? cli->values[OPT_CREDENTIALS] : set_environment("OAM_CREDENTIALS");
    const char *role = cli->values[OPT_ROLE] ? cli->values[OPT_ROLE] : set_environment("OAM_ROLE");
    const char *name = cli->values[OPT_PROFILE] ? cli->values[OPT_PROFILE] : "default";
    struct profile profile = {0};
    bool found = false;
    char *path = NULL;
    bool wants_role =
        cli->values[OPT_ROLE] || cli->values[OPT_CREDENTIALS] || (role && file && !cli->values[OPT_PROFILE]);
    if (!wants_role) {
        enum exit_code code = profile_path(cli, name, &path);
        code = code == CLI_OK ? profile_load(path, &profile, &found) : code;
        if (code != CLI_OK)
            return code;
    }
    enum exit_code code = CLI_OK;
    if (found && profile.url) {
        code = profile_of_login(cli, url, name, path, &profile);
    } else if (cli->values[OPT_PROFILE] && !wants_role) {
        return fail_plain(CLI_AUTH, T_NO_SUCH_PROFILE, name);
    } else {
        profile = (struct profile){.url = keep_text(wanted_url(cli))};
        if (wants_role && !file)
            return fail_usage(T_ROLE_NEEDS_FILE);
        code = file ? profile_of_role(cli, file, role ? role : "integration", &profile) : CLI_OK;
    }
    *ret_profile = profile;
    return code;
}

enum exit_code connect_default(struct cli *cli)
{
    struct profile profile = {0};
    if (cli->client) /* a command that asks twice */
        return CLI_OK;
    enum exit_code code = connect_profile(cli, &profile);
    return code == CLI_OK ? connect_with(cli, &profile) : code;
}

/* Keeps a token that was renewed on the way, so that the next run need not log in. */
void disconnect(struct cli *cli)
{
    int64_t expires_at = 0;
    if (!cli->client)
        return;
    const char *token = oam_client_token(cli->client, &expires_at);
    bool is_new = token && (!cli->profile.token || strcmp(token, cli->profile.token) != 0);
    if (is_new && cli->profile_path) {
        cli->profile.token = keep_text(token);
        cli->profile.expires_at = expires_at;
        /* A cache that cannot be written only costs the next run a log-in. */
        (void)profile_save(cli->profile_path, &cli->profile, !cli->profile_is_cache);
    }
    oam_client_free(cli->client);
    cli->client = NULL;
}
