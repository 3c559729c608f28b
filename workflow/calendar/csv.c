/* The local holidays of Catalonia, as the open data set b4eh-r8up has them. */
#include "workflow/calendar/source.h"

#include <string.h>

enum { COLUMN_YEAR, COLUMN_DATE, COLUMN_PLACE, COLUMN_INE, COLUMN_NUCLEUS, COLUMN_KIND, COLUMNS };

static const char *const column_names[COLUMNS] = {"any_calendari",     "data",    "ajuntament_o_nucli_municipal",
                                                  "codi_municipi_ine", "pedania", "festiu"};

/* ---- Rows ------------------------------------------------------------------------------------------------- */

/* Puts a byte of a field where it belongs; what does not fit makes the row too long. */
static void put_byte(char *field, size_t *length, char byte)
{
    if (*length < WORKFLOW_HOLIDAY_TEXT_MAX)
        field[*length] = byte;
    ++*length;
}

/* Reads a field behind its opening quote, up to the closing one; "" is a quote. False when there is none. */
static bool read_quoted(struct workflow_csv *csv, char *field, size_t *length)
{
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at == csv->end || *csv->at != '"')
                return true;
        }
        csv->line += *csv->at == '\n';
        put_byte(field, length, *csv->at);
    }
    return false;
}

static bool at_field_end(const struct workflow_csv *csv)
{
    return csv->at == csv->end || *csv->at == csv->separator || *csv->at == '\n';
}

/* Reads one field into its place; without blanks around it. */
static const char *read_field(struct workflow_csv *csv, char *field)
{
    size_t length = 0;
    const char *complaint = NULL;
    if (csv->at < csv->end && *csv->at == '"') {
        csv->at++;
        if (!read_quoted(csv, field, &length))
            complaint = "a quote is never closed";
    }
    for (; !at_field_end(csv); csv->at++)
        if (*csv->at != '\r' && (length > 0 || *csv->at != ' '))
            put_byte(field, &length, *csv->at);
    if (length > WORKFLOW_HOLIDAY_TEXT_MAX) {
        complaint = "a field is too long";
        length = WORKFLOW_HOLIDAY_TEXT_MAX;
    }
    while (length > 0 && field[length - 1] == ' ')
        length--;
    field[length] = '\0';
    return complaint;
}

/* Reads a row, all of it whatever is wrong in it. False, with the fault, when something is. */
static bool read_row(struct workflow_csv *csv, size_t line, size_t *ret_n, struct workflow_source_fault *ret_fault)
{
    char surplus[WORKFLOW_HOLIDAY_TEXT_MAX + 1];
    const char *complaint = NULL;
    size_t n = 0;
    for (bool more = true; more; n++) {
        const char *found = read_field(csv, n < WORKFLOW_CSV_COLUMNS_MAX ? csv->fields[n] : surplus);
        complaint = complaint ? complaint : found;
        more = csv->at < csv->end && *csv->at == csv->separator;
        csv->at += csv->at < csv->end;
    }
    csv->line++;
    *ret_n = n;
    if (n > WORKFLOW_CSV_COLUMNS_MAX)
        complaint = "too many columns";
    return complaint ? source_fault(ret_fault, line, complaint, NULL) : true;
}

/* ---- Header ----------------------------------------------------------------------------------------------- */

/* "Codi municipi INE" is codi_municipi_ine. */
static bool is_name(const char *field, const char *name)
{
    for (; *field && *name; field++, name++) {
        const char lower = *field >= 'A' && *field <= 'Z' ? (char)(*field + ('a' - 'A')) : *field;
        if ((lower == ' ' ? '_' : lower) != *name)
            return false;
    }
    return *field == *name;
}

bool workflow_csv_open(struct workflow_csv *ret_csv, const char *bytes, size_t length,
                       struct workflow_source_fault *ret_fault)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct workflow_csv *csv = ret_csv;
    const size_t mark = length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0 ? 3 : 0;
    csv->at = bytes + mark;
    csv->end = bytes + length;
    csv->line = 1;
    csv->separator = ',';
    for (const char *at = csv->at; at < csv->end && *at != '\n' && *at != ','; at++)
        if (*at == ';')
            csv->separator = ';';
    if (!read_row(csv, 1, &csv->n_columns, ret_fault))
        return false;
    for (int column = 0; column < COLUMNS; column++) {
        csv->columns[column] = -1;
        for (size_t i = 0; i < csv->n_columns; i++)
            if (is_name(csv->fields[i], column_names[column]))
                csv->columns[column] = (int8_t)i;
        if (csv->columns[column] < 0)
            return source_fault(ret_fault, 1, "there is no column", column_names[column]);
    }
    return true;
}

