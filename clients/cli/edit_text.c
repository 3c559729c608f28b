/* A draft to text and back, and what changed. Pure: no file, no terminal. */
#include "edit.h"

#include <string.h>

#include "cli.h"

#define DATA "data."

static bool is_data(const char *name)
{
    return strncmp(name, DATA, strlen(DATA)) == 0;
}

json_t *edit_members(const json_t *request)
{
    static const char *const texts[] = {"title", "service", "description"};
    json_t *members = json_object();
    const char *name;
    json_t *value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = json_string_value(json_object_get(request, texts[i]));
        json_object_set_new(members, texts[i], json_string(text ? text : ""));
    }
    json_object_foreach(json_object_get(request, "data"), name, value)
    {
        json_object_set(members, keep_join(DATA, name, ""), value);
    }
    return members;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *type_of(const json_t *types, const char *name)
{
    return is_data(name) ? json_string_value(json_object_get(types, name + strlen(DATA))) : NULL;
}

/* Whether `name = text` would be read as this value again. */
static bool goes_as_text(const json_t *value, const char *type)
{
    const char *text = json_string_value(value);
    if (!text || strpbrk(text, "\r\n"))
        return false;
    size_t length = strlen(text);
    if (length > 0 && (is_blank(text[0]) || is_blank(text[length - 1])))
        return false;
    json_t *again = data_value(text, type);
    bool same = json_equal(again, value);
    json_decref(again);
    return same;
}

static void write_member(FILE *out, const char *name, const json_t *value, const char *type)
{
    if (goes_as_text(value, type)) {
        fprintf(out, "%s = %s\n", name, json_string_value(value));
        return;
    }
    fprintf(out, "%s := ", name);
    json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT);
    fputc('\n', out);
}

void edit_write(FILE *out, const json_t *members, const json_t *types, const json_t *notes, const json_t *fields)
{
    size_t index;
    const char *name;
    json_t *value;
    json_array_foreach(notes, index, value)
    {
        fprintf(out, "# %s\n", json_string_value(value));
    }
    write_member(out, "title", json_object_get(members, "title"), NULL);
    write_member(out, "service", json_object_get(members, "service"), NULL);
    json_object_foreach((json_t *)(uintptr_t)members, name, value)
    {
        if (is_data(name))
            write_member(out, name, value, type_of(types, name));
    }
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        if (!json_object_get(members, keep_join(DATA, name, "")))
            fprintf(out, "# data.%s =    (%s)\n", name, json_string_value(value));
    }
    fprintf(out, "---\n%s\n", json_string_value(json_object_get(members, "description")));
}

/* Cuts blanks off both ends. */
static char *trimmed(char *text)
{
    while (is_blank(*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && is_blank(text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Takes one `name = text` or `name := JSON`. */
static bool read_member(json_t *members, char *line, const json_t *types)
{
    char *equals = strchr(line, '=');
    if (!equals || equals == line)
        return false;
    bool is_json = equals[-1] == ':';
    equals[is_json ? -1 : 0] = '\0';
    const char *name = trimmed(line);
    char *text = trimmed(equals + 1);
    bool is_known = strcmp(name, "title") == 0 || strcmp(name, "service") == 0 || (is_data(name) && name[5] != '\0');
    if (!is_known || json_object_get(members, name))
        return false;
    json_t *value = is_json ? json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
                            : data_value(text, type_of(types, name));
    return json_object_set_new(members, name, value) == 0;
}

/* The rest of the text, without the line ends that editors add. */
static bool read_description(json_t *members, char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr("\r\n", text[length - 1]))
        length--;
    return json_object_set_new(members, "description", json_stringn(text, length)) == 0;
}

json_t *edit_read(char *text, const json_t *types, size_t *ret_line)
{
    json_t *members = json_object();
    size_t number = 0;
    for (char *rest = text, *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
        number++;
        line[strcspn(line, "\r")] = '\0';
        bool ok = true;
        if (strcmp(trimmed(line), "---") == 0) {
            ok = read_description(members, rest ? rest : line + strlen(line));
            rest = NULL;
        } else if (*trimmed(line) != '\0' && *trimmed(line) != '#') {
            ok = read_member(members, line, types);
        }
        if (!ok) {
            *ret_line = number;
            json_decref(members);
            return NULL;
        }
    }
    return members;
}

static bool same_member(const json_t *a, const json_t *b, const char *name)
{
    const json_t *left = json_object_get(a, name), *right = json_object_get(b, name);
    if (strcmp(name, "description") != 0 || !left || !right)
        return left == right || json_equal(left, right);
    /* The line ends of a description are the editor's. */
    size_t n = json_string_length(left), m = json_string_length(right);
    const char *l = json_string_value(left), *r = json_string_value(right);
    while (n > 0 && strchr("\r\n", l[n - 1]))
        n--;
    while (m > 0 && strchr("\r\n", r[m - 1]))
        m--;
    return n == m && memcmp(l, r, n) == 0;
}

static void patch_member(json_t *patch, const char *name, json_t *value)
{
    if (!is_data(name)) {
        json_object_set(patch, name, value);
        return;
    }
    if (!json_object_get(patch, "data"))
        json_object_set_new(patch, "data", json_object());
    json_object_set_new(json_object_get(patch, "data"), name + strlen(DATA), value ? json_incref(value) : json_null());
}

json_t *edit_patch(const json_t *base, const json_t *mine)
{
    json_t *patch = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)mine, name, value)
    {
        if (!same_member(base, mine, name))
            patch_member(patch, name, value);
    }
    /* A line that is gone takes its data away; title, service and description are always there. */
    json_object_foreach((json_t *)(uintptr_t)base, name, value)
    {
        if (is_data(name) && !json_object_get(mine, name))
            patch_member(patch, name, NULL);
    }
    return patch;
}

/* One member of the three: present in any of them. */
static void merge_member(json_t *merged, const char *name, const json_t *base, const json_t *mine, const json_t *theirs,
                         json_t *conflicts)
{
    /* Only data can be taken away. */
    bool my_change = (is_data(name) || json_object_get(mine, name)) && !same_member(base, mine, name);
    bool their_change = !same_member(base, theirs, name);
    json_t *value = json_object_get(my_change ? mine : theirs, name);
    if (value)
        json_object_set(merged, name, value);
    else
        json_object_del(merged, name);
    if (my_change && their_change && !same_member(mine, theirs, name))
        json_array_append_new(conflicts, json_string(name));
}

json_t *edit_merge(const json_t *base, const json_t *mine, const json_t *theirs, json_t *ret_conflicts)
{
    json_t *merged = json_object(), *all = json_copy((json_t *)(uintptr_t)theirs);
    const char *name;
    json_t *value;
    json_object_update_missing(all, (json_t *)(uintptr_t)mine);
    json_object_update_missing(all, (json_t *)(uintptr_t)base);
    json_object_foreach(all, name, value)
    {
        merge_member(merged, name, base, mine, theirs, ret_conflicts);
    }
    json_decref(all);
    return merged;
}
