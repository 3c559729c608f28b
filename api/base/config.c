#include "base/config.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/schedule.h"

enum setting_type { SETTING_TEXT, SETTING_NUMBER };

struct setting {
    enum setting_type type;
    size_t offset; /* of the field in struct config */
    const char *variable, *fallback_text, *help;
    int fallback, minimum, maximum;
};

static const struct setting settings[] = {
#define CONFIG_TEXT(field, variable, fallback, help)                                                                   \
    {SETTING_TEXT, offsetof(struct config, field), variable, fallback, help, 0, 0, 0},
#define CONFIG_NUMBER(field, variable, fallback, minimum, maximum, help)                                               \
    {SETTING_NUMBER, offsetof(struct config, field), variable, NULL, help, fallback, minimum, maximum},
#include "base/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
};
#define N_SETTINGS (sizeof settings / sizeof settings[0])

static const char **text_of(struct config *config, const struct setting *setting)
{
    return (const char **)((char *)config + setting->offset);
}

static int *number_of(struct config *config, const struct setting *setting)
{
    return (int *)((char *)config + setting->offset);
}

static char *copy(const char *text)
{
    char *copied = strdup(text);
    if (!copied)
        abort();
    return copied;
}

static bool read_text(struct config *ret, const struct setting *setting, FILE *complaints)
{
    const char *given = getenv(setting->variable);
    if (!given && !setting->fallback_text) {
        *text_of(ret, setting) = copy("");
        (void)fprintf(complaints, "%s is not set; give the %s\n", setting->variable, setting->help);
        return false;
    }
    *text_of(ret, setting) = copy(given ? given : setting->fallback_text);
    return true;
}

static bool read_number(struct config *ret, const struct setting *setting, FILE *complaints)
{
    const char *given = getenv(setting->variable);
    *number_of(ret, setting) = setting->fallback;
    if (!given)
        return true;
    char *end = NULL;
    long value = strtol(given, &end, 10);
    if (end == given || *end || given[0] == ' ' || given[0] == '+' || value < setting->minimum ||
        value > setting->maximum) {
        (void)fprintf(complaints, "%s is `%s`; give a whole number from %d to %d\n", setting->variable, given,
                      setting->minimum, setting->maximum);
        return false;
    }
    *number_of(ret, setting) = (int)value;
    return true;
}

/* Variables of our own tools that the server meets in its environment but does not read. */
static bool is_foreign(const char *name, size_t length)
{
    static const char *const exact[] = {"OAM_STATE", "OAM_URL",   "OAM_CREDENTIALS", "OAM_ROLE",
                                        "OAM_TEST",  "OAM_BUILD", "OAM_SOURCE"};
    static const char *const prefixes[] = {"OAM_TEST_", "OAM_CLIENT_"};
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (strlen(exact[i]) == length && memcmp(exact[i], name, length) == 0)
            return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static bool refuse_unknown(FILE *complaints)
{
    bool fine = true;
    for (char **entry = environ; entry && *entry; entry++) {
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "OAM_", 4) != 0 || is_foreign(*entry, length))
            continue;
        bool known = false;
        for (size_t i = 0; i < N_SETTINGS && !known; i++)
            known = strlen(settings[i].variable) == length && memcmp(settings[i].variable, *entry, length) == 0;
        if (!known) {
            (void)fprintf(complaints,
                          "%.*s is no setting of ours; remove it or correct its name (`oamd help` lists them)\n",
                          (int)length, *entry);
            fine = false;
        }
    }
    return fine;
}

static bool check_public_url(const struct config *config, FILE *complaints)
{
    const char *url = config->public_url;
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    if (!*url || (scheme && url[scheme] && !strpbrk(url + scheme, "/?#@ ")))
        return true;
    (void)fprintf(complaints, "OAM_PUBLIC_URL is `%s`; give scheme and host only, as https://oam.example.cat\n", url);
    return false;
}

static bool check_seat(const struct config *config, FILE *complaints)
{
    if (strlen(config->seat) == 10 && strspn(config->seat, "0123456789") == 10)
        return true;
    (void)fprintf(complaints, "OAM_SEAT is `%s`; give the ten digits of a body's code, as 0801930008\n", config->seat);
    return false;
}

