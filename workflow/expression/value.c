/* Values as texts, and the words for what they are. */
#include "workflow/expression/moment.h"
#include "workflow/expression/number.h"
#include "workflow/expression/writer.h"

enum { PRINT_DEPTH_MAX = 32 };

const char *workflow_kind_name(enum workflow_kind kind)
{
    static const char *const names[] = {
        [WORKFLOW_KIND_UNSET] = "unset",         [WORKFLOW_KIND_NULL] = "null_type",
        [WORKFLOW_KIND_BOOL] = "bool",           [WORKFLOW_KIND_INT] = "int",
        [WORKFLOW_KIND_DOUBLE] = "double",       [WORKFLOW_KIND_STRING] = "string",
        [WORKFLOW_KIND_TIMESTAMP] = "timestamp", [WORKFLOW_KIND_DURATION] = "duration",
        [WORKFLOW_KIND_LIST] = "list",           [WORKFLOW_KIND_MAP] = "map",
        [WORKFLOW_KIND_RECORD] = "record",       [WORKFLOW_KIND_TYPE] = "type",
        [WORKFLOW_KIND_ERROR] = "error",         [WORKFLOW_KIND_DYN] = "dyn",
    };
    return kind <= WORKFLOW_KIND_DYN ? names[kind] : "unknown";
}

const char *workflow_error_key(enum workflow_error error)
{
    static const char *const keys[] = {
        [WORKFLOW_ERROR_NONE] = "none",
        [WORKFLOW_ERROR_NO_SUCH_FIELD] = "no_such_field",
        [WORKFLOW_ERROR_NO_SUCH_KEY] = "no_such_key",
        [WORKFLOW_ERROR_NO_SUCH_OVERLOAD] = "no_such_overload",
        [WORKFLOW_ERROR_UNKNOWN_NAME] = "unknown_name",
        [WORKFLOW_ERROR_OVERFLOW] = "overflow",
        [WORKFLOW_ERROR_DIVISION_BY_ZERO] = "division_by_zero",
        [WORKFLOW_ERROR_INDEX] = "index",
        [WORKFLOW_ERROR_INVALID] = "invalid",
        [WORKFLOW_ERROR_DUPLICATE_KEY] = "duplicate_key",
        [WORKFLOW_ERROR_BAD_KEY] = "bad_key",
        [WORKFLOW_ERROR_TOO_LARGE] = "too_large",
        [WORKFLOW_ERROR_TOO_LONG] = "too_long",
    };
    return error <= WORKFLOW_ERROR_TOO_LONG ? keys[error] : "unknown";
}

static void print(struct writer *writer, const struct workflow_value *value, unsigned depth);

static void print_items(struct writer *writer, const struct workflow_value *value, unsigned depth)
{
    bool list = value->kind == WORKFLOW_KIND_LIST, map = value->kind == WORKFLOW_KIND_MAP;
    writer_text(writer, list ? "[" : "{");
    for (size_t i = 0; i < (map ? 2 * (size_t)value->n : value->n); i++) {
        if (i > 0)
            writer_text(writer, map && i % 2 == 1 ? ": " : ", ");
        print(writer, &value->items[i], depth - 1);
    }
    writer_text(writer, list ? "]" : "}");
}

static void print_double(struct writer *writer, double real)
{
    char text[NUMBER_TEXT_MAX];
    size_t n = number_print_double(real, text);
    bool whole = real == real && n < 22;
    for (size_t i = 0; i < n; i++)
        whole = whole && (text[i] == '-' || (text[i] >= '0' && text[i] <= '9'));
    writer_put(writer, text, n);
    writer_text(writer, whole ? ".0" : "");
}

static void print_moment(struct writer *writer, const struct workflow_value *value)
{
    char text[MOMENT_TEXT_MAX];
    bool instant = value->kind == WORKFLOW_KIND_TIMESTAMP;
    writer_text(writer, instant ? "timestamp('" : "duration('");
    writer_put(writer, text, instant ? moment_print_timestamp(value, text) : moment_print_duration(value, text));
    writer_text(writer, "')");
}

static void print(struct writer *writer, const struct workflow_value *value, unsigned depth)
{
    if (depth == 0) {
        writer_text(writer, "...");
        return;
    }
    switch (value->kind) {
    case WORKFLOW_KIND_NULL:
        writer_text(writer, "null");
        break;
    case WORKFLOW_KIND_BOOL:
        writer_text(writer, value->boolean ? "true" : "false");
        break;
    case WORKFLOW_KIND_INT:
        writer_int(writer, value->integer);
        break;
    case WORKFLOW_KIND_DOUBLE:
        print_double(writer, value->real);
        break;
    case WORKFLOW_KIND_STRING:
        writer_quoted(writer, value->text, value->n);
        break;
    case WORKFLOW_KIND_TIMESTAMP:
    case WORKFLOW_KIND_DURATION:
        print_moment(writer, value);
        break;
    case WORKFLOW_KIND_LIST:
    case WORKFLOW_KIND_MAP:
    case WORKFLOW_KIND_RECORD:
        print_items(writer, value, depth);
        break;
    case WORKFLOW_KIND_TYPE:
        writer_text(writer, workflow_kind_name((enum workflow_kind)value->n));
        break;
    case WORKFLOW_KIND_ERROR:
        writer_text(writer, "error: ");
        writer_text(writer, workflow_error_key((enum workflow_error)value->error));
        break;
    default:
        writer_text(writer, "unset");
    }
}

size_t workflow_value_print(const struct workflow_value *value, char *ret_text, size_t size)
{
    struct writer writer = writer_begin(ret_text, size);
    print(&writer, value, PRINT_DEPTH_MAX);
    return writer_end(&writer);
}
