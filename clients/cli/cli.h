/* oamctl: what its files share. The type to read first is struct cli: one run of the program. */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "oam.h"
#include "text.h"

/* Exit codes; documented in README.md and in the man page. */
enum exit_code {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_AUTH = 4,
    CLI_CONFLICT = 5,
    CLI_TIMEOUT = 6,
    CLI_RATE_LIMITED = 7,
    CLI_INTERRUPTED = 130 /* ^C, as shells count it */
};

enum option_id {
#define OPTION(id, name, letter, argument, text) OPT_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT
};

/* OPTION_BITs. There are more options than 64. */
__extension__ typedef unsigned __int128 option_set;
#define OPTION_BIT(id) ((option_set)1 << OPT_##id)

struct option {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag; in [brackets]: optional, only as --name=value */
    enum text text;
};

struct cli;

struct command {
    const char *name;
    const char *synopsis; /* its arguments */
    unsigned min, max;    /* how many of them */
    option_set options;   /* OPTION_BIT of its own; the common ones are everybody's */
    enum text text;
    enum exit_code (*run)(struct cli *cli);
};

/* What a command does with its first word; `word` is "" for what it does without one. */
struct form {
    const char *command, *word;
    const char *synopsis; /* its arguments behind the word */
    unsigned min, max;    /* how many of them */
    option_set needs;     /* OPTION_BIT of what it cannot do without */
    enum text text;
    enum exit_code (*run)(struct cli *cli);
};

extern const struct option cli_options[OPTION_COUNT];
extern const struct command cli_commands[];
extern const struct form cli_forms[];
extern const size_t cli_n_forms;
extern const size_t cli_n_commands;
extern const option_set cli_common_options;

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

/* Where to call and as whom; a file of the user's configuration. */
struct profile {
    char *url, *kind, *identity, *secret, *scope, *token;
    int64_t expires_at;
};

/* One run. What it points to lives until the end of the process (keep.c). */
struct cli {
    const struct command *command;
    const char *values[OPTION_COUNT]; /* NULL: absent; "" for a flag */
    const char **data;                /* every --data, in order */
    size_t n_data;
    const char **arguments;
    size_t n_arguments;
    enum format format;
    const char *fields;    /* of --json=, or NULL */
    json_t *told;          /* notes that are given once */
    json_t *labels;        /* what labels.c has read */
    const char *states_of; /* the request whose states are shown, or NULL */
    int64_t now_s;         /* of the epoch: what ages are told from */
    bool utc, on_terminal;
    bool quiet, color, no_input, dry_run, yes;
    bool more; /* the list read last goes on behind --limit */
    struct profile profile;
    const char *profile_path; /* where a renewed token is kept, or NULL */
    bool profile_is_cache;    /* only the token is kept, never the secret */
    struct oam_client *client;
    struct oam_error err;
};

/* How a column shows its values to people; JSON and CSV have them as they came. */
enum column_how {
    FLEXIBLE = 1 << 0, /* is cut when the terminal is narrow */
    AS_TIME = 1 << 1,  /* a moment: the reader's clock */
    AS_AGE = 1 << 2,   /* a moment of which the distance matters */
    AS_STATE = 1 << 3, /* keys, from here on: their labels */
    AS_UNIT = 1 << 4,
    AS_COMARCA = 1 << 5,
    AS_PHASE = 1 << 6,
    AS_SUPPORT = 1 << 7,
    AS_BODY = 1 << 8,
    AS_ROLE = 1 << 9,
    AS_CHANNEL = 1 << 10,
    AS_POLICY = 1 << 11,
    AS_FAILED = 1 << 12,
    AS_EVENT = 1 << 13,
    AS_TERRITORY = 1 << 14,
    SPARE = 1 << 15,      /* leaves when the terminal is narrow, the last such column first */
    SPARE_LATE = 1 << 16, /* leaves when all of those have left */
    MAIN = 1 << 17,       /* what the line is about: the last to be cut */
    PERCENT = 1 << 18,    /* a number of a hundred, where no title says so */
    BLOCK = 1 << 19,      /* a text to be read: whole, below the rest of its line */
    AS_ABSENCE = 1 << 20, /* keys as those above: their labels */
    AS_CHOICE = 1 << 21,
    AS_MAJORITY = 1 << 22,
    AS_ACTION = 1 << 23,
    AS_AMOUNT = 1 << 24,
    AS_STOCK = 1 << 25
};

#define SHOWN_AS                                                                                                       \
    (0x7ffeu | AS_ABSENCE | AS_CHOICE | AS_MAJORITY | AS_ACTION | AS_AMOUNT |                                          \
     AS_STOCK) /* the bits that are about values, AS_TIME to AS_TERRITORY and after */

/* A column of a table, or a line of a record. */
struct column {
    const char *path; /* members joined by dots */
    enum text title;
    unsigned how; /* of enum column_how */
};

struct columns {
    const struct column *first;
    size_t n;
};