static bool check_mail(const struct config *config, FILE *complaints)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+_-";
    const char *url = config->smtp_url, *at = strchr(config->mail_from, '@');
    const size_t scheme = strncmp(url, "smtp://", 7) == 0 ? 7 : strncmp(url, "smtps://", 8) == 0 ? 8 : 0;
    bool fine = true;
    if (*url && (scheme == 0 || url[scheme] == '\0' || strpbrk(url + scheme, " /?#"))) {
        (void)fprintf(complaints, "OAM_SMTP_URL is no such URL; give smtp://host:port or smtps://host:port\n");
        fine = false;
    }
    if (*url && (!at || at == config->mail_from || !strchr(at, '.') ||
                 strspn(config->mail_from, plain) + 1 + strspn(at + 1, plain) != strlen(config->mail_from))) {
        (void)fprintf(complaints, "OAM_MAIL_FROM is `%s`; OAM_SMTP_URL needs an address, as oam@example.cat\n",
                      config->mail_from);
        fine = false;
    }
    return fine;
}

static bool refuse(FILE *complaints, const char *variable, const char *value, const char *like)
{
    (void)fprintf(complaints, "%s is `%s`; give %s\n", variable, value, like);
    return false;
}

static bool check_webhooks(const struct config *config, FILE *complaints)
{
    int64_t waits[SCHEDULE_MAX];
    bool fine = true;
    if (!ip_list_is_valid(config->webhook_networks))
        fine = refuse(complaints, "OAM_WEBHOOK_NETWORKS", config->webhook_networks, "networks, as 10.20.0.0/16");
    if (!port_list_is_valid(config->webhook_ports))
        fine = refuse(complaints, "OAM_WEBHOOK_PORTS", config->webhook_ports, "ports, as 443,8443");
    if (schedule_parse(config->webhook_schedule, waits) == 0)
        fine = refuse(complaints, "OAM_WEBHOOK_SCHEDULE", config->webhook_schedule, "waits, as 0s,5s,5m,2h");
    return fine;
}

static bool check_meaning(struct config *config, FILE *complaints)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    bool fine = check_public_url(config, complaints), level_known = false;
    fine = check_seat(config, complaints) && fine;
    fine = check_mail(config, complaints) && fine;
    fine = check_webhooks(config, complaints) && fine;
    struct in_addr address;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        level_known = level_known || strcmp(config->log_level, levels[i]) == 0;
    if (!level_known) {
        (void)fprintf(complaints, "OAM_LOG_LEVEL is `%s`; give debug, info, warn or error\n", config->log_level);
        fine = false;
    }
    if (inet_pton(AF_INET, config->listen_address, &address) != 1) {
        (void)fprintf(complaints, "OAM_LISTEN_ADDRESS is `%s`; give an IPv4 address such as 127.0.0.1\n",
                      config->listen_address);
        fine = false;
    }
    const char *testing = getenv("OAM_TEST");
    if (*config->test_clock && !(testing && strcmp(testing, "1") == 0)) {
        (void)fprintf(complaints, "OAM_TEST_CLOCK moves time and is for tests; unset it, or set OAM_TEST=1\n");
        fine = false;
    }
    return fine;
}

bool config_load(struct config *ret, FILE *complaints)
{
    bool fine = true;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        bool read =
            setting->type == SETTING_TEXT ? read_text(ret, setting, complaints) : read_number(ret, setting, complaints);
        fine = fine && read;
    }
    fine = refuse_unknown(complaints) && fine;
    fine = check_meaning(ret, complaints) && fine;
    return fine;
}

void config_free(struct config *config)
{
    for (size_t i = 0; i < N_SETTINGS; i++)
        if (settings[i].type == SETTING_TEXT) {
            free((void *)(uintptr_t)*text_of(config, &settings[i]));
            *text_of(config, &settings[i]) = NULL;
        }
}

void config_describe(FILE *out)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        if (setting->type == SETTING_NUMBER)
            (void)fprintf(out, "%s=%d (%d to %d): %s\n", setting->variable, setting->fallback, setting->minimum,
                          setting->maximum, setting->help);
        else if (setting->fallback_text)
            (void)fprintf(out, "%s=%s: %s\n", setting->variable, setting->fallback_text, setting->help);
        else
            (void)fprintf(out, "%s (required): %s\n", setting->variable, setting->help);
    }
}