/* ---- What a row says -------------------------------------------------------------------------------------- */

static const char *field_of(const struct workflow_csv *csv, int column)
{
    return csv->fields[csv->columns[column]];
}

/* "2026-05-25", "2026-05-25T00:00:00.000", "25/05/2026". */
static bool read_date(const char *text, int32_t *ret_day)
{
    const size_t length = strlen(text);
    if (length == 10 && text[2] == '/' && text[5] == '/')
        return source_date(text + 6, text + 3, text, ret_day);
    if (length < 10 || text[4] != '-' || text[7] != '-' || !source_date(text, text + 5, text + 8, ret_day))
        return false;
    return length == 10 || strcmp(text + 10, "T00:00:00") == 0 || strcmp(text + 10, "T00:00:00.000") == 0;
}

/* Digits, with leading zeroes up to width; more of them are no code. */
static bool read_code(const char *text, size_t width, char *ret_code)
{
    const size_t length = strlen(text);
    int number;
    if (length == 0 || length > width || !source_digits(text, length, &number))
        return false;
    memset(ret_code, '0', width - length);
    memcpy(ret_code + width - length, text, length + 1);
    return true;
}

/* Both names have been in use. */
static bool is_local(const char *kind)
{
    return is_name(kind, "festa_local") || is_name(kind, "festiu_local");
}

static bool judge(const struct workflow_csv *csv, struct workflow_csv_row *ret_row,
                  struct workflow_source_fault *ret_fault)
{
    const char *year = field_of(csv, COLUMN_YEAR), *date = field_of(csv, COLUMN_DATE);
    int number;
    if (!read_date(date, &ret_row->day))
        return source_fault(ret_fault, ret_row->line, "no date", date);
    if (strlen(year) != 4 || !source_digits(year, 4, &number) || workflow_day_date(ret_row->day).year != number)
        return source_fault(ret_fault, ret_row->line, "a date of another year than its calendar's", year);
    if (!read_code(field_of(csv, COLUMN_INE), sizeof ret_row->ine5 - 1, ret_row->ine5))
        return source_fault(ret_fault, ret_row->line, "no code of a town", field_of(csv, COLUMN_INE));
    if (!read_code(field_of(csv, COLUMN_NUCLEUS), sizeof ret_row->nucleus - 1, ret_row->nucleus))
        return source_fault(ret_fault, ret_row->line, "no code of a nucleus", field_of(csv, COLUMN_NUCLEUS));
    return true;
}

enum workflow_source_next workflow_csv_next(struct workflow_csv *csv, struct workflow_csv_row *ret_row,
                                            struct workflow_source_fault *ret_fault)
{
    size_t n;
    while (csv->at < csv->end && (*csv->at == '\n' || *csv->at == '\r'))
        csv->line += *csv->at++ == '\n';
    if (csv->at == csv->end)
        return WORKFLOW_SOURCE_END;
    *ret_row = (struct workflow_csv_row){.line = csv->line};
    if (!read_row(csv, ret_row->line, &n, ret_fault))
        return WORKFLOW_SOURCE_FAULT;
    if (n != csv->n_columns) {
        source_fault(ret_fault, ret_row->line, "not as many fields as the header has", NULL);
        return WORKFLOW_SOURCE_FAULT;
    }
    if (!is_local(field_of(csv, COLUMN_KIND)))
        return WORKFLOW_SOURCE_ITEM;
    if (!judge(csv, ret_row, ret_fault))
        return WORKFLOW_SOURCE_FAULT;
    ret_row->is_local = true;
    memcpy(ret_row->place, field_of(csv, COLUMN_PLACE), sizeof ret_row->place);
    return WORKFLOW_SOURCE_ITEM;
}
