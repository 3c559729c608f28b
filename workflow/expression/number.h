/*
 * Inside the expressions: numbers from texts and back, exactly, without libc (strtod and printf may allocate and follow
 * the locale).
 */
#ifndef OAM_WORKFLOW_EXPRESSION_NUMBER_H
#define OAM_WORKFLOW_EXPRESSION_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_MAX = 32 }; /* bytes of any number written, without a terminator */

/* Reads [+-]?digits that fit an int64_t; false otherwise. */
bool number_parse_int(const char *text, size_t length, int64_t *ret);

/*
 * Reads [+-]? digits [. digits] [e [+-] digits], "NaN", "Infinity" or "-Infinity", rounded correctly (half to even).
 * False for anything else and for a magnitude beyond the largest double.
 */
bool number_parse_double(const char *text, size_t length, double *ret);

/* Writes an int in decimal; ret_text has NUMBER_TEXT_MAX bytes. Returns the bytes written, no terminator. */
size_t number_print_int(int64_t integer, char *ret_text);

/*
 * Writes a double in the fewest digits that read back as the same double, as ECMAScript's Number::toString does
 * (123.456, 1e+21, 5e-324, NaN, -Infinity; -0 is "0"). ret_text has NUMBER_TEXT_MAX bytes; returns the bytes written.
 */
size_t number_print_double(double real, char *ret_text);

#endif