/* Keys that the contract fixes, words.def. */
enum vocabulary {
    WORDS_PHASE,
    WORDS_SUPPORT,
    WORDS_BODY,
    WORDS_ROLE,
    WORDS_CHANNEL,
    WORDS_EVENT,
    WORDS_SORT,
    WORDS_POLICY,
    WORDS_FAILED,
    WORDS_TERRITORY,
    WORDS_ABSENCE,
    WORDS_CHOICE,
    WORDS_MAJORITY,
    WORDS_ACTION,
    WORDS_AMOUNT,
    WORDS_STOCK
};

/* Ways to write a moment. */
enum moment_style {
    MOMENT_UTC,   /* 2026-11-22 08:30:00Z */
    MOMENT_EXACT, /* 2026-11-22 09:30:00+01:00 */
    MOMENT_STAMP, /* 22 nov 09:30 */
    MOMENT_AGE,   /* fa 3 h; 22 nov */
    MOMENT_FULL   /* 22 nov 2026 09:30 (fa 3 h) */
};

/* keep.c: memory that lives until the end; running out of it ends the program. */
void *keep_alloc(size_t size);
char *keep_text(const char *text);
char *keep_join(const char *a, const char *b, const char *c);
json_t *keep_json(json_t *json);
void keep_release(void);
void *must_realloc(void *memory, size_t size);

/* arguments.c */
const struct command *command_find(const char *name);
bool option_allowed(const struct command *command, enum option_id id);
enum exit_code arguments_parse(int argc, char **argv, struct cli *cli);
long option_number(const struct cli *cli, enum option_id id, long fallback, long min, long max, bool *ret_ok);

/* main.c: a reference as it is written, however it was typed. */
const char *reference_settle(const char *typed);

/* forms.c: those of a command one after the other, NULL at the end, or where it has none. */
const struct form *form_first(const struct command *command);
const struct form *form_next(const struct form *form);
enum exit_code forms_run(struct cli *cli);
enum exit_code fail_form(const struct cli *cli);

/* suggest.c */
const char *suggest(const char *word, const char *(*candidate)(size_t index, const void *context), const void *context);

/* emit_help.c, emit_man.c, emit_completion.c: all from the one command table. */
void emit_usage(FILE *out);
void emit_help(FILE *out, const struct command *command);
void emit_man(FILE *out);
bool emit_completion(FILE *out, const char *shell);

/* width.c */
size_t text_width(const char *text);
size_t text_width_of(const char *text, size_t bytes);
size_t text_clip(const char *text, size_t width);
void print_clean(FILE *out, const char *text, size_t bytes);
void print_block(FILE *out, const char *text, size_t indent, size_t width);
size_t terminal_width(FILE *out);

/* words.c */
const char *word_label(enum vocabulary vocabulary, const char *key);
const char *word_key(enum vocabulary vocabulary, size_t index);

/* moment.c */
int64_t epoch_now(void);
bool moment_parse(const char *text, int64_t *ret_epoch_s);
const char *moment_text(const char *text, enum moment_style style, int64_t now_epoch_s, char *buffer, size_t size);

/* labels.c */
void labels_of_items(const struct cli *cli, const char *path, const char *key, const char *label, json_t *ret_labels);
void labels_of_all_states(const struct cli *cli, json_t *ret_labels);
const char *label_of_state(const struct cli *cli, const char *key);
const char *label_of_code(const struct cli *cli, const char *list, const char *code);

/* value.c */
const json_t *member_at(const json_t *object, const char *path);
const char *member_text(const json_t *object, const char *path, char *buffer, size_t size);
const char *member_raw(const json_t *object, const char *path, char *buffer, size_t size);
const char *cell_text(const struct cli *cli, const json_t *object, const struct column *column, char *buffer,
                      size_t size);
const char *record_text(const struct cli *cli, const json_t *object, const struct column *column, char *buffer,
                        size_t size);
const char *moment_cell(const struct cli *cli, const char *time, enum moment_style style, char *buffer, size_t size);
#define CELL_MAX 96 /* bytes of the buffer that these fill */

/* output.c */
void output_items(const struct cli *cli, const json_t *items, const struct column *columns, size_t n_columns);
void output_section(const struct cli *cli, enum text title, const json_t *items, const struct column *columns,
                    size_t n_columns);
void output_record(const struct cli *cli, const json_t *object, const struct column *columns, size_t n_columns);
void output_json(const struct cli *cli, const json_t *json);
void note(const struct cli *cli, enum text id, ...);

/* fail.c */
void fail_in_command(const char *name);
enum exit_code fail_usage(enum text id, ...);
enum exit_code fail_plain(enum exit_code code, enum text id, ...);
enum exit_code fail_call(const struct cli *cli);
const char *reason_of(int number);
const char *own_error(const char *code);
enum exit_code code_of_result(enum oam_result result);

