/* Start, wire, drain, stop. */
#include "app.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "base/bell.h"
#include "base/log.h"
#include "handlers/auth_handlers.h"
#include "handlers/routes.h"
#include "http/http.h"
#include "service/calendar.h"
#include "service/feed_ring.h"
#include "service/service_auth.h"
#include "service/answer_cache.h"
#include "service/page_cache.h"
#include "service/query_cache.h"
#include "store/migrate.h"
#include "worker/mailer.h"
#include "worker/relay.h"
#include "worker/sender.h"
#include "worker/worker.h"

#define SECRET_MAX 4096
#define BUSY       100 /* requests and ends of connections in a second */

/* What systemd hands to a service is in a folder of its own, which nobody else enters, whatever the mode of the file.
 */
static bool is_system_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t length = folder ? strlen(folder) : 0;
    return length > 0 && strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* Reads OAM_SECRET_FILE; others on the machine must not be able to. Returns its length, 0 with a complaint. */
static size_t read_secret(const char *path, unsigned char secret[SECRET_MAX])
{
    FILE *file = fopen(path, "rb");
    struct stat stat;
    if (!file || fstat(fileno(file), &stat) != 0) {
        fprintf(stderr, "oamd: cannot read OAM_SECRET_FILE %s\n", path);
        if (file)
            fclose(file);
        return 0;
    }
    size_t length = fread(secret, 1, SECRET_MAX, file);
    fclose(file);
    if ((stat.st_mode & (S_IRWXG | S_IRWXO)) && !is_system_credential(path)) {
        fprintf(stderr, "oamd: others can read %s: chmod 600 it\n", path);
        return 0;
    }
    if (length < 32) {
        fprintf(stderr, "oamd: %s holds %zu bytes, at least 32 are needed: head -c 32 /dev/urandom > %s\n", path,
                length, path);
        return 0;
    }
    return length;
}

bool app_check(const struct config *config)
{
    unsigned char secret[SECRET_MAX];
    bool good = read_secret(config->secret_file, secret) > 0;
    auth_wipe(secret, sizeof secret);
    return good;
}

static struct store *open_store(struct app *app)
{
    const struct store_settings settings = {
        .url = app->config->database_url,
        .role = "oam_app",
        .statement_timeout_ms = app->config->statement_timeout_ms,
        .connect_timeout_s = 2,
    };
    return store_new(&settings);
}

/* Schema, keys and directory must be there before the first request is. */
static bool prepare_database(struct app *app, struct store *store)
{
    struct arena *arena = arena_new(64 * 1024);
    struct error err = {.language = TEXT_EN, .arena = arena};
    const char *step = "database";
    bool ready = store_ping(store, &err);
    if (ready) {
        step = "schema (oamd migrate?)";
        ready = migrate_current(store, arena, &err);
    }
    if (ready) {
        step = "signing keys";
        ready = service_auth_rotate(store, app->auth, clock_now(app->clock), false);
    }
    if (ready) {
        step = "OAM_SEAT";
        ready = calendar_seat_take(store, app->config->seat, arena, &err);
    }
    if (ready) {
        step = "directory (oamd seed?)";
        ready = directory_refresh(app->directory, store, &err);
    }
    if (ready)
        atomic_store(&app->database_seen, clock_monotonic()); /* ready at once, not at the relay's first turn */
    else
        fprintf(stderr, "oamd: cannot start: %s: %s %s\n", step, err.detail, err.where);
    arena_free(arena);
    return ready;
}

static void wake_readers(struct app *app)
{
    http_wake_all(app->server);
}

static bool start_server(struct app *app, int listener)
{
    const struct config *config = app->config;
    const struct http_settings settings = {
        .app = app,
        .auth = app->auth,
        .clock = app->clock,
        .routes = routes,
        .n_routes = route_count,
        .listener = listener,
        .io_threads = config->io_threads,
        .db_threads = config->db_threads,
        .queue_max = config->queue_max,
        .connections_max = config->connections_max,
        .idle_timeout_s = config->idle_timeout_s,
        .waits_per_client = config->waits_per_client,
        .waits_per_person = config->waits_per_person,
        .receive_s = config->body_seconds,
        .deadline_ms = config->deadline_ms,
        .rate_per_minute = config->rate_per_minute,
        .anonymous_per_minute = config->anonymous_per_minute,
        .body_max = (size_t)config->body_max_kb * 1024,
        .public_url = app->public_url,
        .proxy = config->proxy,
        .store_open = open_store,
        .store_close = store_free,
        .ask_together = tx_flush_together,
        .authenticate = auth_handlers_authenticate,
    };
    char complaint[256] = "";
    app->server = http_server_start(&settings, complaint, sizeof complaint);
    if (!app->server)
        fprintf(stderr, "oamd: cannot start: %s\n", complaint);
    return app->server != NULL;
}

