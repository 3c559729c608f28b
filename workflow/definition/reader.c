#include "workflow/definition/reader.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_MAX = 200, NOTE_MAX = 2000, EVENT_MAX = 64 };

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_id_tail(char c)
{
    return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
}

bool id_is_valid(const char *id)
{
    size_t n = 1;

    if (!is_lower(id[0]))
        return false;
    while (is_id_tail(id[n]))
        n++;
    return id[n] == '\0' && n <= WORKFLOW_KEY_MAX;
}

/* Identifiers with dots between them: "submit", "call.closed". */
bool event_is_valid(const char *event)
{
    size_t n = 0;

    do {
        if (!is_lower(event[n]))
            return false;
        while (is_id_tail(event[n]))
            n++;
    } while (event[n++] == '.');
    return event[n - 1] == '\0' && n - 1 <= EVENT_MAX;
}

const char *keep_text(struct reader *reader, const char *text)
{
    const char *copy = storage_text(reader->storage, text);

    if (!copy)
        reader->exhausted = true;
    return copy ? copy : "";
}

void *keep_alloc(struct reader *reader, size_t n, size_t size)
{
    void *piece = storage_alloc(reader->storage, n, size);

    if (!piece)
        reader->exhausted = true;
    return piece;
}

void *draft_alloc(struct reader *reader, size_t n, size_t size)
{
    void *piece = storage_alloc(reader->temporary, n, size);

    if (!piece)
        reader->exhausted = true;
    return piece;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with decimals";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static bool wrong_type(struct reader *reader, const struct place *at, const json_t *value, const char *wanted)
{
    report_fault(reader->report, at, "wrong_type", "This must be %s, not %s", wanted, type_name(value));
    return false;
}

static const struct member *member_find(const struct member *members, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

/* Tells of the members that must not be here. */
static void refuse_members(struct reader *reader, const struct place *at, json_t *value, const struct member *members,
                           size_t n_members)
{
    const char *name;
    json_t *content;

    json_object_foreach(value, name, content)
    {
        const struct member *member = member_find(members, n_members, name);
        struct place here = {at, name, 0};
        if (!member)
            report_fault(reader->report, &here, "unknown_member", "The format has no member \"%.60s\" here", name);
        else if (member->standing == MEMBER_MISPLACED)
            report_fault(reader->report, &here, "misplaced_member", "\"%s\" means nothing here", name);
    }
}

bool read_members(struct reader *reader, const struct place *at, json_t *value, const struct member *members,
                  size_t n_members, void *into)
{
    if (!json_is_object(value))
        return wrong_type(reader, at, value, "an object");
    refuse_members(reader, at, value, members, n_members);
    for (size_t i = 0; i < n_members; i++) {
        json_t *content = json_object_get(value, members[i].name);
        struct place here = {at, members[i].name, 0};
        if (!content) {
            if (members[i].standing == MEMBER_REQUIRED)
                report_fault(reader->report, at, "missing_member", "\"%s\" is missing", members[i].name);
        } else if (members[i].read) {
            members[i].read(reader, &here, content, into);
        }
    }
    return true;
}

static bool count_is_right(struct reader *reader, const struct place *at, size_t n, size_t min, size_t max)
{
    if (n < min)
        report_fault(reader->report, at, "too_few", "There must be at least %zu of these", min);
    if (n > max)
        report_fault(reader->report, at, "too_many", "There are %zu of these and at most %zu fit", n, max);
    return n <= max;
}

void read_items(struct reader *reader, const struct place *at, json_t *value, size_t min, size_t max, read_fn *read,
                void *into)
{
    if (!json_is_array(value)) {
        wrong_type(reader, at, value, "an array");
        return;
    }
    if (!count_is_right(reader, at, json_array_size(value), min, max))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct place here = {at, NULL, i};
        read(reader, &here, json_array_get(value, i), into);
    }
}

void read_entries(struct reader *reader, const struct place *at, json_t *value, size_t min, size_t max, read_fn *read,
                  void *into)
{
    const char *name;
    json_t *content;

    if (!json_is_object(value)) {
        wrong_type(reader, at, value, "an object");
        return;
    }
    if (!count_is_right(reader, at, json_object_size(value), min, max))
        return;
    json_object_foreach(value, name, content)
    {
        struct place here = {at, name, 0};
        if (!id_is_valid(name))
            report_fault(reader->report, &here, "invalid_id",
                         "An identifier is a-z, 0-9 and _, from a letter, %d at most", WORKFLOW_KEY_MAX);
        read(reader, &here, content, into);
    }
}

static const char *read_lines(struct reader *reader, const struct place *at, json_t *value, size_t max, bool many)
{
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);

    if (!text) {
        wrong_type(reader, at, value, "a string");
        return NULL;
    }
    if (n == 0 || n > max) {
        report_fault(reader->report, at, "wrong_length", "A text here has 1 to %zu bytes, this one %zu", max, n);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || (many && text[i] == '\n'))
            continue;
        report_fault(reader->report, at, "control_character", "The text has a control character at byte %zu", i);
        return NULL;
    }
    return text;
}

