/* Complaints: always on stderr, always with what to do next, and the exit code they mean. */
#include <errno.h>
#include <string.h>

#include "cli.h"

/* Why a file could not be had, as the system told it (errno). */
const char *reason_of(int number)
{
    switch (number) {
    case ENOENT:
        return sentence(T_REASON_ABSENT);
    case EACCES:
    case EPERM:
        return sentence(T_REASON_DENIED);
    case EISDIR:
        return sentence(T_REASON_FOLDER);
    case ENOSPC:
        return sentence(T_REASON_FULL);
    default:
        return strerror(number);
    }
}

static void complain(enum text id, va_list arguments)
{
    fputs("oamctl: ", stderr);
    text_vprint(stderr, id, arguments);
    fputc('\n', stderr);
}

static const char *command_named = "";

/* From here on complaints send to the help of this command. */
void fail_in_command(const char *name)
{
    command_named = keep_join(" ", name, "");
}

/* The command line is wrong. */
enum exit_code fail_usage(enum text id, ...)
{
    va_list arguments;
    va_start(arguments, id);
    complain(id, arguments);
    va_end(arguments);
    text_print(stderr, T_SEE_HELP, command_named);
    fputc('\n', stderr);
    return CLI_USAGE;
}

enum exit_code fail_plain(enum exit_code code, enum text id, ...)
{
    va_list arguments;
    va_start(arguments, id);
    complain(id, arguments);
    va_end(arguments);
    return code;
}

enum exit_code code_of_result(enum oam_result result)
{
    switch (result) {
    case OAM_OK:
    case OAM_NOT_MODIFIED:
    case OAM_DONE:
        return CLI_OK;
    case OAM_E_NOT_FOUND:
        return CLI_NOT_FOUND;
    case OAM_E_AUTH:
        return CLI_AUTH;
    case OAM_E_CONFLICT:
        return CLI_CONFLICT;
    case OAM_E_TIMEOUT:
        return CLI_TIMEOUT;
    case OAM_E_RATE_LIMITED:
        return CLI_RATE_LIMITED;
    default:
        return CLI_FAILED;
    }
}

static void print_line(const char *before, const char *value)
{
    if (*value) {
        fputs(before, stderr);
        print_clean(stderr, value, strlen(value));
    }
}

static void print_violations(const struct cli *cli)
{
    const struct oam_error *err = &cli->err;
    for (size_t i = 0; i < err->n_errors; i++) {
        const struct oam_violation *violation = &err->errors[i];
        const char *place = advise_place(cli, violation);
        print_line("  - ", place);
        print_line(*place ? ": " : "  - ", violation->detail);
        fprintf(stderr, " (%s)\n", violation->code);
        advise(cli, violation);
    }
    if (err->n_reported > err->n_errors) {
        char count[24];
        snprintf(count, sizeof count, "%zu", err->n_reported - err->n_errors);
        fputs("  - ", stderr);
        text_print(stderr, T_MORE_VIOLATIONS, count);
        fputc('\n', stderr);
    }
}

/* What liboam itself says, in the language of the reader. */
static const struct {
    const char *code;
    enum text text;
} own_errors[] = {{"unknown_host", T_ERROR_UNKNOWN_HOST},
                  {"no_connection", T_ERROR_NO_CONNECTION},
                  {"tls", T_ERROR_TLS},
                  {"network", T_ERROR_NETWORK},
                  {"timeout", T_ERROR_TIMEOUT},
                  {"bad_url", T_ERROR_BAD_URL},
                  {"memory", T_ERROR_MEMORY}};

/* The sentence for a code of liboam's own; NULL for any other. */
const char *own_error(const char *code)
{
    for (size_t i = 0; i < sizeof own_errors / sizeof *own_errors; i++)
        if (strcmp(own_errors[i].code, code) == 0)
            return sentence(own_errors[i].text);
    return NULL;
}

/* The sentence of a failed call. The answer of another program has none, and its status is little help. */
static void print_failure(const struct cli *cli)
{
    const struct oam_error *err = &cli->err;
    const char *own = err->http_status == 0 ? own_error(err->code) : NULL;
    char status[16];
    snprintf(status, sizeof status, "%d", err->http_status);
    if (own) {
        fputs(own, stderr);
        /* What libcurl adds is English, and says more in these two cases only. */
        bool says_more = strcmp(err->code, "tls") == 0 || strcmp(err->code, "network") == 0;
        print_line(says_more ? ": " : "", says_more ? err->detail : "");
    } else if (!*err->title && !*err->detail) {
        text_print(stderr, T_ERROR_FOREIGN, cli->profile.url, status);
    } else {
        print_line("", err->title);
        /* With violations the detail only points to them; without a log-in it tells of headers. */
        if (!*err->title || (err->n_errors == 0 && strcmp(err->code, "unauthenticated") != 0))
            print_line(*err->title ? ". " : "", err->detail);
    }
    if (*err->code)
        fprintf(stderr, " [%s]", err->code);
    fputc('\n', stderr);
}

static void print_hint(const struct cli *cli)
{
    const struct oam_error *err = &cli->err;
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%ld", err->retry_after_s);
    bool refused = strcmp(err->code, "invalid_credentials") == 0 || strcmp(err->code, "invalid_client") == 0;
    if (refused && cli->profile_is_cache)
        text_print(stderr, T_HINT_OTHER_FILE, cli->profile.url);
    else if (refused)
        text_print(stderr, T_HINT_SECRET);
    else if (err->http_status == 401)
        text_print(stderr, T_HINT_LOGIN);
    else if (strcmp(err->code, "bad_url") == 0)
        text_print(stderr, T_HINT_URL, cli->profile.url);
    else if (err->result == OAM_E_NETWORK)
        text_print(stderr, T_HINT_NETWORK, cli->profile.url);
    else if (err->result == OAM_E_RATE_LIMITED && err->retry_after_s >= 0)
        text_print(stderr, T_HINT_WAIT, seconds);
    else if (cli->n_arguments > 0 &&
             (strcmp(err->code, "transition_not_offered") == 0 || strcmp(err->code, "state_conflict") == 0))
        text_print(stderr, T_HINT_TRANSITIONS, cli->arguments[0]);
    else if (err->http_status >= 500 && *err->trace_id)
        text_print(stderr, T_HINT_TRACE, err->trace_id);
    else
        return;
    fputc('\n', stderr);
}

/* A call failed: the problem in words, its violations, and a hint. */
enum exit_code fail_call(const struct cli *cli)
{
    fputs("oamctl: ", stderr);
    print_failure(cli);
    print_violations(cli);
    print_hint(cli);
    return code_of_result(cli->err.result);
}
