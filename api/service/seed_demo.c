/* One person for each role, and an integration, for a desk that wants to be tried; and who else it takes to bring a
 * grant from its filing to its end. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "base/hex.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "service/seed_internal.h"

#define CREDENTIALS_MAX (64 * 1024)

/* Two small towns of two comarques, each with a territorial agent of its own. Named by their posts: nobody is invented.
 */
static const struct person {
    const char *role, *login, *name;
    const char *body; /* ens10: of a body's person, or the town that an agent covers by name */
    const char *unit;
    const char *entry; /* its role in the file, where that of the documented person is taken */
} people[] = {
    {"local_user", "local.aguilar-de-segarra", "Personal municipal · Aguilar de Segarra", "0800230008", NULL, NULL},
    {"signer", "signer.malla", "Signatari/ària · Malla", "0811150006", NULL, NULL},
    {"comptroller", "comptroller.aguilar-de-segarra", "Intervenció · Aguilar de Segarra", "0800230008", NULL, NULL},
    {"operator", "operator", "Operador/a de l'OAM", NULL, "oam", NULL},
    {"agent", "agent.bages.1", "Agent territorial · Bages 1", "0800230008", "oam", NULL},
    {"agent", "agent.osona.1", "Agent territorial · Osona 1", "0811150006", "oam", NULL},
    {"technician", "technician.gov", "Tècnic/a · Govern local", NULL, "gov", NULL},
    {"unit_head", "head.gov", "Cap de servei · Govern local", NULL, "gov", NULL},
    {"supervisor", "supervisor", "Supervisor/a de l'OAM", NULL, "oam", NULL},
    {"admin", "admin", "Administrador/a de l'OAM", NULL, "oam", NULL},
    {"signer", "signer.aguilar-de-segarra", "Signatari/ària · Aguilar de Segarra", "0800230008", NULL,
     "signer_aguilar"},
    {"technician", "technician.ma", "Tècnic/a · Medi ambient", NULL, "ma", "technician_ma"},
    {"unit_head", "head.ma", "Cap de servei · Medi ambient", NULL, "ma", "unit_head_ma"},
};

/* The board that decides on that unit's grants. */
static const char board[] = "board_ma";
static const char board_seats[] = "[{\"login\": \"head.ma\", \"chair\": true}, {\"login\": \"technician.ma\"},"
                                  " {\"login\": \"supervisor\", \"substitute\": \"operator\"}]";
#define PEOPLE (sizeof people / sizeof *people)

static const char client_id[] = "demo-integration";

static bool is_agent(const struct person *person)
{
    return strcmp(person->role, "agent") == 0;
}

/* ---- the file ---- */

static bool fail_file(const struct seed *seed, const char *path, const char *what)
{
    fprintf(seed->complaints, "seed: %s: %s\n", path, what);
    return false;
}

/* The array that an earlier run wrote; *ret_known NULL when there is no file. False when there is one that we cannot
   read: it may hold the only copy of a password, so it is not written over. */
static bool read_known(struct seed *seed, const char *path, const json_t **ret_known)
{
    *ret_known = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || fail_file(seed, path, strerror(errno));
    char *bytes = arena_alloc(seed->arena, CREDENTIALS_MAX);
    size_t length = 0;
    ssize_t got = 0;
    while (length < CREDENTIALS_MAX && (got = read(fd, bytes + length, CREDENTIALS_MAX - length)) > 0)
        length += (size_t)got;
    close(fd);
    if (length == 0)
        return true;
    const json_t *known = length < CREDENTIALS_MAX ? json_in_parse(bytes, length, seed->err) : NULL;
    if (!json_is_array(known))
        return fail_file(seed, path, "is no credentials file of ours; move it away");
    *ret_known = known;
    return true;
}

/* The secret of the entry whose member `key` is `value`, or NULL. */
static const char *find_secret(const json_t *known, const char *key, const char *value, const char *secret)
{
    for (size_t i = 0; i < json_array_size(known); i++) {
        const json_t *entry = json_array_get(known, i);
        const char *name = json_string_value(json_object_get(entry, key));
        if (name && strcmp(name, value) == 0)
            return json_string_value(json_object_get(entry, secret));
    }
    return NULL;
}

/* Written beside and renamed: a reader sees the old file or the new one, and nobody but its owner ever sees either. */
static bool write_file(const struct seed *seed, const char *path, const char *bytes, size_t length)
{
    const char *beside = arena_printf(seed->arena, "%s.new", path);
    unlink(beside);
    const int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return fail_file(seed, beside, strerror(errno));
    size_t written = 0;
    ssize_t got = 0;
    while (written < length && (got = write(fd, bytes + written, length - written)) > 0)
        written += (size_t)got;
    const bool whole = written == length && fsync(fd) == 0;
    if (close(fd) != 0 || !whole || rename(beside, path) != 0) {
        unlink(beside);
        return fail_file(seed, path, "cannot be written");
    }
    return true;
}

/* ---- the people ---- */

struct account {
    const char *password; /* that the file will name */
    const struct rows *person, *body;
};

