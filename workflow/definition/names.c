/* What identifiers refer to: states by where one stands, events by being named, clocks, calendars and fields. */
#include "workflow/definition/reader.h"

#include <inttypes.h>
#include <string.h>

static int child_named(const struct workflow *wf, int parent, const char *name, size_t length)
{
    for (unsigned i = 0; i < wf->n_states; i++) {
        const struct workflow_state_info *info = &wf->states[i].info;
        if (info->parent == parent && strlen(info->name) == length && memcmp(info->name, name, length) == 0)
            return (int)i;
    }
    return MACHINE_NONE;
}

/* Follows a path downwards from a state. */
static int descend(const struct workflow *wf, int from, const char *path)
{
    int at = from;

    for (;;) {
        size_t length = strcspn(path, ".");
        at = child_named(wf, at, path, length);
        if (at < 0 || path[length] == '\0')
            return at;
        path += length + 1;
    }
}

int refer_state(struct reader *reader, const struct place *at, json_t *value, int observer)
{
    const struct workflow *wf = reader->wf;
    const char *path = read_string(reader, at, value, 8 * WORKFLOW_KEY_MAX);
    int found;

    if (!path)
        return MACHINE_NONE;
    for (int scope = observer;; scope = wf->states[scope].info.parent) {
        found = descend(wf, scope, path);
        if (found >= 0 || scope < 0)
            break;
    }
    if (found < 0)
        report_fault(reader->report, at, "unknown_state", "No state \"%.100s\" in states", path);
    return found;
}

int refer_event(struct reader *reader, const struct place *at, const char *key)
{
    struct draft *draft = reader->draft;
    unsigned number;

    if (!event_is_valid(key)) {
        report_fault(reader->report, at, "invalid_id", "An event is identifiers with dots between, 64 bytes at most");
        return MACHINE_NONE;
    }
    for (unsigned i = 0; i < reader->wf->n_events; i++)
        if (strcmp(draft->events[i].key, key) == 0)
            return (int)i;
    if (!list_take(reader, at, &reader->wf->n_events, WORKFLOW_EVENTS_MAX, &number))
        return MACHINE_NONE;
    draft->events[number] =
        (struct machine_event){.key = keep_text(reader, key), .witness = MACHINE_NONE, .vote = MACHINE_NONE};
    return (int)number;
}

int read_event_name(struct reader *reader, const struct place *at, json_t *value)
{
    const char *key = read_string(reader, at, value, 4 * WORKFLOW_KEY_MAX);

    return key ? refer_event(reader, at, key) : MACHINE_NONE;
}

bool refer_clock(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_clock)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    if (!key)
        return false;
    if (workflow_clock_find(reader->wf, key, ret_clock))
        return true;
    report_fault(reader->report, at, "unknown_clock", "No clock \"%s\" in clocks", key);
    return false;
}

bool refer_calendar(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_calendar)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    for (unsigned i = 0; key && i < reader->wf->n_calendars; i++) {
        if (strcmp(reader->draft->calendars[i].key, key) != 0)
            continue;
        *ret_calendar = i;
        return true;
    }
    if (key)
        report_fault(reader->report, at, "unknown_calendar", "No calendar \"%s\" in calendars", key);
    return false;
}

bool refer_field(struct reader *reader, const struct place *at, json_t *value, unsigned *ret_field)
{
    const char *key = read_string(reader, at, value, WORKFLOW_KEY_MAX);

    if (!key)
        return false;
    if (workflow_field_find(reader->wf, key, ret_field))
        return true;
    report_fault(reader->report, at, "unknown_field", "No field \"%s\" in data", key);
    return false;
}

static void read_amount_of(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    int64_t amount;

    if (read_integer(reader, at, value, 1, 1000, &amount))
        ((struct workflow_span *)into)->amount = (int32_t)amount;
}

void read_span(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"months", MEMBER_OPTIONAL, read_amount_of},
        {"habils", MEMBER_OPTIONAL, read_amount_of},
        {"days", MEMBER_OPTIONAL, read_amount_of},
        {"work_hours", MEMBER_OPTIONAL, read_amount_of},
    };
    static const enum workflow_span_kind kinds[] = {WORKFLOW_SPAN_MONTHS, WORKFLOW_SPAN_HABILS, WORKFLOW_SPAN_DAYS,
                                                    WORKFLOW_SPAN_WORK_HOURS};
    struct workflow_span *span = into;

    if (!read_members(reader, at, value, members, COUNT_OF(members), span))
        return;
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (json_object_get(value, members[i].name))
            span->kind = kinds[i];
    if (json_object_size(value) != 1)
        report_fault(reader->report, at, "wrong_span", "A span is one of months, habils, days, work_hours");
}
