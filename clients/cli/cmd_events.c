/* events: the feed, once or for ever, with a cursor that survives. */
#include <errno.h>
#include <signal.h>
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
    struct patience patience;
    bool began; /* an answer has come: from now on a cut is a cut, and not a wrong address */
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

/* While an answer's events go out, ^C waits: then the cursor is where the output ends. */
static void hold_signals(bool hold)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* Prints the first event of an answer, and what else came with it. */
static enum exit_code print_answer(struct feed *feed, struct oam_event *event)
{
    struct cli *cli = feed->cli;
    enum oam_result result = OAM_OK;
    hold_signals(true);
    do {
        print_event(cli, event);
        feed->left -= feed->left > 0;
    } while (feed->left != 0 && oam_events_pending(feed->events) &&
             (result = oam_events_next(feed->events, event, &cli->err)) == OAM_OK);
    enum exit_code code = cursor_save(feed);
    hold_signals(false);
    return code == CLI_OK && result != OAM_OK ? fail_call(cli) : code;
}

/* Prints what the feed has now. */
static enum exit_code print_present(struct feed *feed)
{
    struct cli *cli = feed->cli;
    struct oam_event event;
    enum oam_result result = OAM_OK;
    enum exit_code code = CLI_OK;
    cli->now_s = epoch_now();
    while (code == CLI_OK && feed->left != 0) {
        /* The first answer is not held: only with it "latest" becomes a place to go on from. */
        bool hold = cli->values[OPT_FOLLOW] && feed->began;
        oam_events_set_wait(feed->events, hold ? patience_wait_s(&feed->patience, WAIT_S) : 0);
        result = oam_events_next(feed->events, &event, &cli->err);
        if (result == OAM_OK || result == OAM_DONE) {
            feed->began = true;
            patience_reward(cli, &feed->patience);
        }
        if (result != OAM_OK)
            break;
        code = print_answer(feed, &event);
    }
    if (code != CLI_OK || result == OAM_OK)
        return code;
    if (result == OAM_DONE)
        return cursor_save(feed);
    bool again = cli->values[OPT_FOLLOW] && feed->began && patience_endure(cli, &feed->patience);
    return again ? CLI_OK : patience_fail(cli, &feed->patience);
}

static enum exit_code run_feed(struct feed *feed)
{
    bool follow = feed->cli->values[OPT_FOLLOW] != NULL;
    enum exit_code code;
    do {
        code = print_present(feed);
        if (code == CLI_OK && follow && feed->left != 0 && patience_is_over(&feed->patience))
            return fail_plain(CLI_TIMEOUT, T_WATCH_TIMEOUT);
    } while (code == CLI_OK && follow && feed->left != 0);
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
    cli->values[OPT_TYPE] = whole_types(cli->values[OPT_TYPE]);
    if (cli->format == FORMAT_CSV)
        csv_titles(stdout, event_columns, N_EVENT_COLUMNS);
    struct oam_events_options options = {
        .after = after ? after : cli->values[OPT_AFTER],
        .subject = cli->values[OPT_SUBJECT],
        .type = cli->values[OPT_TYPE],
        .filter = cli->values[OPT_FILTER],
        .limit = feed.left > 0 && feed.left < 200 ? (unsigned)feed.left : 200,
    };
    patience_begin(&feed.patience, timeout_s);
    if (oam_events_new(cli->client, &options, &feed.events, &cli->err) != OAM_OK)
        return fail_call(cli);
    code = run_feed(&feed);
    oam_events_free(feed.events);
    return code;
}
