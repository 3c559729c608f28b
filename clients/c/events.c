/* The feed of events as an iterator whose position survives a restart. */
#include "client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct oam_events {
    struct oam_client *client;
    char *position; /* behind the last event handed out */
    char *subject, *type, *filter;
    char *cursor_file; /* where the position outlives the process; or NULL */
    bool unsaved;      /* an event has been handed out since */
    unsigned limit, wait_s;
    json_t *page; /* the present answer */
    size_t next;  /* index in its items */
    char *json;   /* text of the event handed out */
};

/* What a former process left, if any: decimal digits and a line break. */
static enum oam_result load_cursor(struct oam_events *events, struct oam_error *err)
{
    char text[24] = "";
    FILE *file = fopen(events->cursor_file, "re");
    if (!file)
        return errno == ENOENT ? OAM_OK : oami_fail(err, OAM_E_ARGUMENT, "cursor_file", strerror(errno));
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 19 || text[digits] != '\n' || digits + 1 != length)
        return oami_fail(
            err, OAM_E_ARGUMENT, "cursor_file",
            "The cursor file holds no position: put back what it held, or remove it to begin where after says");
    text[digits] = '\0';
    return oami_strset(&events->position, text) ? OAM_OK : oami_fail_memory(err);
}

static bool write_whole(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    bool written = fprintf(file, "%s\n", text) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

/* A rename is in its directory, which has to reach the disk as well. */
static bool sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = oami_strdup(slash ? path : ".");
    if (folder && slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    int descriptor = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        (void)close(descriptor);
    oami_free(folder);
    return synced;
}

/* A new file in the place of the old one: whenever the machine stops, one of the two is whole, and once it is told to
   be saved, it is the new one. */
enum oam_result oam_events_commit(struct oam_events *events, struct oam_error *err)
{
    struct oami_buffer draft;
    oami_error_clear(err);
    if (!events->cursor_file || !events->unsaved)
        return OAM_OK;
    oami_buffer_init(&draft, 4096);
    oami_buffer_text(&draft, events->cursor_file);
    oami_buffer_text(&draft, ".new");
    char *path = oami_buffer_take(&draft);
    if (!path)
        return oami_fail_memory(err);
    bool saved = write_whole(path, events->position) && rename(path, events->cursor_file) == 0 &&
                 sync_directory_of(events->cursor_file);
    oami_free(path);
    events->unsaved = !saved;
    return saved ? OAM_OK : oami_fail(err, OAM_E_ARGUMENT, "cursor_file", strerror(errno));
}

enum oam_result oam_events_new(struct oam_client *client, const struct oam_events_options *options,
                               struct oam_events **ret_events, struct oam_error *err)
{
    struct oam_events *events = oami_realloc(NULL, sizeof *events);
    if (!events)
        return oami_fail_memory(err);
    memset(events, 0, sizeof *events);
    events->client = client;
    events->limit = options->limit;
    events->wait_s = options->wait_s;
    oami_error_clear(err);
    enum oam_result result = OAM_OK;
    if (!oami_strset(&events->position, options->after ? options->after : "0") ||
        !oami_strset(&events->subject, options->subject) || !oami_strset(&events->type, options->type) ||
        !oami_strset(&events->filter, options->filter) || !oami_strset(&events->cursor_file, options->cursor_file))
        result = oami_fail_memory(err);
    if (result == OAM_OK && events->cursor_file)
        result = load_cursor(events, err);
    if (result == OAM_OK)
        *ret_events = events;
    else
        oam_events_free(events);
    return result;
}

static char *page_path(const struct oam_events *events)
{
    char limit[16];
    snprintf(limit, sizeof limit, "%u", events->limit);
    char *path = oami_strdup("/api/v1/events");
    path = oam_path_query(path, "after", events->position);
    path = oam_path_query(path, "subject", events->subject);
    path = oam_path_query(path, "type", events->type);
    path = oam_path_query(path, "filter", events->filter);
    return oam_path_query(path, "limit", events->limit ? limit : NULL);
}

static enum oam_result fetch_page(struct oam_events *events, struct oam_error *err)
{
    char prefer[32];
    snprintf(prefer, sizeof prefer, "wait=%u", events->wait_s);
    struct oam_call call = {.prefer = events->wait_s ? prefer : NULL};
    if (events->wait_s)
        call.timeout_ms = events->client->options.timeout_ms + (long)events->wait_s * 1000;
    char *path = page_path(events);
    if (!path)
        return oami_fail_memory(err);
    struct oam_response *response = NULL;
    enum oam_result result = oam_get(events->client, path, &call, &response, err);
    oami_free(path);
    if (result == OAM_OK) {
        json_decref(events->page);
        events->page = json_loadb(response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
        events->next = 0;
        if (!json_is_array(json_object_get(events->page, "items")))
            result = oami_fail(err, OAM_E_PROTOCOL, "bad_event_page", "The answer of the feed has no items");
    }
    oam_response_free(response);
    return result;
}

/* With nothing left on the page, `next` may be further than the last event: a selective filter stops looking after a
   while, and is to go on from there at once. *ret_further: it may find something. "latest" is where the feed ends. */
static enum oam_result take_page_end(struct oam_events *events, bool *ret_further, struct oam_error *err)
{
    const char *next = json_string_value(json_object_get(events->page, "next"));
    bool moved = next && strcmp(next, events->position) != 0;
    *ret_further = moved && strcmp(events->position, "latest") != 0;
    if (moved) {
        if (!oami_strset(&events->position, next))
            return oami_fail_memory(err);
        events->unsaved = true;
    }
    json_decref(events->page);
    events->page = NULL;
    return OAM_OK;
}

static enum oam_result take_event(struct oam_events *events, const json_t *item, struct oam_event *ret_event,
                                  struct oam_error *err)
{
    struct oam_event event = {
        .id = json_string_value(json_object_get(item, "id")),
        .type = json_string_value(json_object_get(item, "type")),
        .subject = json_string_value(json_object_get(item, "subject")),
        .time = json_string_value(json_object_get(item, "time")),
    };
    if (!event.id || !event.type || !event.subject || !event.time)
        return oami_fail(err, OAM_E_PROTOCOL, "bad_event", "An event lacks id, type, subject or time");
    char *json = oami_json_text(item);
    if (!json || !oami_strset(&events->position, event.id)) {
        oami_free(json);
        return oami_fail_memory(err);
    }
    oami_free(events->json);
    events->json = json;
    events->unsaved = true;
    event.json = json;
    events->next++;
    *ret_event = event;
    return OAM_OK;
}

bool oam_events_pending(const struct oam_events *events)
{
    return events->next < json_array_size(json_object_get(events->page, "items"));
}

enum oam_result oam_events_next(struct oam_events *events, struct oam_event *ret_event, struct oam_error *err)
{
    oami_error_clear(err);
    bool asked = false, further;
    /* Who asks for the next one has dealt with the last one. */
    enum oam_result saved = oam_events_commit(events, err);
    if (saved != OAM_OK)
        return saved;
    while (!oam_events_pending(events)) {
        if (events->page) {
            enum oam_result ended = take_page_end(events, &further, err);
            if (ended != OAM_OK || (asked && !further))
                return ended == OAM_OK ? OAM_DONE : ended;
        }
        enum oam_result result = fetch_page(events, err);
        if (result != OAM_OK) {
            json_decref(events->page);
            events->page = NULL;
            return result;
        }
        asked = true;
    }
    return take_event(events, json_array_get(json_object_get(events->page, "items"), events->next), ret_event, err);
}

const char *oam_events_position(const struct oam_events *events)
{
    return events->position;
}

void oam_events_set_wait(struct oam_events *events, unsigned wait_s)
{
    events->wait_s = wait_s;
}

void oam_events_free(struct oam_events *events)
{
    if (!events)
        return;
    json_decref(events->page);
    oami_free(events->position);
    oami_free(events->subject);
    oami_free(events->type);
    oami_free(events->filter);
    oami_free(events->cursor_file);
    oami_free(events->json);
    oami_free(events);
}
