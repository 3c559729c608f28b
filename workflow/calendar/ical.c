/* iCalendar, RFC 5545: lines, components, and the properties of an all-day event. */
#include "workflow/calendar/ical.h"

#include <string.h>

/* ---- Lines (3.1) ------------------------------------------------------------------------------------------ */

/* Reads a line, unfolded: a line break with a blank behind it is none. What is too long is read all the same. */
static bool read_line(struct workflow_ical *ical, struct content_line *ret_line)
{
    size_t length = 0;
    ret_line->number = ical->line;
    if (ical->at == ical->end)
        return false;
    for (bool more = true; more && ical->at < ical->end; ical->at++) {
        if (*ical->at == '\n') {
            ical->line++;
            more = ical->at + 1 < ical->end && (ical->at[1] == ' ' || ical->at[1] == '\t');
            ical->at += more;
        } else if (*ical->at != '\r') {
            if (length < WORKFLOW_ICAL_LINE_MAX)
                ical->text[length] = *ical->at ? *ical->at : ' ';
            length++;
        }
    }
    ret_line->is_cut = length > WORKFLOW_ICAL_LINE_MAX;
    ical->text[ret_line->is_cut ? WORKFLOW_ICAL_LINE_MAX : length] = '\0';
    return true;
}

/* Ends names in upper case, at what stands behind them. Returns that character. */
static char split_name(char *text, char **ret_rest)
{
    for (; *text && *text != ';' && *text != ':' && *text != '='; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - ('a' - 'A'));
    const char behind = *text;
    *text = '\0';
    *ret_rest = behind ? text + 1 : text;
    return behind;
}

/* The end of a parameter's value: a ";" or ":" that no quotes hold. */
static char *parameter_end(char *value)
{
    bool quoted = false;
    for (; *value && (quoted || (*value != ';' && *value != ':')); value++)
        if (*value == '"')
            quoted = !quoted;
    return value;
}

/* Takes a line apart, in place: name, value, and the VALUE parameter, which is the only one that matters here. */
static bool split_line(char *text, struct content_line *line)
{
    char behind = split_name(text, &line->value);
    line->name = text;
    line->type = "";
    while (behind == ';') {
        char *name = line->value, *value;
        if (split_name(name, &value) != '=')
            return false;
        char *end = parameter_end(value);
        behind = *end;
        *end = '\0';
        line->value = behind ? end + 1 : end;
        if (strcmp(name, "VALUE") == 0)
            line->type = value;
    }
    return behind == ':' && *line->name;
}

/* Reads the next line that is not empty. False at the end of the bytes. */
static bool next_line(struct workflow_ical *ical, struct content_line *ret_line)
{
    do
        if (!read_line(ical, ret_line))
            return false;
    while (ical->text[0] == '\0');
    ret_line->is_whole = split_line(ical->text, ret_line);
    return true;
}

/* ---- Components (3.4, 3.6) -------------------------------------------------------------------------------- */

/* Passes over the rest of a component that has begun, with all that it holds. False when the bytes end before it. */
static bool skip_component(struct workflow_ical *ical)
{
    struct content_line line;
    for (size_t depth = 1; depth > 0;) {
        if (!next_line(ical, &line))
            return false;
        if (strcmp(line.name, "BEGIN") == 0)
            depth++;
        else if (strcmp(line.name, "END") == 0)
            depth--;
    }
    return true;
}

/* The lines of an event up to its end, all of them whatever is wrong; the first fault is told. */
static bool read_event(struct workflow_ical *ical, struct event_draft *draft, struct workflow_source_fault *ret_fault)
{
    struct content_line line;
    bool fine = true;
    while (next_line(ical, &line)) {
        if (line.is_whole && strcmp(line.name, "END") == 0) {
            if (source_is_word(line.value, "VEVENT"))
                return fine;
            break;
        }
        if (line.is_whole && strcmp(line.name, "BEGIN") == 0) {
            if (!skip_component(ical))
                break;
            continue;
        }
        if (fine && !line.is_whole)
            fine = source_fault(ret_fault, line.number, "no property", line.name);
        else if (fine)
            fine = event_property(draft, &line, ret_fault);
    }
    return fine ? source_fault(ret_fault, draft->event.line, "an event without an end", NULL) : false;
}

/* What stands between events. */
static bool judge_between(struct workflow_ical *ical, const struct content_line *line,
                          struct workflow_source_fault *ret_fault)
{
    if (!line->is_whole)
        return source_fault(ret_fault, line->number, "no property", line->name);
    if (strcmp(line->name, "BEGIN") == 0) {
        if (source_is_word(line->value, "VCALENDAR")) {
            ical->is_open = true;
            return true;
        }
        if (!ical->is_open)
            return source_fault(ret_fault, line->number, "no iCalendar", line->value);
        return skip_component(ical) || source_fault(ret_fault, line->number, "a component without an end", NULL);
    }
    if (!ical->is_open)
        return source_fault(ret_fault, line->number, "no iCalendar", line->name);
    if (strcmp(line->name, "END") == 0)
        ical->is_open = false;
    if (strcmp(line->name, "VERSION") == 0 && strcmp(line->value, "2.0") != 0)
        return source_fault(ret_fault, line->number, "another version of iCalendar", line->value);
    if (strcmp(line->name, "CALSCALE") == 0 && !source_is_word(line->value, "GREGORIAN"))
        return source_fault(ret_fault, line->number, "another calendar than the Gregorian", line->value);
    return true;
}

void workflow_ical_open(struct workflow_ical *ret_ical, const char *bytes, size_t length)
{
    const size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *ret_ical = (struct workflow_ical){.at = bytes + mark, .end = bytes + length, .line = 1};
}

enum workflow_source_next workflow_ical_next(struct workflow_ical *ical, struct workflow_ical_event *ret_event,
                                             struct workflow_source_fault *ret_fault)
{
    struct content_line line;
    while (next_line(ical, &line)) {
        const bool begins = ical->is_open && line.is_whole && strcmp(line.name, "BEGIN") == 0;
        if (!begins || !source_is_word(line.value, "VEVENT")) {
            if (!judge_between(ical, &line, ret_fault))
                return WORKFLOW_SOURCE_FAULT;
            continue;
        }
        struct event_draft draft = {.event.line = line.number};
        if (!read_event(ical, &draft, ret_fault) || !event_finish(&draft, ret_fault))
            return WORKFLOW_SOURCE_FAULT;
        if (draft.is_cancelled)
            continue;
        *ret_event = draft.event;
        return WORKFLOW_SOURCE_ITEM;
    }
    if (!ical->is_open)
        return WORKFLOW_SOURCE_END;
    ical->is_open = false;
    source_fault(ret_fault, ical->line, "the calendar has no end", NULL);
    return WORKFLOW_SOURCE_FAULT;
}