/* patience.c: for commands that follow. */
struct patience {
    int64_t ends_at_ms; /* of monotonic_ms; 0: never */
    unsigned failures;  /* since the last success */
};
void patience_begin(struct patience *patience, long timeout_s);
bool patience_is_over(const struct patience *patience);
unsigned patience_wait_s(const struct patience *patience, unsigned at_most);
bool patience_endure(const struct cli *cli, struct patience *patience);
enum exit_code patience_fail(const struct cli *cli, const struct patience *patience);
void patience_reward(const struct cli *cli, struct patience *patience);

/* advise.c */
const char *advise_place(const struct cli *cli, const struct oam_violation *violation);
void advise(const struct cli *cli, const struct oam_violation *violation);
void advise_options(const struct cli *cli);

/* files.c */
char *file_read(const char *path, size_t max, size_t *ret_length);
bool file_write(const char *path, const char *data, size_t length);
char *secret_read(const char *path);
int64_t monotonic_ms(void);

/* profile.c */
enum exit_code profile_path(const struct cli *cli, const char *name, char **ret_path);
enum exit_code profile_load(const char *path, struct profile *ret_profile, bool *ret_found);
bool profile_save(const char *path, const struct profile *profile, bool with_secret);
enum exit_code credentials_pick(const char *path, const char *role, struct profile *profile);

/* connect.c */
const char *wanted_url(const struct cli *cli);
enum exit_code client_make(const struct profile *profile, unsigned retries, struct oam_client **ret_client,
                           struct oam_error *err);
enum exit_code connect_with(struct cli *cli, const struct profile *profile);
enum exit_code connect_default(struct cli *cli);
enum exit_code connect_profile(struct cli *cli, struct profile *ret_profile);
void disconnect(struct cli *cli);

/* ask.c */
char *ask_line(const char *prompt, bool hidden);
bool ask_yes(const struct cli *cli, enum text id, const char *a, const char *b);
bool is_interactive(const struct cli *cli);

/* data_value.c */
json_t *data_value(const char *value, const char *type);

/* data.c */
json_t *data_from_options(const struct cli *cli, const json_t *types);
bool data_ask_missing(const struct cli *cli, json_t *data, const json_t *fields);
json_t *types_of_fields(const json_t *fields);
const json_t *form_of_service(const struct cli *cli, const char *service);
json_t *types_of_form(const json_t *properties);

/* editor.c */
const char *editor_command(void);
char *editor_file_new(const char *name);
bool editor_run(const char *path);

/* fetch.c: an answer as JSON, already reported when it failed. */
enum exit_code fetch_json(struct cli *cli, char *path, json_t **ret_json);
json_t *fetch_quietly(const struct cli *cli, char *path);
enum exit_code post_json(struct cli *cli, char *path, const json_t *input, json_t **ret_json);
enum exit_code fetch_items(struct cli *cli, char *path, size_t max, json_t **ret_items);
enum exit_code send_json(struct cli *cli, const char *method, char *path, const json_t *input, const char *etag,
                         json_t **ret_answer);
enum exit_code present_request(struct cli *cli, const char *ref, json_t **ret_request, const char **ret_etag);
json_t *response_json(const struct oam_response *response);

/* selection.c: --fields and --include, of requests and of their statuses. */
bool selection_asked(const struct cli *cli);
char *selection_path(const struct cli *cli, char *path);
/* Those of `own` that were not left out, and those of what was named besides. */
struct columns selection_columns(const struct cli *cli, const struct columns *own);

/* cmd_requests.c, cmd_status.c: what a request and its status show. */
extern const struct columns request_columns, status_columns;

/* cmd_requests.c */
void output_request(const struct cli *cli, const json_t *request);

/* cmd_around.c: parts, members and votes, added to a request or status for whoever reads JSON, and below it on a
 * terminal. */
void around_read(const struct cli *cli, const char *ref, json_t *item);
/* cmd_action.c: an action by its place or its id, what --data and --title say of it (NULL: told), and what is sent
 * under the version of its request. */
enum exit_code action_find(struct cli *cli, const char *ref, const char *told, const char **ret_id);
json_t *action_said(const struct cli *cli);
enum exit_code action_send(struct cli *cli, const char *method, const char *ref, char *path, const json_t *input,
                           json_t **ret_json);

/* cmd_stock.c: the material of an action, below it. */
void hold_section(const struct cli *cli, const json_t *holds);

/* The actions of a status, their milestones and their money, below it. */
void action_sections(const struct cli *cli, const json_t *status);
void around_output(const struct cli *cli, const json_t *item);
json_t *voters_as_rows(const json_t *votes);
const char *text_argument(const char *value);

/* cmd_*.c */
#define COMMAND(id, name, synopsis, min, max, options, text) enum exit_code command_##id(struct cli *cli);
#define COMMAND_OF_FORMS(name, options, text)
#include "commands.def"
#define ALONE(command, text)                                 enum exit_code form_##command(struct cli *cli);
#define FORM(command, word, synopsis, min, max, needs, text) enum exit_code form_##command##_##word(struct cli *cli);
#include "forms.def"

/* cmd_workflow.c: the scenarios of a definition, beside it unless --scenarios says otherwise. */
const char *workflow_scenarios_path(const struct cli *cli, const char *definition);

#endif
