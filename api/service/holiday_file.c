#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/json_out.h"
#include "base/utf8.h"
#include "service/holiday_import_internal.h"

#define FILE_MAX    (32U << 20)
#define FAULTS_TOLD 20

struct reading {
    const struct holiday_import_options *options;
    FILE *complaints;
    const char *bytes;
    size_t length;
    uint64_t years; /* bits from WORKFLOW_CALENDAR_FIRST_YEAR on: those in which the file has a date of its own */
    struct json_out out;
    struct holiday_file file;
};

static bool read_bytes(struct reading *reading, struct arena *arena)
{
    FILE *file = fopen(reading->options->path, "rb");
    if (!file) {
        fprintf(reading->complaints, "%s: %s\n", reading->options->path, strerror(errno));
        return false;
    }
    char *bytes = NULL;
    bool fine = fseek(file, 0, SEEK_END) == 0;
    const long size = fine ? ftell(file) : -1;
    fine = size >= 0 && size <= (long)FILE_MAX && fseek(file, 0, SEEK_SET) == 0;
    if (fine) {
        bytes = arena_alloc(arena, (size_t)size + 1);
        fine = fread(bytes, 1, (size_t)size, file) == (size_t)size;
    }
    fclose(file);
    if (!fine)
        fprintf(reading->complaints, "%s: not a file that can be read as a whole, of at most %u MB\n",
                reading->options->path, FILE_MAX >> 20);
    reading->bytes = bytes;
    reading->length = fine ? (size_t)size : 0;
    return fine;
}

static void tell_fault(struct reading *reading, const struct workflow_source_fault *fault)
{
    if (reading->file.n_faults++ < FAULTS_TOLD)
        fprintf(reading->complaints, "%s:%zu: %s\n", reading->options->path, fault->line, fault->what);
}

static uint64_t year_bit(int year)
{
    return year < WORKFLOW_CALENDAR_FIRST_YEAR || year > WORKFLOW_CALENDAR_LAST_YEAR
               ? 0
               : UINT64_C(1) << (year - WORKFLOW_CALENDAR_FIRST_YEAR);
}

/* The years that are imported: the one that is asked for, or those of the file that calendars know. */
static uint64_t wanted_years(const struct reading *reading)
{
    return reading->options->year ? year_bit(reading->options->year) : reading->years;
}

static void add_day(struct reading *reading, int32_t day, const char *name, const char *ine5, const char *nucleus)
{
    const struct workflow_date date = workflow_day_date(day);
    char text[32];
    snprintf(text, sizeof text, "%04d-%02u-%02u", date.year, date.month, date.day);
    json_out_object_begin(&reading->out);
    json_out_member_text(&reading->out, "day", text);
    json_out_member_text(&reading->out, "name", name);
    json_out_member_text(&reading->out, "ine5", ine5);
    json_out_member_text(&reading->out, "nucleus", nucleus);
    json_out_object_end(&reading->out);
    reading->file.n_days++;
}

/* ---- the table ---- */

static bool read_table(struct reading *reading)
{
    struct workflow_csv csv;
    struct workflow_csv_row row;
    struct workflow_source_fault fault;
    enum workflow_source_next next;
    if (!workflow_csv_open(&csv, reading->bytes, reading->length, &fault)) {
        fprintf(reading->complaints, "%s:%zu: %s\n", reading->options->path, fault.line, fault.what);
        return false;
    }
    while ((next = workflow_csv_next(&csv, &row, &fault)) != WORKFLOW_SOURCE_END) {
        const int year = next == WORKFLOW_SOURCE_ITEM && row.is_local ? workflow_day_date(row.day).year : 0;
        if (next == WORKFLOW_SOURCE_FAULT)
            tell_fault(reading, &fault);
        else if (!row.is_local)
            reading->file.n_elsewhere++;
        else if (reading->options->year ? year != reading->options->year : year_bit(year) == 0)
            reading->file.n_other_years++;
        else
            add_day(reading, row.day, NULL, row.ine5, row.nucleus);
    }
    return true;
}

/* ---- iCalendar ---- */

/* The years in which events that do not repeat lie: one that repeats tells nothing of the other holidays of its years.
 */
