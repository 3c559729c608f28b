/* edit: a draft, by options or in the editor of the person. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "edit.h"

#define TEXT_MAX (1 << 20)

/* A draft in the editor's hands: as it was read, and its form. */
struct editing {
    struct cli *cli;
    const char *ref;
    const char *etag;
    json_t *base;  /* the members that the ETag belongs to */
    json_t *types; /* of the data, by the form */
    json_t *fields;
    json_t *notes; /* sentences on top of the text */
    char *path;
    const char *written; /* what the file held before the editor */
};

enum step { STEP_SENT, STEP_SAME, STEP_AGAIN, STEP_FAILED };

static void print_plan(const struct cli *cli, const char *etag, json_t *patch)
{
    output_json(cli, keep_json(json_pack("{s:s, s:O}", "if_match", etag, "patch", patch)));
}

/* Sends the patch, or shows it with --dry-run. The answer is printed; a refusal stays in cli->err. */
static enum oam_result send_patch(struct cli *cli, const char *ref, const char *etag, json_t *patch)
{
    if (cli->dry_run) {
        print_plan(cli, etag, patch);
        return OAM_OK;
    }
    struct oam_response *response = NULL;
    char *dumped = json_dumps(patch, JSON_COMPACT);
    enum oam_result result = oam_request_edit(cli->client, ref, etag, dumped ? dumped : "", &response, &cli->err);
    free(dumped);
    json_t *request = result == OAM_OK ? response_json(response) : NULL;
    oam_response_free(response);
    if (request)
        output_request(cli, request);
    return result;
}

/* --- by options --------------------------------------------------------------------------------------------------- */

static bool has_changes(const struct cli *cli)
{
    return cli->values[OPT_TITLE] || cli->values[OPT_SERVICE] || cli->values[OPT_DESCRIPTION] || cli->n_data > 0;
}

static enum exit_code patch_from_options(struct cli *cli, const json_t *request, json_t **ret_patch)
{
    static const struct {
        enum option_id option;
        const char *member;
    } texts[] = {{OPT_TITLE, "title"}, {OPT_SERVICE, "service"}, {OPT_DESCRIPTION, "description"}};
    json_t *patch = keep_json(json_object());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = cli->values[texts[i].option];
        if (value && texts[i].option == OPT_DESCRIPTION && !(value = text_argument(value)))
            return CLI_FAILED;
        if (value)
            json_object_set_new(patch, texts[i].member, json_string(value));
    }
    if (cli->n_data > 0) {
        const char *service = cli->values[OPT_SERVICE];
        service = service ? service : json_string_value(json_object_get(request, "service"));
        json_t *data = data_from_options(cli, types_of_form(form_of_service(cli, service ? service : "")));
        if (!data)
            return CLI_USAGE;
        json_object_set(patch, "data", data);
    }
    *ret_patch = patch;
    return CLI_OK;
}

static enum exit_code edit_by_options(struct cli *cli, const char *ref, const json_t *request, const char *etag)
{
    json_t *patch = NULL;
    enum exit_code code = patch_from_options(cli, request, &patch);
    if (code != CLI_OK)
        return code;
    return send_patch(cli, ref, etag, patch) == OAM_OK ? CLI_OK : fail_call(cli);
}

/* --- in the editor ------------------------------------------------------------------------------------------------ */

/* The fields of the form with what they are: "Termini: date". */
static json_t *hints_of_form(const json_t *properties)
{
    json_t *hints = keep_json(json_object());
    const char *name;
    json_t *property;
    json_object_foreach((json_t *)(uintptr_t)properties, name, property)
    {
        const char *title = json_string_value(json_object_get(property, "title"));
        const char *type = json_string_value(json_object_get(property, "type"));
        json_object_set_new(hints, name, json_string(keep_join(title ? title : name, ": ", type ? type : "")));
    }
    return hints;
}

static void add_note(struct editing *editing, enum text id, ...)
{
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    va_list arguments;
    if (!out)
        return;
    va_start(arguments, id);
    text_vprint(out, id, arguments);
    va_end(arguments);
    fclose(out);
    json_array_append_new(editing->notes, json_string(written));
    free(written);
}

static void start_notes(struct editing *editing)
{
    editing->notes = keep_json(json_array());
    add_note(editing, T_EDIT_HEAD, editing->ref);
    add_note(editing, T_EDIT_LINES);
    add_note(editing, T_EDIT_BELOW);
}

/* Puts the text in the file. */
static bool write_text(struct editing *editing, const json_t *members)
{
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    if (!out)
        return false;
    edit_write(out, members, editing->types, editing->notes, editing->fields);
    bool ok = fclose(out) == 0 && file_write(editing->path, written, length);
    editing->written = keep_text(written);
    free(written);
    return ok;
}

/* Others changed the draft: their changes go into the text, under mine, and the ETag is that of now. */
static bool take_over(struct editing *editing, const json_t *mine)
{
    json_t *request = NULL;
    json_t *conflicts = keep_json(json_array());
    size_t index;
    json_t *name;
    if (present_request(editing->cli, editing->ref, &request, &editing->etag) != CLI_OK)
        return false;
    json_t *theirs = keep_json(edit_members(request));
    json_t *merged = keep_json(edit_merge(editing->base, mine, theirs, conflicts));
    editing->base = theirs;
    start_notes(editing);
    json_array_foreach(conflicts, index, name)
    {
        char *value = json_dumps(json_object_get(theirs, json_string_value(name)), JSON_ENCODE_ANY);
        add_note(editing, T_EDIT_CONFLICT, json_string_value(name), value ? value : "-");
        free(value);
    }
    note(editing->cli, T_EDIT_CHANGED, editing->ref);
    return write_text(editing, merged);
}

