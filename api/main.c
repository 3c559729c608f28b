/* oamd: serve, and what an operator does around it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "app.h"
#include "base/log.h"
#include "service/holiday_import.h"
#include "service/service_seed.h"
#include "service/verify.h"
#include "store/migrate.h"

static volatile sig_atomic_t stop_signals;

static void on_stop_signal(int number)
{
    (void)number;
    if (++stop_signals > 1)
        _Exit(1); /* asked twice: now */
}

static void sleep_ms(int ms)
{
    struct timespec span = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&span, NULL);
}

static enum log_level level_of(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static int serve(const struct config *config)
{
    struct app app;
    struct sigaction action = {.sa_handler = on_stop_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core would hold the keys, and what people wrote */
    log_open(level_of(config->log_level), 2);
    if (!app_start(&app, config)) {
        log_close();
        return 1;
    }
    for (int i = 0; !stop_signals; i++) {
        sleep_ms(50);
        if (i % 20 == 19)
            app_rest(&app);
    }
    log_event(LOG_INFO, "draining");
    app.draining = true; /* /readyz says so while the proxy still sends */
    sleep_ms(config->drain_notice_ms);
    app_stop(&app);
    log_event(LOG_INFO, "stopped");
    log_close();
    return 0;
}

static int migrate(const struct config *config, bool dry_run)
{
    return migrate_run(config->database_url, dry_run, stdout, stderr) ? 0 : 1;
}

/* seed [--demo] [--credentials FILE] */
static int seed(const struct config *config, int argc, char **argv)
{
    struct seed_options options = {0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--demo") == 0) {
            options.demo = true;
        } else if (strcmp(argv[i], "--credentials") == 0 && i + 1 < argc) {
            options.credentials = argv[++i];
        } else {
            fprintf(stderr, "oamd seed: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    return seed_run(config->database_url, &options, stdout, stderr) ? 0 : 1;
}

/* Takes an option of import-holidays, and its value if it has one. Returns how many arguments that were, 0 when it is
 * none. */
static int take_holiday_option(struct holiday_import_options *options, const char *name, const char *value)
{
    if (strcmp(name, "--dry-run") == 0) {
        options->dry_run = true;
        return 1;
    }
    if (strcmp(name, "--skip-faulty") == 0) {
        options->skip_faulty = true;
        return 1;
    }
    if (name[0] != '-' && !options->path) {
        options->path = name;
        return 1;
    }
    if (!value)
        return 0;
    if (strcmp(name, "--scope") == 0)
        options->scope = value;
    else if (strcmp(name, "--body") == 0)
        options->body = value;
    else if (strcmp(name, "--nucleus") == 0 && options->n_nuclei < HOLIDAY_IMPORT_NUCLEI_MAX)
        options->nuclei[options->n_nuclei++] = value;
    else if (strcmp(name, "--year") == 0 && strlen(value) == 4 && strspn(value, "0123456789") == 4)
        options->year = (int)strtol(value, NULL, 10);
    else
        return 0;
    return 2;
}

/* import-holidays FILE [--dry-run] [--skip-faulty] [--year YYYY] [--nucleus INE=CODE]… [--scope WHOSE [--body CODE]] */
static int import_holidays(const struct config *config, int argc, char **argv)
{
    struct holiday_import_options options = {0};
    for (int i = 0, taken; i < argc; i += taken) {
        taken = take_holiday_option(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (taken == 0) {
            fprintf(stderr, "oamd import-holidays: unknown option, or one without its value: %s\n", argv[i]);
            return 2;
        }
    }
    if (!options.path) {
        fputs("oamd import-holidays: which file?\n", stderr);
        return 2;
    }
    return holiday_import_run(config->database_url, &options, stdout, stderr) ? 0 : 1;
}

static int usage(FILE *out)
{
    fputs("oamd serve               answer requests until SIGTERM\n"
          "oamd migrate [--dry-run] bring the database to this binary's schema\n"
          "oamd seed [--demo --credentials FILE]\n"
          "                         load territory, catalogue, definitions, agents; with --demo a person per role\n"
          "oamd import-holidays FILE [--dry-run] [--skip-faulty] [--year YYYY] [--nucleus INE=CODE]...\n"
          "                     [--scope catalunya|aran|local [--body CODE]]\n"
          "                         take over the holidays of a year: open data b4eh-r8up (CSV), or iCalendar with "
          "--scope\n"
          "oamd verify              check every hash chain and replay every event\n"
          "oamd check-config        check the settings and say what is wrong\n"
          "oamd version\n\nSettings, from the environment:\n",
          out);
    config_describe(out);
    return out == stdout ? 0 : 2;
}

static bool is_command(const char *command)
{
    static const char *const commands[] = {"serve", "migrate", "seed", "import-holidays", "verify", "check-config"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i], command) == 0)
            return true;
    return false;
}

static int run(const char *command, int argc, char **argv, const struct config *config)
{
    if (strcmp(command, "serve") == 0)
        return serve(config);
    if (strcmp(command, "migrate") == 0)
        return migrate(config, argc > 0 && strcmp(argv[0], "--dry-run") == 0);
    if (strcmp(command, "seed") == 0)
        return seed(config, argc, argv);
    if (strcmp(command, "import-holidays") == 0)
        return import_holidays(config, argc, argv);
    if (strcmp(command, "verify") == 0)
        return verify_run(config->database_url, stdout, stderr) ? 0 : 1;
    /* check-config */
    if (!app_check(config))
        return 78; /* EX_CONFIG */
    puts("The settings are fine.");
    return 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "help";
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0)
        return usage(stdout);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0) {
        puts("oamd " OAM_VERSION);
        return 0;
    }
    if (!is_command(command)) {
        fprintf(stderr, "oamd: there is no command %s\n\n", command);
        return usage(stderr);
    }
    signal(SIGPIPE, SIG_IGN);
    struct config config;
    if (!config_load(&config, stderr)) {
        config_free(&config);
        return 78; /* EX_CONFIG */
    }
    int status = run(command, argc - 2, argv + 2, &config);
    config_free(&config);
    return status;
}
