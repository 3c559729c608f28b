/* events: the feed, once or for ever, with a cursor that survives. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "table.h"

#define WAIT_S        25
#define REQUEST_EVENT "cat.oam.request."

struct feed {
    struct cli *cli;
    struct oam_events *events;
    const char *cursor_file;
    char saved[32]; /* the position the file holds */
    long left;      /* events still wanted; negative: all */
    int64_t ends_at;
};

/* The position a former run left in the file; no file is the beginning. */
static enum exit_code cursor_load(const char *path, const char **ret_position)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return CLI_OK;
    char *content = file_read(path, 64, NULL);
    if (content)
        content[strcspn(content, "\r\n")] = '\0';
    if (!content || !*content || strspn(content, "0123456789") != strlen(content))
        return fail_plain(CLI_FAILED, T_CURSOR_BROKEN, path);
    *ret_position = content;
    return CLI_OK;
}

/* Only after the events have left this process: a crash repeats some, and loses none. */
static enum exit_code cursor_save(struct feed *feed)
{
    const char *position = oam_events_position(feed->events);
    char line[40];
    if (fflush(stdout) != 0)
        return CLI_FAILED;
    if (!feed->cursor_file || strcmp(position, feed->saved) == 0)
        return CLI_OK;
    int length = snprintf(line, sizeof line, "%s\n", position);
    if (!file_write(feed->cursor_file, line, (size_t)length))
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, feed->cursor_file);
    snprintf(feed->saved, sizeof feed->saved, "%s", position);
    return CLI_OK;
}

static const struct column event_columns[] = {{"id", T_COL_POSITION, 0},           {"time", T_COL_TIME, AS_TIME},
                                              {"subject", T_COL_REF, 0},           {"type", T_COL_WHAT, AS_EVENT},
                                              {"data.from", T_COL_FROM, AS_STATE}, {"data.to", T_COL_TO, AS_STATE},
                                              {"data.version", T_COL_VERSION, 0}};

#define N_EVENT_COLUMNS (sizeof event_columns / sizeof *event_columns)

/* A line as it comes, so the widths are those of the usual event. */
static void print_event(struct cli *cli, const struct oam_event *event)
{
    static const size_t widths[N_EVENT_COLUMNS] = {7, 12, 16, 12, 14, 14, 0};
    if (cli->format == FORMAT_JSON && !cli->fields) {
        puts(event->json);
        return;
    }
    json_t *json = json_loads(event->json, 0, NULL);
    if (cli->format == FORMAT_JSON)
        output_json(cli, json);
    else if (cli->format == FORMAT_CSV)
        csv_row(stdout, json, event_columns, N_EVENT_COLUMNS);
    else
        table_line(cli, stdout, json, event_columns, widths, N_EVENT_COLUMNS);
    json_decref(json);
}

/* Prints what the feed has now. */
static enum exit_code print_present(struct feed *feed, bool *ret_enough)
{
    struct cli *cli = feed->cli;
    struct oam_event event;
    enum oam_result result = OAM_OK;
    while (feed->left != 0 && (result = oam_events_next(feed->events, &event, &cli->err)) == OAM_OK) {
        print_event(cli, &event);
        feed->left -= feed->left > 0;
        if (!oam_events_pending(feed->events) || feed->left == 0) {
            enum exit_code code = cursor_save(feed);
            if (code != CLI_OK)
                return code;
        }
    }
    *ret_enough = feed->left == 0;
    if (result == OAM_OK || result == OAM_DONE)
        return cursor_save(feed);
    return fail_call(cli);
}

static enum exit_code run_feed(struct feed *feed)
{
    bool enough = false;
    bool follow = feed->cli->values[OPT_FOLLOW] != NULL;
    enum exit_code code;
    do {
        code = print_present(feed, &enough);
        if (code == CLI_OK && feed->ends_at != 0 && monotonic_ms() / 1000 >= feed->ends_at)
            return enough ? CLI_OK : fail_plain(CLI_TIMEOUT, T_WATCH_TIMEOUT);
    } while (code == CLI_OK && follow && !enough);
    return code;
}

/* "submitted" is cat.oam.request.submitted: nobody types the whole of it. */
static const char *whole_types(const char *types)
{
    char *whole = NULL;
    char *rest = keep_text(types);
    for (const char *type; rest && (type = strsep(&rest, ",")) != NULL;) {
        type = strchr(type, '.') ? type : keep_join(REQUEST_EVENT, type, "");
        whole = whole ? keep_join(whole, ",", type) : keep_text(type);
    }
    return whole;
}

enum exit_code command_events(struct cli *cli)
{
    bool ok, ok_too;
    struct feed feed = {.cli = cli, .cursor_file = cli->values[OPT_CURSOR]};
    const char *after = NULL;
    long timeout_s = option_number(cli, OPT_TIMEOUT, 0, 1, 1000000, &ok);
    feed.left = option_number(cli, OPT_LIMIT, -1, 1, 1000000000, &ok_too);
    enum exit_code code = ok && ok_too ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK && feed.cursor_file)
        code = cursor_load(feed.cursor_file, &after);
    if (code != CLI_OK)
        return code;
    cli->states_of = cli->values[OPT_SUBJECT];
    if (cli->format == FORMAT_CSV)
        csv_titles(stdout, event_columns, N_EVENT_COLUMNS);
    bool follow = cli->values[OPT_FOLLOW] != NULL;
    unsigned wait_s = timeout_s > 0 && timeout_s < WAIT_S ? (unsigned)timeout_s : WAIT_S;
    struct oam_events_options options = {
        .after = cli->values[OPT_AFTER] ? cli->values[OPT_AFTER] : after,
        .subject = cli->values[OPT_SUBJECT],
        .type = whole_types(cli->values[OPT_TYPE]),
        .limit = feed.left > 0 && feed.left < 200 ? (unsigned)feed.left : 200,
        .wait_s = follow ? wait_s : 0,
    };
    feed.ends_at = follow && timeout_s > 0 ? monotonic_ms() / 1000 + timeout_s : 0;
    if (oam_events_new(cli->client, &options, &feed.events, &cli->err) != OAM_OK)
        return fail_call(cli);
    code = run_feed(&feed);
    oam_events_free(feed.events);
    return code;
}