const char *read_string(struct reader *reader, const struct place *at, json_t *value, size_t max)
{
    return read_lines(reader, at, value, max, false);
}

const char *read_id(struct reader *reader, const struct place *at, json_t *value)
{
    const char *id = read_string(reader, at, value, LABEL_MAX);

    if (!id || id_is_valid(id))
        return id;
    report_fault(reader->report, at, "invalid_id", "An identifier is a-z, 0-9 and _, from a letter, %d at most",
                 WORKFLOW_KEY_MAX);
    return NULL;
}

bool read_integer(struct reader *reader, const struct place *at, json_t *value, int64_t min, int64_t max, int64_t *ret)
{
    int64_t number = json_integer_value(value);

    if (!json_is_integer(value))
        return wrong_type(reader, at, value, "an integer");
    if (number < min || number > max) {
        report_fault(reader->report, at, "out_of_range", "This must be %" PRId64 " to %" PRId64, min, max);
        return false;
    }
    *ret = number;
    return true;
}

bool read_bool(struct reader *reader, const struct place *at, json_t *value, bool *ret)
{
    if (!json_is_boolean(value))
        return wrong_type(reader, at, value, "a boolean");
    *ret = json_is_true(value);
    return true;
}

bool list_take(struct reader *reader, const struct place *at, uint16_t *count, size_t max, unsigned *ret)
{
    if (*count == max) {
        report_fault(reader->report, at, "too_many", "A definition has at most %zu of these in all", max);
        return false;
    }
    *ret = (*count)++;
    return true;
}

bool read_word(struct reader *reader, const struct place *at, json_t *value, const struct word *words, size_t n_words,
               int *ret)
{
    const char *name = read_string(reader, at, value, LABEL_MAX);

    if (!name)
        return false;
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(words[i].name, name) != 0)
            continue;
        *ret = words[i].value;
        return true;
    }
    report_fault(reader->report, at, "unknown_value", "The format has no \"%.60s\" here", name);
    return false;
}

struct workflow_text text_of(const char *word)
{
    return (struct workflow_text){{word, word, word}};
}

static void read_language(struct reader *reader, const struct place *at, json_t *value, size_t max, const char **into)
{
    const char *text = read_lines(reader, at, value, max, max == NOTE_MAX);

    if (text)
        *into = keep_text(reader, text);
}

#define LANGUAGE_READER(name, language, max)                                                                           \
    static void name(struct reader *reader, const struct place *at, json_t *value, void *into)                         \
    {                                                                                                                  \
        read_language(reader, at, value, max, &((struct workflow_text *)into)->in[language]);                          \
    }
LANGUAGE_READER(read_label_ca, WORKFLOW_CA, LABEL_MAX)
LANGUAGE_READER(read_label_es, WORKFLOW_ES, LABEL_MAX)
LANGUAGE_READER(read_label_en, WORKFLOW_EN, LABEL_MAX)
LANGUAGE_READER(read_note_ca, WORKFLOW_CA, NOTE_MAX)
LANGUAGE_READER(read_note_es, WORKFLOW_ES, NOTE_MAX)
LANGUAGE_READER(read_note_en, WORKFLOW_EN, NOTE_MAX)

static void text_complete(struct workflow_text *text)
{
    for (size_t i = 0; i < WORKFLOW_LANGUAGES; i++)
        if (!text->in[i])
            text->in[i] = text->in[WORKFLOW_CA] ? text->in[WORKFLOW_CA] : "";
}

void read_text(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"ca", MEMBER_REQUIRED, read_label_ca},
        {"es", MEMBER_OPTIONAL, read_label_es},
        {"en", MEMBER_REQUIRED, read_label_en},
    };
    struct workflow_text *text = into;

    *text = (struct workflow_text){{NULL}};
    read_members(reader, at, value, members, COUNT_OF(members), text);
    text_complete(text);
}

void read_long_text(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"ca", MEMBER_REQUIRED, read_note_ca},
        {"es", MEMBER_OPTIONAL, read_note_es},
        {"en", MEMBER_REQUIRED, read_note_en},
    };
    struct workflow_text *text = into;

    *text = (struct workflow_text){{NULL}};
    read_members(reader, at, value, members, COUNT_OF(members), text);
    text_complete(text);
}