/* A password of the file is kept; where the database has another one (a new database), it is set again. */
static bool settle_password(struct seed *seed, struct tx *tx, const struct person *person, struct account *account,
                            const json_t *known)
{
    char fresh[AUTH_PASSWORD_SIZE], hash[AUTH_PASSWORD_HASH_SIZE];
    account->password = find_secret(known, "login", person->login, "password");
    if (account->password && auth_password_verify(rows_text(account->person, 0, 1), account->password))
        return true;
    if (!account->password) {
        if (!auth_password_new(fresh, sizeof fresh))
            return fail_file(seed, person->login, "no random bytes");
        account->password = arena_strdup(seed->arena, fresh);
    }
    if (!auth_password_hash(account->password, hash))
        return fail_file(seed, person->login, "its password cannot be hashed");
    tx_run(tx, QUERY_SEED_PASSWORD, NULL, param_text(person->login), param_text(hash));
    return true;
}

static bool settle_client(struct seed *seed, struct tx *tx, const json_t *known, const char **ret_secret)
{
    unsigned char hash[AUTH_DIGEST_SIZE];
    char fresh[AUTH_CLIENT_SECRET_SIZE], hex[2 * AUTH_DIGEST_SIZE + 1];
    const char *secret = find_secret(known, "client_id", client_id, "client_secret");
    if (!secret || !auth_client_secret_well_formed(secret)) {
        if (!auth_client_secret_new(fresh, sizeof fresh))
            return fail_file(seed, client_id, "no random bytes");
        secret = arena_strdup(seed->arena, fresh);
    }
    auth_client_secret_hash(secret, hash);
    (void)hex_write(hex, hash, sizeof hash);
    tx_run(tx, QUERY_SEED_CLIENT, NULL, param_text(client_id), param_text("Integració de demostració"),
           param_text(hex));
    *ret_secret = secret;
    return true;
}

static void write_person(struct json_out *out, const struct person *person, const struct account *account)
{
    json_out_object_begin(out);
    json_out_member_text(out, "role", person->entry ? person->entry : person->role);
    if (person->entry)
        json_out_member_text(out, "acts_as", person->role);
    json_out_member_text(out, "login", person->login);
    json_out_member_text(out, "password", account->password);
    if (person->body && !is_agent(person)) {
        json_out_member_text(out, "body", person->body);
        json_out_member_text(out, "body_name", rows_text(account->body, 0, 0));
    }
    if (person->unit)
        json_out_member_text(out, "unit", person->unit);
    if (is_agent(person)) {
        json_out_name(out, "comarques");
        json_out_array_begin(out);
        json_out_text(out, rows_text(account->body, 0, 1));
        json_out_array_end(out);
    }
    json_out_object_end(out);
}

/* Whoever looks for a role finds the documented person first, and once. */
static void write_people(struct json_out *out, const struct account accounts[], bool extra)
{
    for (size_t i = 0; i < PEOPLE; i++)
        if ((people[i].entry != NULL) == extra)
            write_person(out, &people[i], &accounts[i]);
}

static bool write_credentials(struct seed *seed, const char *path, const struct account accounts[], const char *secret)
{
    struct json_out out = json_out_new(seed->arena, 4096);
    json_out_array_begin(&out);
    write_people(&out, accounts, false);
    json_out_object_begin(&out);
    json_out_member_text(&out, "role", "integration");
    json_out_member_text(&out, "client_id", client_id);
    json_out_member_text(&out, "client_secret", secret);
    json_out_object_end(&out);
    write_people(&out, accounts, true);
    json_out_array_end(&out);
    size_t length;
    const char *text = json_out_finish(&out, &length);
    return write_file(seed, path, arena_printf(seed->arena, "%s\n", text), length + 1);
}

static bool find_people(struct seed *seed, struct tx *tx, struct account accounts[])
{
    for (size_t i = 0; i < PEOPLE; i++) {
        const struct person *person = &people[i];
        tx_run(tx, QUERY_SEED_PERSON, &accounts[i].person, param_text(person->login), param_text(person->name));
        tx_run(tx, QUERY_SEED_MEMBERSHIP, NULL, param_text(person->login), param_text(person->role),
               param_text(is_agent(person) ? NULL : person->body), param_text(person->unit));
        if (is_agent(person))
            tx_run(tx, QUERY_SEED_AGENT_BODY, NULL, param_text(person->login), param_text(person->body));
        tx_run(tx, QUERY_SEED_BODY, &accounts[i].body, param_text(person->body));
    }
    tx_run(tx, QUERY_SEED_SEATS, NULL, param_text(board), param_text(board_seats));
    return tx_flush(tx) || seed_complain(seed, "people");
}

bool seed_demo(struct seed *seed, const char *credentials)
{
    if (!credentials)
        return fail_file(seed, "--demo", "needs --credentials FILE for the passwords that it makes");
    const json_t *known;
    const char *secret;
    struct account accounts[PEOPLE] = {{0}};
    tx_auto struct tx tx = {.store = NULL};
    if (!read_known(seed, credentials, &known))
        return false;
    if (!tx_begin(&tx, seed->store, TX_WRITE, NULL, seed->arena, seed->err))
        return seed_complain(seed, "connect");
    if (!find_people(seed, &tx, accounts))
        return false;
    for (size_t i = 0; i < PEOPLE; i++)
        if (!settle_password(seed, &tx, &people[i], &accounts[i], known))
            return false;
    if (!settle_client(seed, &tx, known, &secret))
        return false;
    /* The file first: what it names and the database lacks, the next run sets; the other way round it would be lost. */
    if (!write_credentials(seed, credentials, accounts, secret))
        return false;
    if (!tx_commit(&tx))
        return seed_complain(seed, "people");
    fprintf(seed->progress, "%6zu people and 1 integration: %s\n", PEOPLE, credentials);
    return true;
}
