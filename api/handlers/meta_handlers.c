#include "handlers/meta_handlers.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/keys.h"
#include "base/clock.h"
#include "generated/openapi.h"
#include "handlers/answer.h"
#include "service/webhook_send.h"

bool handle_livez(struct context *ctx, struct error *err)
{
    (void)err;
    return http_respond_bytes(ctx, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

/* ---- readiness ---- */

/* The relay writes every few milliseconds, so how long ago it last could tells whether PostgreSQL answers and takes
   writes, without asking it: a frozen database must not hold an IO thread. */
#define TICK_AGE_MAX_US INT64_C(2000000)

static bool database_answers(const struct app *app)
{
    int64_t tick = atomic_load(&app->database_seen);
    return tick != 0 && clock_monotonic() - tick <= TICK_AGE_MAX_US + app->config->relay_ms * INT64_C(2000);
}

bool handle_readyz(struct context *ctx, struct error *err)
{
    const struct app *app = ctx->app;
    const struct {
        bool is_fine;
        enum text_key reason;
    } checks[] = {
        {!app->draining, TEXT_READY_DRAINING},
        {database_answers(app), TEXT_READY_DATABASE},
        {directory_use(app->directory, ctx->arena) != NULL, TEXT_READY_DIRECTORY},
        {auth_keys_sign(app->auth, ctx->now), TEXT_READY_KEYS},
    };
    const char *reasons = "";
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!checks[i].is_fine)
            reasons = arena_printf(ctx->arena, "%s%s%s", reasons, reasons[0] != '\0' ? " " : "",
                                   text(ctx->language, checks[i].reason));
    http_header_set(ctx, "Cache-Control", "no-store");
    if (reasons[0] == '\0')
        return http_respond_bytes(ctx, 200, "text/plain; charset=utf-8", "ok\n", 3);
    err->retry_after_s = 1;
    return error_set(err, ERROR_UNAVAILABLE, TEXT_READY_NOT, reasons);
}

/* ---- metrics ---- */

/* The second number of statm is the resident pages. */
static long resident_bytes(void)
{
    char line[256], *end = line;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    (void)fclose(file);
    (void)strtol(line, &end, 10);
    return strtol(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static long open_files(void)
{
    long n = -3; /* ., .. and the directory itself */
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        n++;
    (void)closedir(directory);
    return n;
}

static const char *process_metrics(struct context *ctx)
{
    struct rlimit files = {0};
    struct rusage usage = {0};
    const struct directory *dir = directory_use(ctx->app->directory, ctx->arena);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    (void)getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    int64_t tick = atomic_load(&ctx->app->database_seen);
    return arena_printf(ctx->arena,
                        "# HELP process_resident_memory_bytes Resident memory.\n"
                        "# TYPE process_resident_memory_bytes gauge\n"
                        "process_resident_memory_bytes %ld\n"
                        "# HELP process_open_fds Open file descriptors.\n"
                        "# TYPE process_open_fds gauge\n"
                        "process_open_fds %ld\n"
                        "# HELP process_max_fds Most file descriptors there may be.\n"
                        "# TYPE process_max_fds gauge\n"
                        "process_max_fds %llu\n"
                        "# HELP process_cpu_seconds_total CPU time spent.\n"
                        "# TYPE process_cpu_seconds_total counter\n"
                        "process_cpu_seconds_total %.3f\n"
                        "# HELP oam_directory_version Version of the directory in memory; 0: none.\n"
                        "# TYPE oam_directory_version gauge\n"
                        "oam_directory_version %lld\n"
                        "# HELP oam_relay_tick_age_seconds Since the relay last heard of PostgreSQL; -1: never.\n"
                        "# TYPE oam_relay_tick_age_seconds gauge\n"
                        "oam_relay_tick_age_seconds %.3f\n",
                        resident_bytes(), open_files(), (unsigned long long)files.rlim_cur, cpu,
                        (long long)(dir != NULL ? dir->version : 0),
                        tick != 0 ? (double)(clock_monotonic() - tick) / 1e6 : -1.0);
}

/* What waits for its moment, what leaves the house, what waits for a person. */
static const char *runtime_metrics(struct context *ctx)
{
    struct runtime_counters *told = &ctx->app->runtime;
    const struct {
        const char *name, *type, *help;
        double value;
    } figures[] = {
        {"oam_timers_claimed_total", "counter", "Due timers seen by this process.", (double)told->timers_claimed},
        {"oam_timers_fired_total", "counter", "Timers fired by this process.", (double)told->timers_fired},
        {"oam_timers_stale_total", "counter", "Timers cancelled or left behind before they were fired.",
         (double)told->timers_stale},
        {"oam_timers_failed_total", "counter", "Timers that could not be fired.", (double)told->timers_failed},
        {"oam_timers_due", "gauge", "Timers that are due.", (double)told->timers_due},
        {"oam_timers_late_seconds", "gauge", "How late the first of them is.", (double)told->timer_lag_us / 1e6},
        {"oam_effects_done_total", "counter", "Effects delivered by this process.", (double)told->effects_done},
        {"oam_effects_failed_total", "counter", "Deliveries that failed.", (double)told->effects_failed},
        {"oam_outbox_queued", "gauge", "Effects on their way.", (double)told->outbox_queued},
        {"oam_outbox_age_seconds", "gauge", "How long the oldest of them has been.", (double)told->outbox_age_us / 1e6},
        {"oam_incidents_open", "gauge", "Incidents that wait for a person.", (double)told->incidents_open},
    };
    const char *page = "";
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        page = arena_printf(ctx->arena, "%s# HELP %s %s\n# TYPE %s %s\n%s %.3f\n", page, figures[i].name,
                            figures[i].help, figures[i].name, figures[i].type, figures[i].name, figures[i].value);
    return page;
}

static const char *webhook_metrics(struct context *ctx)
{
    struct webhook_counters *told = &ctx->app->webhooks;
    const char *page = "# HELP oam_webhook_tries_total Tries of deliveries by this process, by what came of them.\n"
                       "# TYPE oam_webhook_tries_total counter\n";
    for (int i = 0; i < WEBHOOK_OUTCOME_COUNT; i++)
        page = arena_printf(ctx->arena, "%soam_webhook_tries_total{outcome=\"%s\"} %lld\n", page,
                            webhook_outcome_word((enum webhook_outcome)i), (long long)told->tries[i]);
    return arena_printf(ctx->arena,
                        "%s# HELP oam_webhook_deliveries_pending Deliveries that have not arrived yet.\n"
                        "# TYPE oam_webhook_deliveries_pending gauge\n"
                        "oam_webhook_deliveries_pending %lld\n"
                        "# HELP oam_webhook_deliveries_age_seconds How long the oldest of them has been.\n"
                        "# TYPE oam_webhook_deliveries_age_seconds gauge\n"
                        "oam_webhook_deliveries_age_seconds %.3f\n"
                        "# HELP oam_webhooks Webhooks by state; failing are those of the active that nothing reaches.\n"
                        "# TYPE oam_webhooks gauge\n"
                        "oam_webhooks{state=\"active\"} %lld\noam_webhooks{state=\"paused\"} %lld\n"
                        "oam_webhooks{state=\"disabled\"} %lld\noam_webhooks{state=\"failing\"} %lld\n",
                        page, (long long)told->pending, (double)told->age_us / 1e6, (long long)told->active,
                        (long long)told->paused, (long long)told->disabled, (long long)told->failing);
}

bool handle_metrics(struct context *ctx, struct error *err)
{
    (void)err;
    const char *own = ctx->app->server != NULL ? http_metrics(ctx->app->server, ctx->arena) : "";
    const char *all =
        arena_printf(ctx->arena, "%s%s%s%s", own, process_metrics(ctx), runtime_metrics(ctx), webhook_metrics(ctx));
    http_header_set(ctx, "Cache-Control", "no-store");
    return http_respond_bytes(ctx, 200, "text/plain; version=0.0.4; charset=utf-8", all, strlen(all));
}

/* ---- documents ---- */

static char openapi_etag[40];

static void openapi_etag_make(void)
{
    unsigned char digest[AUTH_DIGEST_SIZE];
    size_t used = 1;
    auth_digest(openapi_json, openapi_json_length, digest);
    openapi_etag[0] = '"';
    used += auth_base64url(openapi_etag + used, sizeof openapi_etag - 2, digest, 16);
    openapi_etag[used] = '"';
    openapi_etag[used + 1] = '\0';
}

bool handle_openapi(struct context *ctx, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* the document is that of the build */
    (void)err;
    (void)pthread_once(&once, openapi_etag_make);
    http_header_set(ctx, "Cache-Control", "public, no-cache");
    if (answer_not_modified(ctx, openapi_etag))
        return true;
    http_header_set(ctx, "Content-Language", "en");
    return http_respond_bytes(ctx, 200, "application/json", openapi_json, openapi_json_length);
}

static void link_write(struct json_out *out, const struct context *ctx, const char *relation, const char *path,
                       const char *type)
{
    json_out_name(out, relation);
    json_out_array_begin(out);
    json_out_object_begin(out);
    json_out_member_text(out, "href", arena_printf(ctx->arena, "%s%s", ctx->app->public_url, path));
    json_out_member_text(out, "type", type);
    json_out_object_end(out);
    json_out_array_end(out);
}

bool handle_api_catalog(struct context *ctx, struct error *err)
{
    struct json_out out = json_out_new(ctx->arena, 1024);
    size_t length;
    (void)err;
    json_out_object_begin(&out);
    json_out_name(&out, "linkset");
    json_out_array_begin(&out);
    json_out_object_begin(&out);
    json_out_member_text(&out, "anchor", arena_printf(ctx->arena, "%s/api/v1", ctx->app->public_url));
    link_write(&out, ctx, "service-desc", "/api/v1/openapi.json", "application/json");
    link_write(&out, ctx, "service-meta", "/.well-known/oauth-authorization-server", "application/json");
    link_write(&out, ctx, "status", "/readyz", "text/plain");
    json_out_object_end(&out);
    json_out_array_end(&out);
    json_out_object_end(&out);
    const char *bytes = json_out_finish(&out, &length);
    return http_respond_bytes(ctx, 200, "application/linkset+json", bytes, length);
}