/* Takes the address, and says the URL by which clients see us: what OAM_PUBLIC_URL says or else that address. Tokens
   name it as their issuer, so that a free port must be known before there are keys. -1: told. */
static int take_address(struct app *app)
{
    const struct config *config = app->config;
    char complaint[256] = "";
    int port = 0, listener = http_bind(config->listen_address, config->port, &port, complaint, sizeof complaint);
    if (listener < 0)
        fprintf(stderr, "oamd: %s\n", complaint);
    snprintf(app->public_url_text, sizeof app->public_url_text, "http://%s:%d", config->listen_address, port);
    app->public_url = *config->public_url ? config->public_url : app->public_url_text;
    return listener;
}

/* One arena of malloc for each processor instead of eight: what one thread frees, another finds. */
static void limit_arenas(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    (void)mallopt(M_ARENA_MAX, processors > 2 ? (int)processors : 2);
}

void app_rest(struct app *app)
{
    uint64_t activity = http_activity(app->server), passed = activity - app->activity_seen;
    app->activity_seen = activity;
    if (passed < BUSY && app->was_busy)
        (void)malloc_trim(0);
    app->was_busy = passed >= BUSY;
}

void app_stop(struct app *app)
{
    app->draining = true;
    worker_stop(app->worker);
    mailer_stop(app->mailer);
    sender_stop(app->sender);
    relay_stop(app->relay); /* it wakes the server's readers: it goes first */
    if (app->server)
        http_server_stop(app->server, app->config->drain_s);
    feed_ring_free(app->feed);
    query_cache_free(app->queries);
    page_cache_free(app->pages);
    answer_cache_free(app->cache);
    bell_free(app->bell);
    bell_free(app->news);
    directory_holder_free(app->directory);
    auth_free(app->auth);
    clock_free(app->clock);
}

bool app_start(struct app *app, const struct config *config)
{
    unsigned char secret[SECRET_MAX];
    *app = (struct app){.config = config};
    limit_arenas();
    size_t secret_length = read_secret(config->secret_file, secret);
    if (secret_length == 0)
        return false;
    int listener = take_address(app);
    if (listener < 0)
        return false;
    const struct auth_settings auth = {
        .secret = secret,
        .secret_length = secret_length,
        .issuer = app->public_url,
        .login_attempts = config->login_attempts,
        /* Who hashes or waits for it holds a database thread: half of them stay free for the others. */
        .hash_threads_max = config->db_threads > 1 ? config->db_threads / 2 : 1,
    };
    app->auth = auth_new(&auth);
    auth_wipe(secret, sizeof secret);
    app->clock = clock_new(*config->test_clock ? config->test_clock : NULL);
    app->directory = directory_holder_new();
    app->bell = bell_new();
    app->news = bell_new();
    /* Half for requests and their status, the rest for pages of them and for what batch polls were told. */
    size_t cache_bytes = (size_t)config->cache_mb * 1024 * 1024;
    app->cache = answer_cache_new(cache_bytes / 2);
    app->pages = page_cache_new(app->cache, cache_bytes / 8 * 3);
    app->queries = query_cache_new(app->cache, cache_bytes / 8);
    app->feed = feed_ring_new((size_t)config->feed_events);
    struct store *store = open_store(app);
    bool prepared = app->auth && prepare_database(app, store);
    if (!prepared)
        close(listener);
    if (!prepared || !start_server(app, listener)) {
        store_free(store);
        app_stop(app);
        return false;
    }
    app->wake_readers = wake_readers;
    app->relay = relay_start(app, store);
    if (config->worker_batch > 0)
        app->worker = worker_start(app, open_store(app), open_store(app));
    if (config->worker_batch > 0)
        app->sender = sender_start(app, open_store(app));
    if (config->worker_batch > 0 && *config->smtp_url)
        app->mailer = mailer_start(app, open_store(app));
    log_event(LOG_INFO, "started", LOG_S("address", config->listen_address),
              LOG_N("port", http_server_port(app->server)));
    return true;
}
