#include "workflow/definition/locate.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "workflow/definition.h"

/* ---- Pointers ---- */

/* A buffer that is filled from its end, because places are linked from the leaf. */
struct tail {
    char *begin, *at;
    bool cut;
};

static void tail_put(struct tail *tail, const char *bytes, size_t n)
{
    if (tail->cut || (size_t)(tail->at - tail->begin) < n) {
        tail->cut = true;
        return;
    }
    tail->at -= n;
    memcpy(tail->at, bytes, n);
}

static void tail_put_name(struct tail *tail, const char *name)
{
    for (size_t i = strlen(name); i > 0; i--)
        if (name[i - 1] == '~')
            tail_put(tail, "~0", 2);
        else if (name[i - 1] == '/')
            tail_put(tail, "~1", 2);
        else
            tail_put(tail, &name[i - 1], 1);
    tail_put(tail, "/", 1);
}

void place_pointer(const struct place *place, char *ret, size_t size)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    struct tail tail = {ret + strlen(ellipsis), ret + size - 1, false};

    *tail.at = '\0';
    for (; place && place->up; place = place->up) {
        char digits[24];
        if (place->name) {
            tail_put_name(&tail, place->name);
            continue;
        }
        snprintf(digits, sizeof(digits), "%zu", place->index);
        tail_put_name(&tail, digits);
    }
    if (tail.cut) {
        /* Never begin in the middle of a character. */
        while (((unsigned char)*tail.at & 0xc0) == 0x80)
            tail.at++;
        tail.at -= strlen(ellipsis);
        memcpy(tail.at, ellipsis, strlen(ellipsis));
    }
    memmove(ret, tail.at, (size_t)(ret + size - tail.at));
}

/* ---- A walk over well-formed text ---- */

struct walk {
    const char *json;
    size_t at, end;
};

static char walk_peek(const struct walk *walk)
{
    return walk->at < walk->end ? walk->json[walk->at] : '\0';
}

static void walk_space(struct walk *walk)
{
    while (walk->at < walk->end && strchr(" \t\r\n", walk->json[walk->at]) && walk->json[walk->at])
        walk->at++;
}

/* False: the text ends inside the string. */
static bool walk_string(struct walk *walk)
{
    walk->at++;
    while (walk->at < walk->end && walk->json[walk->at] != '"')
        walk->at += walk->json[walk->at] == '\\' ? 2 : 1;
    if (walk->at >= walk->end) {
        walk->at = walk->end;
        return false;
    }
    walk->at++;
    return true;
}