/* What the server did not take stands on top of the text, where the person will read it. */
static bool tell_violations(struct editing *editing, const json_t *mine)
{
    const struct oam_error *err = &editing->cli->err;
    start_notes(editing);
    for (size_t i = 0; i < err->n_errors; i++) {
        const char *pointer = err->errors[i].pointer;
        char *place = keep_text(pointer + (*pointer == '/'));
        for (char *slash = place; (slash = strchr(slash, '/')) != NULL;)
            *slash = '.';
        json_array_append_new(editing->notes, json_string(keep_join(place, ": ", err->errors[i].detail)));
    }
    return write_text(editing, mine);
}

/* Once through the editor. ret_code counts for a failure. */
static enum step edit_once(struct editing *editing, enum exit_code *ret_code)
{
    struct cli *cli = editing->cli;
    size_t line = 0;
    if (!editor_run(editing->path)) {
        *ret_code = fail_plain(CLI_FAILED, T_EDITOR_FAILED, editor_command());
        return STEP_FAILED;
    }
    char *text = file_read(editing->path, TEXT_MAX, NULL);
    json_t *mine = text ? edit_read(text, editing->types, &line) : NULL;
    if (!mine) {
        char number[24];
        snprintf(number, sizeof number, "%zu", line);
        *ret_code = text ? fail_plain(CLI_USAGE, T_EDIT_BAD_LINE, number)
                         : fail_plain(CLI_FAILED, T_CANNOT_READ, editing->path, "");
        return STEP_AGAIN;
    }
    keep_json(mine);
    if (json_object_size(mine) == 0)
        return STEP_SAME;
    json_t *patch = keep_json(edit_patch(editing->base, mine));
    if (json_object_size(patch) == 0)
        return STEP_SAME;
    if (send_patch(cli, editing->ref, editing->etag, patch) == OAM_OK)
        return STEP_SENT;
    *ret_code = fail_call(cli);
    bool ok = cli->err.http_status == 412 ? take_over(editing, mine) : tell_violations(editing, mine);
    return ok ? STEP_AGAIN : STEP_FAILED;
}

/* Whether nobody has touched the text. */
static bool is_untouched(const struct editing *editing)
{
    const char *text = file_read(editing->path, TEXT_MAX, NULL);
    return text && strcmp(text, editing->written) == 0;
}

/* Until it is sent, unchanged, or the person has enough: then the text stays where it is. */
static enum exit_code edit_by_hand(struct editing *editing)
{
    struct cli *cli = editing->cli;
    enum exit_code code = CLI_OK;
    enum step step;
    do {
        step = edit_once(editing, &code);
    } while (step == STEP_AGAIN && ask_yes(cli, T_EDIT_AGAIN, "", ""));
    if (step == STEP_SENT || step == STEP_SAME) {
        unlink(editing->path);
        if (step == STEP_SAME)
            note(cli, T_EDIT_SAME);
        return CLI_OK;
    }
    if (is_untouched(editing))
        unlink(editing->path);
    else
        note(cli, T_EDIT_KEPT, editing->path);
    return code;
}

static enum exit_code edit_in_editor(struct cli *cli, const char *ref, const json_t *request, const char *etag)
{
    const char *service = json_string_value(json_object_get(request, "service"));
    const json_t *form = form_of_service(cli, service ? service : "");
    struct editing editing = {.cli = cli,
                              .ref = ref,
                              .etag = etag,
                              .base = keep_json(edit_members(request)),
                              .types = types_of_form(form),
                              .fields = hints_of_form(form),
                              .path = editor_file_new(ref)};
    start_notes(&editing);
    if (!editing.path || !write_text(&editing, editing.base))
        return fail_plain(CLI_FAILED, T_CANNOT_WRITE, editing.path ? editing.path : "TMPDIR");
    return edit_by_hand(&editing);
}

enum exit_code command_edit(struct cli *cli)
{
    const char *ref = cli->arguments[0];
    const char *etag = NULL;
    json_t *request = NULL;
    bool by_options = has_changes(cli);
    if (!by_options && !(is_interactive(cli) && cli->on_terminal))
        return fail_usage(T_EDIT_HOW);
    enum exit_code code = data_from_options(cli, NULL) ? connect_default(cli) : CLI_USAGE;
    if (code == CLI_OK)
        code = present_request(cli, ref, &request, &etag);
    if (code != CLI_OK)
        return code;
    const char *phase = json_string_value(json_object_get(request, "phase"));
    if (!phase || strcmp(phase, "draft") != 0)
        return fail_plain(CLI_CONFLICT, T_NOT_A_DRAFT, ref, ref);
    if (cli->values[OPT_IF_MATCH])
        etag = cli->values[OPT_IF_MATCH];
    return by_options ? edit_by_options(cli, ref, request, etag) : edit_in_editor(cli, ref, request, etag);
}
