#include "service/events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "service/feed.h"
#include "store/array.h"

/* A selective filter looks at this many events of the feed at most before it answers how far it got. */
#define WINDOW 2000

enum {
    FEED_REACH,
    FEED_POSITION,
    FEED_REF,
    FEED_SEQ,
    FEED_VERSION,
    FEED_AT,
    FEED_TYPE,
    FEED_EVENT,
    FEED_FROM,
    FEED_TO,
    FEED_BODY,
    FEED_SERVICE
};

static const char *type_name(struct arena *arena, const struct feed_event *event)
{
    return arena_printf(arena, "cat.oam.%s", event->type);
}

static const char *position_text(struct arena *arena, int64_t position)
{
    return arena_printf(arena, "%" PRId64, position);
}

void event_data_members(struct json_out *out, bool staff, const struct feed_event *event)
{
    /* As in the history: gaps would tell the body's side that there are notes. */
    json_out_member_number(out, "seq", staff ? event->seq : event->version);
    json_out_member_number(out, "version", event->version);
    json_out_member_text(out, "event", event->event);
    json_out_member_text(out, "from", event->from);
    json_out_member_text(out, "to", event->to);
    json_out_member_text(out, "body", event->body);
    json_out_member_text(out, "service", event->service);
}

static void write_event(struct json_out *out, bool staff, const struct feed_event *event)
{
    json_out_object_begin(out);
    json_out_member_text(out, "id", position_text(out->arena, event->position));
    json_out_member_text(out, "type", type_name(out->arena, event));
    json_out_member_text(out, "subject", event->ref);
    json_out_member_time(out, "time", event->at);
    json_out_name(out, "data");
    json_out_object_begin(out);
    event_data_members(out, staff, event);
    json_out_object_end(out);
    json_out_object_end(out);
}

/* ---- in one of two forms ---- */

struct writer {
    struct json_out *out;
    enum event_form form;
    bool staff;
    size_t count;
};

static struct writer writer_begin(struct json_out *out, enum event_form form, bool staff)
{
    if (form == EVENT_FORM_PAGE) {
        json_out_object_begin(out);
        json_out_name(out, "items");
        json_out_array_begin(out);
    }
    return (struct writer){.out = out, .form = form, .staff = staff};
}

static void write_raw(struct json_out *out, const char *text)
{
    out->comma = false; /* lines, not members */
    json_out_raw(out, text, strlen(text));
    out->comma = false;
}

static void writer_add(struct writer *writer, const struct feed_event *event)
{
    struct json_out *out = writer->out;
    if (writer->form == EVENT_FORM_STREAM)
        write_raw(out,
                  arena_printf(out->arena, "id: %" PRId64 "\nevent: cat.oam.%s\ndata: ", event->position, event->type));
    write_event(out, writer->staff, event);
    if (writer->form == EVENT_FORM_STREAM)
        write_raw(out, "\n\n");
    writer->count++;
}

static void writer_end(struct writer *writer, int64_t next)
{
    struct json_out *out = writer->out;
    if (writer->form == EVENT_FORM_STREAM)
        return;
    json_out_array_end(out);
    json_out_member_text(out, "next", position_text(out->arena, next));
    json_out_member_text(out, "prev", NULL);
    json_out_object_end(out);
}

/* ---- from memory ---- */