/* Passes over one value, however deep. */
static void walk_value(struct walk *walk)
{
    unsigned depth = 0;

    do {
        char c = walk_peek(walk);
        if (c == '"') {
            walk_string(walk);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        walk->at++;
        /* A number or a word goes on until something that ends it. */
        if (depth == 0 && !strchr("{}[]", c))
            while (walk->at < walk->end && !strchr(",]} \t\r\n", walk->json[walk->at]))
                walk->at++;
    } while (depth > 0 && walk->at < walk->end);
}

/* Compares a name as written with the name as meant; only escapes make them differ. */
static bool name_equals(const char *raw, size_t n, const char *name)
{
    json_t *meant;
    bool equal;

    if (!memchr(raw, '\\', n))
        return strlen(name) == n - 2 && memcmp(raw + 1, name, n - 2) == 0;
    meant = json_loadb(raw, n, JSON_DECODE_ANY, NULL);
    equal = meant && strcmp(json_string_value(meant), name) == 0;
    json_decref(meant);
    return equal;
}

/* Enters the container at the walk and stops at the value of the step; ret_offset is where the step is told to be. */
static bool walk_into(struct walk *walk, const struct place *step, size_t *ret_offset)
{
    char open = walk_peek(walk);

    if (open != (step->name ? '{' : '['))
        return false;
    walk->at++;
    for (size_t index = 0;; index++) {
        size_t begin;
        walk_space(walk);
        begin = walk->at;
        if (begin >= walk->end || walk_peek(walk) == '}' || walk_peek(walk) == ']')
            return false;
        if (open == '{') {
            walk_string(walk);
            if (name_equals(walk->json + begin, walk->at - begin, step->name))
                *ret_offset = begin;
            else
                begin = SIZE_MAX;
            walk_space(walk);
            walk->at++; /* the colon */
            walk_space(walk);
        } else if (index == step->index) {
            *ret_offset = begin;
        } else {
            begin = SIZE_MAX;
        }
        if (begin != SIZE_MAX)
            return true;
        walk_value(walk);
        walk_space(walk);
        if (walk_peek(walk) == ',')
            walk->at++;
    }
}

/* Walks to the value of a place and tells where the place is: at the name of a member. */
static size_t walk_to(struct walk *walk, const struct place *place)
{
    const struct place *steps[WORKFLOW_DEPTH_MAX + 1];
    size_t n = 0, offset;

    for (; place && place->up && n < WORKFLOW_DEPTH_MAX + 1; place = place->up)
        steps[n++] = place;
    walk_space(walk);
    offset = walk->at;
    while (n > 0 && walk_into(walk, steps[n - 1], &offset))
        n--;
    return offset;
}

size_t locate_place(const char *json, size_t length, const struct place *place)
{
    struct walk walk = {json, 0, length};

    return walk_to(&walk, place);
}

/* How many bytes of UTF-8 a character is that is written as \uXXXX, and how many bytes that takes: two of them, a pair,
 * beyond the first plane. */
static size_t escape_size(const char *at, size_t *ret_meant)
{
    unsigned code = 0;

    for (size_t i = 2; i < 6; i++)
        code = code * 16 + (unsigned)(at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
    *ret_meant = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    if (code < 0xd800 || code > 0xdbff)
        return 6;
    *ret_meant = 4;
    return 12;
}

size_t locate_within(const char *json, size_t length, const struct place *place, size_t before)
{
    struct walk walk = {json, 0, length};
    const size_t offset = walk_to(&walk, place);
    size_t meant;

    if (walk_peek(&walk) != '"')
        return offset;
    walk.at++;
    while (before > 0 && walk.at < walk.end && json[walk.at] != '"') {
        bool escaped = json[walk.at] == '\\';
        meant = 1;
        walk.at += !escaped ? 1 : json[walk.at + 1] != 'u' ? 2 : escape_size(&json[walk.at], &meant);
        before -= meant < before ? meant : before;
    }
    return walk.at;
}

void locate_line(const char *json, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    unsigned line = 1, column = 1;

    for (size_t i = 0; i < offset; i++) {
        if (json[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)json[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

bool locate_too_deep(const char *json, size_t length, unsigned max, size_t *ret_offset)
{
    struct walk walk = {json, 0, length};
    unsigned depth = 0;

    while (walk.at < walk.end) {
        char c = walk_peek(&walk);
        if (c == '"') {
            walk_string(&walk);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > max) {
            *ret_offset = walk.at;
            return true;
        }
        walk.at++;
    }
    return false;
}

/* ---- What a broken text was about ---- */

struct level {
    struct place place;
    char name[64];
    size_t begin;
    bool is_object, named;
};

static void level_name(struct level *level, const struct walk *walk, size_t begin)
{
    size_t n = walk->at - begin < 2 ? 0 : walk->at - begin - 2;

    if (n >= sizeof(level->name))
        n = sizeof(level->name) - 1;
    memcpy(level->name, walk->json + begin + 1, n);
    level->name[n] = '\0';
    level->begin = begin;
    level->named = true;
}

size_t locate_innermost(const char *json, size_t offset, char *ret_pointer, size_t size)
{
    struct level levels[WORKFLOW_DEPTH_MAX + 1];
    struct walk walk = {json, 0, offset};
    struct place root = {NULL, NULL, 0};
    const struct place *leaf = &root;
    size_t n = 0, begin = 0;

    while (walk.at < walk.end) {
        char c = walk_peek(&walk);
        size_t at = walk.at;
        if (c == '"') {
            bool whole = walk_string(&walk);
            if (whole && n > 0 && levels[n - 1].is_object && !levels[n - 1].named)
                level_name(&levels[n - 1], &walk, at);
            continue;
        }
        walk.at++;
        if ((c == '{' || c == '[') && n < WORKFLOW_DEPTH_MAX) {
            levels[n++] = (struct level){.is_object = c == '{', .begin = walk.at};
        } else if ((c == '}' || c == ']') && n > 0) {
            n--;
        } else if (c == ',' && n > 0) {
            levels[n - 1].named = false;
            levels[n - 1].place.index++;
            levels[n - 1].begin = walk.at;
        }
    }
    for (size_t i = 0; i < n && (levels[i].named || !levels[i].is_object); i++) {
        levels[i].place.up = leaf;
        levels[i].place.name = levels[i].is_object ? levels[i].name : NULL;
        leaf = &levels[i].place;
        begin = levels[i].begin;
    }
    place_pointer(leaf, ret_pointer, size);
    return begin;
}
