#include "base/json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct scan {
    const char *start, *at, *end;
    enum json_fault fault;
    unsigned depth;
    bool objects[JSON_DEPTH_MAX]; /* what is open: an object, or else an array */
};

static bool fail(struct scan *scan, enum json_fault fault)
{
    if (scan->fault == JSON_FAULT_FINE)
        scan->fault = scan->at >= scan->end && fault == JSON_FAULT_UNEXPECTED ? JSON_FAULT_CUT : fault;
    return false;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
}

static bool peek(const struct scan *scan, char expected)
{
    return scan->at < scan->end && *scan->at == expected;
}

static bool is_digit(const struct scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static bool scan_hex4(struct scan *scan, unsigned *ret)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++, scan->at++) {
        if (scan->at >= scan->end)
            return fail(scan, JSON_FAULT_CUT);
        char c = *scan->at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return fail(scan, JSON_FAULT_BAD_ESCAPE);
        value = value * 16 + digit;
    }
    *ret = value;
    return true;
}

static bool scan_unicode_escape(struct scan *scan)
{
    unsigned first, second;
    if (!scan_hex4(scan, &first))
        return false;
    if (first == 0)
        return fail(scan, JSON_FAULT_NUL);
    if (first < 0xD800 || first > 0xDFFF)
        return true;
    if (first > 0xDBFF || scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u')
        return fail(scan, JSON_FAULT_BAD_ESCAPE);
    scan->at += 2;
    if (!scan_hex4(scan, &second))
        return false;
    return second >= 0xDC00 && second <= 0xDFFF ? true : fail(scan, JSON_FAULT_BAD_ESCAPE);
}

static bool scan_escape(struct scan *scan)
{
    if (++scan->at >= scan->end)
        return fail(scan, JSON_FAULT_CUT);
    char letter = *scan->at;
    if (letter == 'u') {
        scan->at++;
        return scan_unicode_escape(scan);
    }
    if (letter == '\0' || !strchr("\"\\/bfnrt", letter))
        return fail(scan, JSON_FAULT_BAD_ESCAPE);
    scan->at++;
    return true;
}

static bool scan_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->end) {
        unsigned char byte = (unsigned char)*scan->at;
        if (byte == '"') {
            scan->at++;
            return true;
        }
        if (byte == '\\') {
            if (!scan_escape(scan))
                return false;
            continue;
        }
        if (byte < 0x20)
            return fail(scan, byte == 0 ? JSON_FAULT_NUL : JSON_FAULT_CONTROL);
        size_t step = utf8_length(scan->at, (size_t)(scan->end - scan->at));
        if (step == 0)
            return fail(scan, JSON_FAULT_BAD_UTF8);
        scan->at += step;
    }
    return fail(scan, JSON_FAULT_CUT);
}

/* An integer must fit 64 bits and a fraction a double: what we cannot hold, we refuse rather than round. */
static bool number_fits(const char *at, size_t length, bool whole)
{
    char digits[512];
    if (length >= sizeof digits)
        return false;
    memcpy(digits, at, length);
    digits[length] = '\0';
    if (!whole) {
        double value = strtod(digits, NULL);
        return value - value == 0.0;
    }
    bool negative = digits[0] == '-';
    uint64_t magnitude = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    for (const char *digit = digits + negative; *digit; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');
        if (magnitude > (limit - value) / 10)
            return false;
        magnitude = magnitude * 10 + value;
    }
    return true;
}

static bool scan_digits(struct scan *scan)
{
    if (!is_digit(scan))
        return fail(scan, scan->at >= scan->end ? JSON_FAULT_CUT : JSON_FAULT_BAD_NUMBER);
    while (is_digit(scan))
        scan->at++;
    return true;
}

