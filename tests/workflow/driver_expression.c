/*
 * One expression a line, as JSON, and what becomes of it, as JSON:
 *
 *   {"expr", "check", "length_max", "roots": [[name, type], ...], "values": [value, ...], "wanted": type}
 *   -> {"faults": [...]} or {"type", "text", "cost", "value" or "error"}
 *
 * A type is a word ("int") or ["list", type], ["map", type, type]. A value is {"int": "1"}, {"double": 1.5},
 * {"string"},
 * {"bool"}, {"null"}, {"timestamp" or "duration": [seconds, nanoseconds]}, {"type"}, {"list": [...]},
 * {"map": [[key, value], ...]}; an unset root is null. in_state() knows "draft" (we are in it) and "closed".
 */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workflow/expression.h"

enum { MEMORY = 16 * 1024 * 1024, FAULTS = 8, ROOTS = 32, SMALL = 4096 };

static struct workflow_memory arena; /* of one line: types, values, the expression and what it builds */

static void *take(size_t size)
{
    size_t begin = (arena.used + 15) & ~(size_t)15;
    if (begin + size > arena.size)
        abort();
    arena.used = begin + size;
    return (char *)arena.bytes + begin;
}

static enum workflow_kind kind_named(const char *name)
{
    for (int kind = 0; kind <= WORKFLOW_KIND_DYN; kind++)
        if (strcmp(workflow_kind_name((enum workflow_kind)kind), name) == 0)
            return (enum workflow_kind)kind;
    return WORKFLOW_KIND_DYN;
}

static const struct workflow_type *read_type(const json_t *json)
{
    struct workflow_type *type = take(sizeof *type);
    const char *name = json_string_value(json_is_array(json) ? json_array_get(json, 0) : json);
    *type = (struct workflow_type){.kind = kind_named(name)};
    if (type->kind == WORKFLOW_KIND_LIST && json_is_array(json))
        type->element = read_type(json_array_get(json, 1));
    if (type->kind == WORKFLOW_KIND_MAP && json_is_array(json)) {
        type->key = read_type(json_array_get(json, 1));
        type->element = read_type(json_array_get(json, 2));
    }
    return type;
}

static struct workflow_value read_value(const json_t *json);

static struct workflow_value read_items(const json_t *array, bool map)
{
    size_t n = json_array_size(array), step = map ? 2 : 1;
    struct workflow_value *items = take((n * step + 1) * sizeof *items);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(array, i);
        items[i * step] = read_value(map ? json_array_get(item, 0) : item);
        if (map)
            items[i * step + 1] = read_value(json_array_get(item, 1));
    }
    return map ? workflow_value_map(items, n) : workflow_value_list(items, n);
}

static double read_double(const json_t *json)
{
    return json_is_string(json) ? strtod(json_string_value(json), NULL) : json_number_value(json);
}

static struct workflow_value read_value(const json_t *json)
{
    if (!json_is_object(json))
        return workflow_value_unset();
    const char *kind = json_object_iter_key(json_object_iter((json_t *)json));
    const json_t *of = json_object_get(json, kind);
    switch (kind_named(kind)) {
    case WORKFLOW_KIND_BOOL:
        return workflow_value_bool(json_is_true(of));
    case WORKFLOW_KIND_INT:
        return workflow_value_int(strtoll(json_string_value(of), NULL, 10));
    case WORKFLOW_KIND_DOUBLE:
        return workflow_value_double(read_double(of));
    case WORKFLOW_KIND_STRING: {
        char *copy = take(json_string_length(of) + 1);
        memcpy(copy, json_string_value(of), json_string_length(of));
        return workflow_value_string(copy, json_string_length(of));
    }
    case WORKFLOW_KIND_LIST:
    case WORKFLOW_KIND_MAP:
        return read_items(of, strcmp(kind, "map") == 0);
    case WORKFLOW_KIND_TIMESTAMP:
        return workflow_value_timestamp(json_integer_value(json_array_get(of, 0)),
                                        (uint32_t)json_integer_value(json_array_get(of, 1)));
    case WORKFLOW_KIND_DURATION:
        return workflow_value_duration(json_integer_value(json_array_get(of, 0)),
                                       (uint32_t)json_integer_value(json_array_get(of, 1)));
    case WORKFLOW_KIND_TYPE:
        return (struct workflow_value){.kind = WORKFLOW_KIND_TYPE, .n = kind_named(json_string_value(of))};
    default:
        return workflow_value_null();
    }
}

