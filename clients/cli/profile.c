/* Profiles: $XDG_CONFIG_HOME/oam/NAME.json, for their owner only; and the credentials file of ./oam. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

#define PROFILE_BYTES_MAX     65536
#define CREDENTIALS_BYTES_MAX (1 << 20)

static bool name_is_plain(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= 64 && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") == length;
}

/* The folder, made when absent. */
static char *config_folder(void)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    if (!base || base[0] != '/') {
        const char *home = getenv("HOME");
        if (!home || home[0] != '/')
            return NULL;
        base = keep_join(home, "/.config", "");
    }
    mkdir(base, 0700);
    char *folder = keep_join(base, "/oam", "");
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return NULL;
    return folder;
}

enum exit_code profile_path(const struct cli *cli, const char *name, char **ret_path)
{
    (void)cli;
    if (!name_is_plain(name))
        return fail_usage(T_BAD_PROFILE_NAME, name);
    char *folder = config_folder();
    if (!folder)
        return fail_plain(CLI_FAILED, T_NO_CONFIG_FOLDER);
    *ret_path = keep_join(keep_join(folder, "/", name), ".json", "");
    return CLI_OK;
}

static char *member_copy(const json_t *object, const char *name)
{
    return keep_text(json_string_value(json_object_get(object, name)));
}

/* Reads a profile; an absent one is no failure. One that others may read is refused, as ssh does with keys. */
enum exit_code profile_load(const char *path, struct profile *ret_profile, bool *ret_found)
{
    struct stat status;
    *ret_found = false;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? CLI_OK : fail_plain(CLI_FAILED, T_CANNOT_READ, path, reason_of(errno));
    if ((status.st_mode & 077) != 0)
        return fail_plain(CLI_AUTH, T_PROFILE_OPEN, path);
    char *content = file_read(path, PROFILE_BYTES_MAX, NULL);
    json_t *json = content ? json_loads(content, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!json_is_object(json)) {
        json_decref(json);
        return fail_plain(CLI_FAILED, T_PROFILE_BROKEN, path);
    }
    *ret_profile = (struct profile){
        .url = member_copy(json, "url"),
        .kind = member_copy(json, "kind"),
        .identity = member_copy(json, "identity"),
        .secret = member_copy(json, "secret"),
        .scope = member_copy(json, "scope"),
        .token = member_copy(json, "token"),
        .expires_at = json_integer_value(json_object_get(json, "expires_at")),
    };
    json_decref(json);
    *ret_found = true;
    return CLI_OK;
}

static void set_member(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

bool profile_save(const char *path, const struct profile *profile, bool with_secret)
{
    json_t *json = keep_json(json_object());
    set_member(json, "url", profile->url);
    set_member(json, "kind", profile->kind);
    set_member(json, "identity", profile->identity);
    set_member(json, "secret", with_secret ? profile->secret : NULL);
    set_member(json, "scope", profile->scope);
    set_member(json, "token", profile->token);
    json_object_set_new(json, "expires_at", json_integer(profile->expires_at));
    char *dumped = json_dumps(json, JSON_INDENT(2));
    bool ok = dumped && file_write(path, dumped, strlen(dumped));
    if (dumped)
        explicit_bzero(dumped, strlen(dumped));
    free(dumped);
    return ok;
}

static bool entry_is(const json_t *entry, const char *member, const char *wanted)
{
    const char *value = json_string_value(json_object_get(entry, member));
    return value && strcmp(value, wanted) == 0;
}

static const char *role_at(size_t index, const void *entries)
{
    const json_t *entry = json_array_get(entries, index);
    const char *role = json_string_value(json_object_get(entry, "role"));
    return entry ? (role ? role : "") : NULL;
}

/* Fills kind, identity and secret from the array that ./oam writes: the first entry of the role, or the login itself.
 */
enum exit_code credentials_pick(const char *path, const char *role, struct profile *profile)
{
    char *content = file_read(path, CREDENTIALS_BYTES_MAX, NULL);
    if (!content)
        return fail_plain(CLI_AUTH, T_CANNOT_READ, path, reason_of(errno));
    json_t *entries = json_loads(content, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_array(entries)) {
        json_decref(entries);
        return fail_plain(CLI_AUTH, T_CREDENTIALS_BROKEN, path);
    }
    keep_json(entries);
    size_t index;
    json_t *entry;
    json_array_foreach(entries, index, entry)
    {
        if (!entry_is(entry, "role", role) && !entry_is(entry, "login", role) && !entry_is(entry, "client_id", role))
            continue;
        bool is_client = json_object_get(entry, "client_id") != NULL;
        profile->kind = keep_text(is_client ? "client" : "password");
        profile->identity = member_copy(entry, is_client ? "client_id" : "login");
        profile->secret = member_copy(entry, is_client ? "client_secret" : "password");
        if (profile->identity && profile->secret)
            return CLI_OK;
    }
    const char *near = suggest(role, role_at, entries);
    return near ? fail_plain(CLI_AUTH, T_NO_SUCH_ROLE_NEAR, role, path, near)
                : fail_plain(CLI_AUTH, T_NO_SUCH_ROLE, role, path);
}