static bool scan_number(struct scan *scan)
{
    const char *first = scan->at;
    bool whole = true;
    if (peek(scan, '-'))
        scan->at++;
    if (peek(scan, '0')) {
        scan->at++;
        if (is_digit(scan))
            return fail(scan, JSON_FAULT_BAD_NUMBER);
    } else if (!scan_digits(scan)) {
        return false;
    }
    if (peek(scan, '.')) {
        whole = false;
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    if (peek(scan, 'e') || peek(scan, 'E')) {
        whole = false;
        scan->at++;
        if (peek(scan, '+') || peek(scan, '-'))
            scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    size_t length = (size_t)(scan->at - first);
    if (number_fits(first, length, whole))
        return true;
    scan->at = first;
    return fail(scan, JSON_FAULT_NUMBER_RANGE);
}

static bool scan_word(struct scan *scan, const char *word)
{
    for (; *word; word++, scan->at++)
        if (!peek(scan, *word))
            return fail(scan, JSON_FAULT_UNEXPECTED);
    return true;
}

static bool scan_scalar(struct scan *scan)
{
    if (scan->at >= scan->end)
        return fail(scan, JSON_FAULT_CUT);
    switch (*scan->at) {
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    default:
        if (peek(scan, '-') || is_digit(scan))
            return scan_number(scan);
        return fail(scan, JSON_FAULT_UNEXPECTED);
    }
}

static bool scan_member_name(struct scan *scan)
{
    skip_space(scan);
    if (!peek(scan, '"'))
        return fail(scan, JSON_FAULT_UNEXPECTED);
    if (!scan_string(scan))
        return false;
    skip_space(scan);
    if (!peek(scan, ':'))
        return fail(scan, JSON_FAULT_UNEXPECTED);
    scan->at++;
    return true;
}

/* Opens an object or array. *ret_empty: it closed at once, so a value is complete. */
static bool scan_open(struct scan *scan, bool *ret_empty)
{
    bool object = *scan->at == '{';
    if (scan->depth == JSON_DEPTH_MAX)
        return fail(scan, JSON_FAULT_TOO_DEEP);
    scan->at++;
    skip_space(scan);
    *ret_empty = peek(scan, object ? '}' : ']');
    if (*ret_empty) {
        scan->at++;
        return true;
    }
    scan->objects[scan->depth++] = object;
    return object ? scan_member_name(scan) : true;
}

/* After a value: closes what ends here. *ret_more: a comma says that another value follows. */
static bool scan_after_value(struct scan *scan, bool *ret_more)
{
    *ret_more = false;
    while (scan->depth > 0) {
        bool object = scan->objects[scan->depth - 1];
        skip_space(scan);
        if (peek(scan, ',')) {
            scan->at++;
            *ret_more = true;
            return object ? scan_member_name(scan) : true;
        }
        if (!peek(scan, object ? '}' : ']'))
            return fail(scan, JSON_FAULT_UNEXPECTED);
        scan->at++;
        scan->depth--;
    }
    return true;
}

static bool scan_document(struct scan *scan)
{
    bool more = true;
    while (more) {
        bool complete = true;
        skip_space(scan);
        if (peek(scan, '{') || peek(scan, '[')) {
            if (!scan_open(scan, &complete))
                return false;
        } else if (!scan_scalar(scan)) {
            return false;
        }
        if (complete && !scan_after_value(scan, &more))
            return false;
    }
    skip_space(scan);
    return scan->at == scan->end ? true : fail(scan, JSON_FAULT_TRAILING);
}

struct json_position json_position_at(const char *bytes, size_t offset)
{
    struct json_position position = {.line = 1};
    size_t line_start = 0;
    for (size_t i = 0; i < offset; i++)
        if (bytes[i] == '\n') {
            position.line++;
            line_start = i + 1;
        }
    position.column = utf8_count(bytes + line_start, offset - line_start) + 1;
    return position;
}

enum json_fault json_scan(const char *bytes, size_t length, struct json_position *ret)
{
    struct scan scan = {.start = bytes, .at = bytes, .end = bytes + length};
    *ret = (struct json_position){1, 1};
    skip_space(&scan);
    if (scan.at == scan.end)
        return JSON_FAULT_EMPTY;
    if (scan_document(&scan))
        return JSON_FAULT_FINE;
    *ret = json_position_at(bytes, (size_t)(scan.at - scan.start));
    return scan.fault;
}