static json_t *write_value(const struct workflow_value *value);

static json_t *write_items(const struct workflow_value *value)
{
    json_t *items = json_array();
    bool map = value->kind == WORKFLOW_KIND_MAP;
    for (size_t i = 0; i < value->n; i++)
        if (map)
            json_array_append_new(
                items, json_pack("[oo]", write_value(&value->items[2 * i]), write_value(&value->items[2 * i + 1])));
        else
            json_array_append_new(items, write_value(&value->items[i]));
    return items;
}

static json_t *write_double(double real)
{
    if (isnan(real) || isinf(real))
        return json_string(isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    return json_real(real);
}

static json_t *write_value(const struct workflow_value *value)
{
    char digits[32];
    const char *kind = workflow_kind_name((enum workflow_kind)value->kind);
    switch (value->kind) {
    case WORKFLOW_KIND_BOOL:
        return json_pack("{sb}", kind, value->boolean);
    case WORKFLOW_KIND_INT:
        snprintf(digits, sizeof digits, "%" PRId64, value->integer);
        return json_pack("{ss}", kind, digits);
    case WORKFLOW_KIND_DOUBLE:
        return json_pack("{so}", kind, write_double(value->real));
    case WORKFLOW_KIND_STRING:
        return json_pack("{so}", kind, json_stringn(value->text, value->n));
    case WORKFLOW_KIND_TIMESTAMP:
    case WORKFLOW_KIND_DURATION:
        return json_pack("{s[Ii]}", kind, (json_int_t)value->integer, (int)value->n);
    case WORKFLOW_KIND_LIST:
    case WORKFLOW_KIND_MAP:
        return json_pack("{so}", kind, write_items(value));
    case WORKFLOW_KIND_TYPE:
        return json_pack("{ss}", kind, workflow_kind_name((enum workflow_kind)value->n));
    default:
        return json_pack("{sn}", "null");
    }
}

static bool resolve_state(void *context, const char *text, size_t length, uint32_t *ret_number)
{
    (void)context;
    *ret_number = length == 6 && memcmp(text, "closed", 6) == 0;
    return *ret_number == 1 || (length == 5 && memcmp(text, "draft", 5) == 0);
}

static const char *suggest_state(void *context, size_t i)
{
    (void)context;
    return i == 0 ? "draft" : i == 1 ? "closed" : NULL;
}

static bool ask(void *context, unsigned predicate, uint32_t number)
{
    (void)context;
    return predicate == 0 && number == 0;
}

/* The zones of this machine. */
static bool zone(void *context, const char *name, size_t length, int64_t instant_s, int32_t *ret_offset_s)
{
    (void)context;
    char value[SMALL];
    snprintf(value, sizeof value, ":/usr/share/zoneinfo/%.*s", (int)length, name);
    if (access(value + 1, R_OK) != 0)
        return false;
    setenv("TZ", value, 1);
    tzset();
    struct tm local;
    time_t instant = (time_t)instant_s;
    if (localtime_r(&instant, &local) == NULL)
        return false;
    *ret_offset_s = (int32_t)local.tm_gmtoff;
    return true;
}

static json_t *write_faults(const struct workflow_expression_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->n && i < faults->max; i++) {
        const struct workflow_expression_fault *fault = &faults->list[i];
        json_array_append_new(list, json_pack("{ss si si si si ss}", "code", fault->code, "line", (int)fault->line,
                                              "column", (int)fault->column, "offset", (int)fault->offset, "length",
                                              (int)fault->length, "message", fault->message));
    }
    return json_pack("{so}", "faults", list);
}