static void note_years(struct reading *reading)
{
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault;
    enum workflow_source_next next;
    workflow_ical_open(&ical, reading->bytes, reading->length);
    while ((next = workflow_ical_next(&ical, &event, &fault)) != WORKFLOW_SOURCE_END)
        if (next == WORKFLOW_SOURCE_ITEM && !event.is_yearly)
            reading->years |= year_bit(workflow_day_date(event.first_day).year);
}

static void add_event(struct reading *reading, const struct workflow_ical_event *event)
{
    int32_t days[WORKFLOW_ICAL_YEAR_DAYS_MAX];
    const uint64_t wanted = wanted_years(reading);
    size_t n_added = 0;
    for (int year = WORKFLOW_CALENDAR_FIRST_YEAR; year <= WORKFLOW_CALENDAR_LAST_YEAR; year++) {
        const size_t n =
            year_bit(year) & wanted ? workflow_ical_days(event, year, days, WORKFLOW_ICAL_YEAR_DAYS_MAX) : 0;
        for (size_t i = 0; i < n; i++)
            add_day(reading, days[i], event->name[0] ? event->name : NULL, NULL, NULL);
        n_added += n;
    }
    reading->file.n_other_years += n_added == 0;
}

static bool read_calendar(struct reading *reading)
{
    struct workflow_ical ical;
    struct workflow_ical_event event;
    struct workflow_source_fault fault;
    enum workflow_source_next next;
    if (!utf8_valid(reading->bytes, reading->length)) {
        fprintf(reading->complaints, "%s: not in UTF-8, so that its names are not readable\n", reading->options->path);
        return false;
    }
    note_years(reading);
    if (wanted_years(reading) == 0) {
        fprintf(reading->complaints, "%s: no holiday of a certain year; --year says which one is meant\n",
                reading->options->path);
        return false;
    }
    workflow_ical_open(&ical, reading->bytes, reading->length);
    while ((next = workflow_ical_next(&ical, &event, &fault)) != WORKFLOW_SOURCE_END)
        if (next == WORKFLOW_SOURCE_FAULT)
            tell_fault(reading, &fault);
        else
            add_event(reading, &event);
    return true;
}

/* ---- either ---- */

static bool is_calendar(const struct reading *reading)
{
    static const char beginning[] = "BEGIN:VCALENDAR";
    const size_t mark = reading->length >= 3 && memcmp(reading->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return reading->length - mark >= sizeof beginning - 1 &&
           strncasecmp(reading->bytes + mark, beginning, sizeof beginning - 1) == 0;
}

/* Whose days they are stands in the table, and nowhere in iCalendar. */
static bool check_scope(const struct reading *reading)
{
    const struct holiday_import_options *options = reading->options;
    const char *complaint = NULL;
    if (reading->file.is_table)
        complaint = options->scope || options->body ? "a table of towns: neither --scope nor --body is for it" : NULL;
    else if (!options->scope)
        complaint = "--scope says whose holidays these are: catalunya, aran or local";
    else if (options->n_nuclei > 0)
        complaint = "--nucleus is for a table of towns";
    else if ((strcmp(options->scope, "local") == 0) != (options->body != NULL))
        complaint = "--body names the body whose local holidays these are";
    if (complaint)
        fprintf(reading->complaints, "%s: %s\n", options->path, complaint);
    return !complaint;
}

bool holiday_file_read(const struct holiday_import_options *options, struct arena *arena, FILE *complaints,
                       struct holiday_file *ret_file)
{
    struct reading reading = {.options = options, .complaints = complaints};
    if (!read_bytes(&reading, arena))
        return false;
    reading.file.is_table = !is_calendar(&reading);
    if (!check_scope(&reading))
        return false;
    reading.out = json_out_new(arena, 1 << 16);
    json_out_array_begin(&reading.out);
    if (!(reading.file.is_table ? read_table(&reading) : read_calendar(&reading)))
        return false;
    json_out_array_end(&reading.out);
    reading.file.days = json_out_finish(&reading.out, NULL);
    if (reading.file.n_faults > FAULTS_TOLD)
        fprintf(complaints, "… and %zu more\n", reading.file.n_faults - FAULTS_TOLD);
    *ret_file = reading.file;
    return true;
}
