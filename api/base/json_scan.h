/* The strict reading of RFC 8259 that comes before jansson's: it finds where and why, and bounds what jansson gets. */
#ifndef OAM_BASE_JSON_SCAN_H
#define OAM_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32

enum json_fault {
    JSON_FAULT_FINE,
    JSON_FAULT_EMPTY,
    JSON_FAULT_UNEXPECTED, /* a character that cannot stand there */
    JSON_FAULT_CUT,        /* the text ends too soon */
    JSON_FAULT_TRAILING,   /* something follows the value */
    JSON_FAULT_TOO_DEEP,
    JSON_FAULT_BAD_UTF8,
    JSON_FAULT_CONTROL,    /* a raw control character in a string */
    JSON_FAULT_BAD_ESCAPE, /* an unknown escape, or half a surrogate pair */
    JSON_FAULT_NUL,        /* \u0000: C texts and PostgreSQL cannot hold it */
    JSON_FAULT_BAD_NUMBER,
    JSON_FAULT_NUMBER_RANGE, /* beyond 64 bits, or no finite double */
    JSON_FAULT_DUPLICATE,    /* told by jansson */
};

struct json_position {
    size_t line, column; /* from 1; the column counts characters */
};

/* JSON_FAULT_FINE, or the first fault and where it is. */
enum json_fault json_scan(const char *bytes, size_t length, struct json_position *ret);

/* Line and column of the byte at `offset`. */
struct json_position json_position_at(const char *bytes, size_t offset);

#endif