/* The canonical text, from a parse of its own. */
static json_t *canonical(const char *text, size_t length, const struct workflow_environment *environment)
{
    struct workflow_expression_faults faults = {0};
    const struct workflow_syntax *syntax = workflow_syntax_parse(text, length, environment, &arena, &faults);
    if (syntax == NULL)
        abort(); /* it was compiled a moment ago */
    size_t n = workflow_syntax_print(syntax, NULL, 0);
    char *printed = take(n + 1);
    workflow_syntax_print(syntax, printed, n + 1);
    return json_stringn(printed, n);
}

static json_t *evaluate(const struct workflow_expression *expression, const struct workflow_value *values, size_t n)
{
    struct workflow_bindings bindings = {.roots = values, .n_roots = n, .ask = ask, .zone = zone, .scratch = &arena};
    size_t used = arena.used;
    struct workflow_value result = workflow_expression_evaluate(expression, &bindings);
    json_t *answer;
    if (result.kind == WORKFLOW_KIND_ERROR)
        answer = json_pack("{s{ss si}}", "error", "code", workflow_error_key((enum workflow_error)result.error), "at",
                           (int)result.n);
    else
        answer = json_pack("{so}", "value", write_value(&result));
    arena.used = used;
    return answer;
}

static json_t *answer(const json_t *line)
{
    static const struct workflow_predicate predicates[] = {{"in_state", resolve_state, suggest_state}};
    struct workflow_expression_fault list[FAULTS];
    struct workflow_expression_faults faults = {list, FAULTS, 0};
    struct workflow_member roots[ROOTS];
    struct workflow_value values[ROOTS];
    const json_t *expr = json_object_get(line, "expr"), *names = json_object_get(line, "roots");
    size_t n = json_array_size(names) < ROOTS ? json_array_size(names) : ROOTS;
    for (size_t i = 0; i < n; i++) {
        const json_t *root = json_array_get(names, i);
        roots[i] = (struct workflow_member){.name = json_string_value(json_array_get(root, 0)),
                                            .type = read_type(json_array_get(root, 1))};
        values[i] = read_value(json_array_get(json_object_get(line, "values"), i));
    }
    struct workflow_environment environment = {
        .roots = roots,
        .n_roots = n,
        .predicates = predicates,
        .n_predicates = 1,
        .length_max = (size_t)json_integer_value(json_object_get(line, "length_max")),
        .cost_max = UINT64_MAX,
        .waive_types = !json_is_true(json_object_get(line, "check")),
    };
    const json_t *wanted = json_object_get(line, "wanted");
    const struct workflow_expression *expression =
        workflow_expression_compile(json_string_value(expr), json_string_length(expr), &environment,
                                    wanted != NULL ? read_type(wanted) : NULL, &arena, &faults);
    if (expression == NULL)
        return write_faults(&faults);
    json_t *result = evaluate(expression, values, n);
    json_object_set_new(result, "type", json_string(workflow_expression_type(expression)));
    json_object_set_new(result, "cost", json_integer((json_int_t)workflow_expression_cost(expression)));
    json_object_set_new(result, "text", canonical(json_string_value(expr), json_string_length(expr), &environment));
    return result;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    arena = (struct workflow_memory){.bytes = aligned_alloc(16, MEMORY), .size = MEMORY};
    while (getline(&line, &room, stdin) > 0) {
        arena.used = 0;
        json_error_t error;
        json_t *json = json_loads(line, JSON_ALLOW_NUL, &error), *told = json == NULL ? NULL : answer(json);
        char *text = told == NULL ? NULL : json_dumps(told, JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (text == NULL) {
            fprintf(stderr, "%s: %s\n", error.text, line);
            return 1;
        }
        puts(text);
        free(text);
        json_decref(told);
        json_decref(json);
    }
    free(line);
    free(arena.bytes);
    return 0;
}
