#include "service/client_view.h"

#include <string.h>

enum {
    CHANGE_VERSION,
    CHANGE_ACT,
    CHANGE_SCOPES,
    CHANGE_ALL_BODIES,
    CHANGE_BODIES,
    CHANGE_ACTIVE,
    CHANGE_BY,
    CHANGE_AT
};

/* "a b" as a list; NULL is none. */
static void write_words(struct json_out *out, const char *name, const char *words)
{
    json_out_name(out, name);
    json_out_array_begin(out);
    while (words && *words) {
        const size_t length = strcspn(words, " ");
        json_out_text_n(out, words, length);
        words += length + (words[length] == ' ');
    }
    json_out_array_end(out);
}

static const char *state_of(const struct rows *rows, size_t row)
{
    if (!rows_null(rows, row, CLIENT_ROW_REVOKED_AT))
        return "revoked";
    return rows_bool(rows, row, CLIENT_ROW_ACTIVE) ? "active" : "disabled";
}

static void client_members(struct json_out *out, const struct rows *rows, size_t row)
{
    json_out_member_text(out, "client_id", rows_text(rows, row, CLIENT_ROW_CLIENT_ID));
    json_out_member_number(out, "version", rows_number(rows, row, CLIENT_ROW_VERSION));
    json_out_member_text(out, "name", rows_text(rows, row, CLIENT_ROW_NAME));
    json_out_member_text(out, "state", state_of(rows, row));
    write_words(out, "scopes", rows_text(rows, row, CLIENT_ROW_SCOPES));
    json_out_member_bool(out, "all_bodies", rows_bool(rows, row, CLIENT_ROW_ALL_BODIES));
    write_words(out, "bodies", rows_text(rows, row, CLIENT_ROW_BODIES));
    json_out_member_time(out, "created_at", rows_time(rows, row, CLIENT_ROW_CREATED_AT));
    json_out_member_text(out, "created_by", rows_text(rows, row, CLIENT_ROW_CREATED_BY));
    json_out_member_time(out, "last_used_at", rows_time(rows, row, CLIENT_ROW_LAST_USED_AT));
    json_out_member_time(out, "previous_until", rows_time(rows, row, CLIENT_ROW_PREVIOUS_UNTIL));
    json_out_member_time(out, "revoked_at", rows_time(rows, row, CLIENT_ROW_REVOKED_AT));
}

static void write_changes(struct json_out *out, const struct rows *rows)
{
    json_out_name(out, "changes");
    json_out_array_begin(out);
    for (size_t row = 0; row < rows_count(rows); row++) {
        json_out_object_begin(out);
        json_out_member_number(out, "version", rows_number(rows, row, CHANGE_VERSION));
        json_out_member_text(out, "act", rows_text(rows, row, CHANGE_ACT));
        json_out_member_text(out, "by", rows_text(rows, row, CHANGE_BY));
        json_out_member_time(out, "at", rows_time(rows, row, CHANGE_AT));
        json_out_member_bool(out, "active", rows_bool(rows, row, CHANGE_ACTIVE));
        write_words(out, "scopes", rows_text(rows, row, CHANGE_SCOPES));
        json_out_member_bool(out, "all_bodies", rows_bool(rows, row, CHANGE_ALL_BODIES));
        write_words(out, "bodies", rows_text(rows, row, CHANGE_BODIES));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

void client_view(struct json_out *out, const struct client_rows *rows)
{
    json_out_object_begin(out);
    client_members(out, rows->client, 0);
    write_changes(out, rows->changes);
    json_out_object_end(out);
}

const char *client_view_made(struct arena *arena, const struct client_rows *rows, const char *secret,
                             size_t *ret_length)
{
    struct json_out out = json_out_new(arena, 1024);
    json_out_object_begin(&out);
    client_members(&out, rows->client, 0);
    write_changes(&out, rows->changes);
    json_out_member_text(&out, "client_secret", secret);
    json_out_object_end(&out);
    return json_out_finish(&out, ret_length);
}

const char *client_view_rotated(struct arena *arena, const struct client_rotated *rotated, const char *secret,
                                size_t *ret_length)
{
    struct json_out out = json_out_new(arena, 512);
    json_out_object_begin(&out);
    json_out_member_text(&out, "client_id", rotated->client_id);
    json_out_member_number(&out, "version", rotated->version);
    json_out_member_text(&out, "client_secret", secret);
    json_out_member_time(&out, "previous_until", rotated->until);
    json_out_object_end(&out);
    return json_out_finish(&out, ret_length);
}

void client_view_row(const struct page_rows *page, struct json_out *out, size_t row)
{
    json_out_object_begin(out);
    client_members(out, page->rows, row);
    json_out_object_end(out);
}

struct cursor client_view_edge(const struct page_rows *page, size_t row)
{
    return (struct cursor){.id = rows_number(page->rows, row, CLIENT_ROW_ID)};
}