struct event_interest event_interest_of(const struct actor *actor, const struct event_query *query)
{
    return (struct event_interest){
        .staff = actor->staff,
        .all_bodies = actor->all_bodies,
        .bodies = actor->bodies,
        .n_bodies = actor->n_bodies,
        .subject = query->subject,
        .types = query->types,
        .n_types = query->n_types,
        .filter = query->filter,
    };
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* What is aligned the most comes first: the expression, the bodies, the pointers, the letters. */
struct event_interest *event_interest_keep(const struct event_interest *interest)
{
    size_t filter = interest->filter ? (workflow_expression_size(interest->filter) + 7) / 8 * 8 : 0;
    size_t bodies = interest->n_bodies * sizeof *interest->bodies, types = interest->n_types * sizeof(char *);
    size_t letters = text_size(interest->subject);
    for (size_t i = 0; i < interest->n_types; i++)
        letters += text_size(interest->types[i]);
    struct event_interest *kept = malloc(sizeof *kept + filter + bodies + types + letters);
    if (!kept)
        abort();
    *kept = *interest;
    char *place = (char *)(kept + 1);
    if (interest->filter)
        kept->filter = memcpy(place, interest->filter, workflow_expression_size(interest->filter));
    place += filter;
    kept->bodies = bodies > 0 ? memcpy(place, interest->bodies, bodies) : NULL;
    place += bodies;
    const char **names = (const char **)(void *)place;
    kept->types = names;
    place += types;
    for (size_t i = 0; i < interest->n_types; i++, place += text_size(place))
        names[i] = memcpy(place, interest->types[i], text_size(interest->types[i]));
    if (interest->subject)
        kept->subject = memcpy(place, interest->subject, text_size(interest->subject));
    return kept;
}

static bool is_one_of(const int64_t *ids, size_t n_ids, int64_t id)
{
    for (size_t i = 0; i < n_ids; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static bool may_see(const struct event_interest *interest, const struct feed_event *event)
{
    if (interest->staff && !event->draft)
        return true;
    if (event->internal)
        return false;
    if (interest->all_bodies || is_one_of(interest->bodies, interest->n_bodies, event->body_id))
        return true;
    for (size_t i = 0; i < event->n_members && !event->draft; i++)
        if (is_one_of(interest->bodies, interest->n_bodies, event->members[i]))
            return true;
    return false;
}

static bool is_asked_for(const struct event_interest *interest, const struct feed_event *event)
{
    bool fits = interest->n_types == 0;
    for (size_t i = 0; i < interest->n_types && !fits; i++)
        fits = strcmp(interest->types[i], event->type) == 0;
    return fits && (!interest->subject || strcmp(interest->subject, event->ref) == 0) &&
           (!interest->filter || event_filter_holds(interest->filter, event));
}

bool event_concerns(const struct event_interest *interest, const struct feed_event *event)
{
    return may_see(interest, event) && is_asked_for(interest, event);
}

struct recent {
    const struct event_interest *interest;
    struct writer writer;
    size_t limit, looked_at;
    bool stopped;
    int64_t next;
};

static bool tell_recent(void *cls, const struct feed_event *event)
{
    struct recent *recent = cls;
    if (recent->writer.count == recent->limit)
        return false;
    if (!may_see(recent->interest, event))
        return true;
    recent->stopped = recent->looked_at++ == WINDOW;
    if (recent->stopped)
        return false;
    bool told = is_asked_for(recent->interest, event);
    if (told)
        writer_add(&recent->writer, event);
    /* As from the database: what they may not see leaves no trace in where they go on. */
    if (told || !recent->interest->subject)
        recent->next = event->position;
    return true;
}

bool event_list_recent(struct feed_ring *ring, const struct event_interest *interest, int64_t after, int64_t seen,
                       int limit, enum event_form form, struct json_out *out, size_t *ret_count, int64_t *ret_next)
{
    int64_t head;
    struct json_out before = *out;
    struct recent recent = {.interest = interest,
                            .writer = writer_begin(out, form, interest->staff),
                            .limit = (size_t)limit,
                            .next = after};
    /* One request's events have an index there, and no window. */
    if (!feed_ring_visit(ring, seen > after ? seen : after, tell_recent, &recent, &head) ||
        (recent.stopped && interest->subject)) {
        *out = before;
        return false;
    }
    *ret_count = recent.writer.count;
    *ret_next = recent.next;
    writer_end(&recent.writer, recent.next);
    return true;
}

struct look {
    const struct event_interest *interest;
    size_t looked_at;
    int64_t last; /* not for them, as everything before it */
    bool found, stopped;
};

static bool look_at(void *cls, const struct feed_event *event)
{
    struct look *look = cls;
    look->stopped = look->looked_at == WINDOW;
    if (look->stopped)
        return false;
    if (may_see(look->interest, event)) {
        look->looked_at++;
        look->found = is_asked_for(look->interest, event);
    }
    if (!look->found)
        look->last = event->position;
    return !look->found;
}

bool event_has_come(struct feed_ring *ring, const struct event_interest *interest, int64_t *seen)
{
    int64_t head;
    struct look look = {.interest = interest};
    if (!feed_ring_visit(ring, *seen, look_at, &look, &head))
        return head > *seen;
    if (look.found)
        return true;
    int64_t reached = look.stopped ? look.last : head;
    if (reached > *seen)
        *seen = reached;
    return false;
}

/* ---- from the database ---- */

static bool read_feed(const struct call *call, const struct event_query *query, const struct rows **ret_rows)
{
    tx_auto struct tx tx = {0};
    const struct actor *actor = call->actor;
    if (!tx_begin(&tx, call->store, TX_READ, actor, call->arena, call->err))
        return false;
    struct param types =
        param_text(query->n_types > 0 ? array_of_texts(call->arena, query->types, query->n_types) : NULL);
    tx_query(&tx, QUERY_PLAN_FOR_THESE_VALUES, NULL, 0, NULL);
    if (query->subject)
        tx_run(&tx, QUERY_EVENT_PAGE_OF_REQUEST, ret_rows, param_number(query->after), param_text(query->subject),
               types, param_number(query->limit));
    else
        tx_run(&tx, QUERY_EVENT_PAGE, ret_rows, param_number(query->after),
               param_text(actor->staff || actor->all_bodies
                              ? NULL
                              : array_of_numbers(call->arena, actor->bodies, actor->n_bodies)),
               types, param_number(query->n_types > 0 || query->filter ? WINDOW : query->limit));
    return tx_flush(&tx);
}

/* Where the feed ends now; the same for everybody, whatever they may see of it. */
static bool list_nothing(const struct call *call, enum event_form form, struct json_out *out, int64_t *ret_next)
{
    if (!feed_head(call->store, call->arena, call->err, ret_next))
        return false;
    struct writer writer = writer_begin(out, form, call->actor->staff);
    writer_end(&writer, *ret_next);
    return true;
}

static struct feed_event event_of(const struct rows *rows, size_t row)
{
    return (struct feed_event){
        .position = rows_number(rows, row, FEED_POSITION),
        .ref = rows_text(rows, row, FEED_REF),
        .seq = rows_number(rows, row, FEED_SEQ),
        .version = rows_number(rows, row, FEED_VERSION),
        .at = rows_time(rows, row, FEED_AT),
        .type = rows_text(rows, row, FEED_TYPE),
        .event = rows_text(rows, row, FEED_EVENT),
        .from = rows_text(rows, row, FEED_FROM),
        .to = rows_text(rows, row, FEED_TO),
        .body = rows_text(rows, row, FEED_BODY),
        .service = rows_text(rows, row, FEED_SERVICE),
    };
}

bool event_list(const struct call *call, const struct event_query *query, enum event_form form, struct json_out *out,
                size_t *ret_count, int64_t *ret_next)
{
    const struct rows *rows = NULL;
    *ret_count = 0;
    if (query->latest)
        return list_nothing(call, form, out, ret_next);
    if (!read_feed(call, query, &rows))
        return false;
    struct writer writer = writer_begin(out, form, call->actor->staff);
    *ret_next = query->after;
    for (size_t row = 0; row < rows_count(rows) && writer.count < (size_t)query->limit; row++) {
        if (rows_null(rows, row, FEED_POSITION))
            continue;
        struct feed_event event = event_of(rows, row);
        if (query->filter && !event_filter_holds(query->filter, &event))
            continue;
        writer_add(&writer, &event);
        *ret_next = event.position;
    }
    /* All that matched in the window is told: go on behind the window, not behind the last match. */
    size_t last = rows_count(rows) > 0 ? rows_count(rows) - 1 : 0;
    if (writer.count < (size_t)query->limit && rows_count(rows) > 0 && !rows_null(rows, last, FEED_REACH))
        *ret_next = rows_number(rows, last, FEED_REACH);
    writer_end(&writer, *ret_next);
    *ret_count = writer.count;
    return true;
}
