/*
 * Inside the expressions: instants and elapsed times, in texts and in parts. The proleptic Gregorian calendar, UTC,
 * without leap seconds, as google.protobuf.Timestamp has it.
 */
#ifndef OAM_WORKFLOW_EXPRESSION_MOMENT_H
#define OAM_WORKFLOW_EXPRESSION_MOMENT_H

#include "workflow/value.h"

enum { MOMENT_TEXT_MAX = 48 }; /* bytes of any instant or elapsed time written, without a terminator */

/* Makes an instant of seconds since 1970 and nanoseconds (any sign, any size that fits); false: outside years 1 to
 * 9999. */
bool moment_timestamp(int64_t seconds, int64_t nanoseconds, struct workflow_value *ret);
/* Makes an elapsed time likewise; false: beyond 2^63 nanoseconds. */
bool moment_duration(int64_t seconds, int64_t nanoseconds, struct workflow_value *ret);

/* Reads RFC 3339 with up to nine decimals, capital T and Z. */
bool moment_parse_timestamp(const char *text, size_t length, struct workflow_value *ret);
/* Reads what Go's time.ParseDuration does: [+-] and decimals with units, h m s ms us ns; "0" too. Each decimal is cut
 * to whole nanoseconds. */
bool moment_parse_duration(const char *text, size_t length, struct workflow_value *ret);

/* Writes RFC 3339 in UTC, decimals only as far as needed. ret_text has MOMENT_TEXT_MAX bytes; returns the bytes. */
size_t moment_print_timestamp(const struct workflow_value *timestamp, char *ret_text);
/* Writes seconds with decimals as far as needed: "-1.5s". ret_text has MOMENT_TEXT_MAX bytes; returns the bytes. */
size_t moment_print_duration(const struct workflow_value *duration, char *ret_text);

/* What getFullYear() and the like ask for, in the order of their names in moment_part_find(). */
enum moment_part {
    MOMENT_FULL_YEAR,
    MOMENT_MONTH, /* from 0 */
    MOMENT_DATE,  /* from 1 */
    MOMENT_DAY_OF_MONTH,
    MOMENT_DAY_OF_WEEK, /* Sunday is 0 */
    MOMENT_DAY_OF_YEAR,
    MOMENT_HOURS,
    MOMENT_MINUTES,
    MOMENT_SECONDS,
    MOMENT_MILLISECONDS
};
enum { MOMENT_PARTS = 10 };

/* Returns the name of an accessor: "getFullYear", ... */
const char *moment_part_name(enum moment_part part);
/* Tells whether an elapsed time has such a part: hours, minutes, seconds, milliseconds. */
bool moment_part_of_duration(enum moment_part part);
/* Returns a part of an instant, seen offset_s seconds ahead of UTC. */
int64_t moment_timestamp_part(const struct workflow_value *timestamp, int32_t offset_s, enum moment_part part);
/* Returns a part of an elapsed time: all of it in hours, minutes or seconds, cut towards zero; milliseconds within the
 * second. */
int64_t moment_duration_part(const struct workflow_value *duration, enum moment_part part);
/* Reads "UTC" or [+-]hh:mm as seconds ahead of UTC; false: it is a name, or nothing. */
bool moment_parse_offset(const char *text, size_t length, int32_t *ret_offset_s);

#endif
