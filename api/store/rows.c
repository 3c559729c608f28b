/* Values on their way from PostgreSQL: binary, read by their width and type. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "store/store_internal.h"

struct rows {
    PGresult *result; /* NULL: no rows */
    struct arena *arena;
    size_t count;
    int columns;
};

const struct rows rows_none = {.result = NULL};

/* Types of pg_type.dat whose binary form is not the text that people mean. */
enum { OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_DATE = 1082, OID_UUID = 2950, OID_JSONB = 3802 };

#define EPOCH_2000_US   INT64_C(946684800000000)
#define EPOCH_2000_DAYS INT64_C(10957)

static void clear(void *result)
{
    PQclear(result);
}

const struct rows *rows_new(struct arena *arena, PGresult *result)
{
    struct rows *rows = arena_alloc(arena, sizeof *rows);
    rows->result = result;
    rows->arena = arena;
    rows->count = (size_t)PQntuples(result);
    rows->columns = PQnfields(result);
    arena_attach(arena, clear, result);
    return rows;
}

size_t rows_count(const struct rows *rows)
{
    return rows ? rows->count : 0;
}

size_t rows_affected(const struct rows *rows)
{
    if (!rows || !rows->result)
        return 0;
    size_t count = 0;
    for (const char *digit = PQcmdTuples(rows->result); *digit >= '0' && *digit <= '9'; digit++)
        count = count * 10 + (size_t)(*digit - '0');
    return count;
}

bool rows_null(const struct rows *rows, size_t row, int column)
{
    return row >= rows_count(rows) || column >= rows->columns || PQgetisnull(rows->result, (int)row, column);
}

const unsigned char *rows_bytes(const struct rows *rows, size_t row, int column, size_t *ret_length)
{
    if (rows_null(rows, row, column)) {
        *ret_length = 0;
        return NULL;
    }
    *ret_length = (size_t)PQgetlength(rows->result, (int)row, column);
    return (const unsigned char *)PQgetvalue(rows->result, (int)row, column);
}

static const char *uuid_text(const struct rows *rows, const unsigned char *bytes)
{
    char *text = arena_alloc(rows->arena, HEX_UUID_SIZE);
    hex_uuid(text, bytes);
    return text;
}

/* Days since 1970 -> YYYY-MM-DD (H. Hinnant's civil_from_days; years 0000 to 9999 are all that a date of ours can
 * mean). */
static const char *date_text(const struct rows *rows, int64_t days)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_index = (5 * day_of_year + 2) / 153;
    const int64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
    const int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
    const int64_t year = year_of_era + era * 400 + (month <= 2);
    return arena_printf(rows->arena, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month, day);
}

const char *rows_text(const struct rows *rows, size_t row, int column)
{
    size_t length;
    const unsigned char *bytes = rows_bytes(rows, row, column, &length);
    if (!bytes)
        return NULL;
    switch (PQftype(rows->result, column)) {
    case OID_JSONB: /* one version byte stands before the text */
        return (const char *)bytes + (length > 0);
    case OID_UUID:
        return length == 16 ? uuid_text(rows, bytes) : NULL;
    case OID_DATE:
        return date_text(rows, rows_number(rows, row, column) + EPOCH_2000_DAYS);
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return arena_printf(rows->arena, "%" PRId64, rows_number(rows, row, column));
    default: /* libpq puts a NUL behind every value */
        return (const char *)bytes;
    }
}

int64_t rows_number(const struct rows *rows, size_t row, int column)
{
    size_t length;
    const unsigned char *bytes = rows_bytes(rows, row, column, &length);
    if (!bytes || (length != 2 && length != 4 && length != 8))
        return 0;
    uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0; /* the sign fills what is left of it */
    for (size_t i = 0; i < length; i++)
        value = value << 8 | bytes[i];
    int64_t number;
    memcpy(&number, &value, sizeof number);
    return number;
}

bool rows_bool(const struct rows *rows, size_t row, int column)
{
    size_t length;
    const unsigned char *bytes = rows_bytes(rows, row, column, &length);
    return bytes && length == 1 && bytes[0] != 0;
}

int64_t rows_time(const struct rows *rows, size_t row, int column)
{
    if (rows_null(rows, row, column))
        return 0;
    const int64_t since_2000 = rows_number(rows, row, column);
    if (PQftype(rows->result, column) == OID_DATE)
        return (since_2000 + EPOCH_2000_DAYS) * INT64_C(86400000000);
    if (since_2000 > INT64_MAX - EPOCH_2000_US) /* 'infinity' */
        return INT64_MAX;
    return since_2000 + EPOCH_2000_US;
}
