/* Opening hours as people write them: "mon-thu 08:00-14:00,15:30-18:00; fri 08:00-15:00; 1aug-31aug mon-fri
 * 09:00-13:00". */
#include "workflow/calendar/compiled.h"

#include <string.h>

struct hours_reader {
    const char *text, *at;
    struct workflow_hours hours;
    unsigned
        rows_told[1 + WORKFLOW_SEASONS_MAX]; /* bits of the rows that a clause has named: of the year, of seasons */
    unsigned season;                         /* of the clause that is read; 0: none */
};

static void skip_blanks(struct hours_reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

static bool take(struct hours_reader *reader, char wanted)
{
    if (*reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* A weekday, 0 to 6, or ROW_HOLIDAY; a word goes on until something that is no letter. */
static bool read_row(struct hours_reader *reader, unsigned *ret_row)
{
    static const char *const words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holidays"};
    for (unsigned row = 0; row < sizeof words / sizeof words[0]; row++) {
        const size_t length = strlen(words[row]);
        const char after = strncmp(reader->at, words[row], length) == 0 ? reader->at[length] : 'a';
        if (after < 'a' || after > 'z') {
            reader->at += length;
            *ret_row = row;
            return true;
        }
    }
    return false;
}

/* "mon-fri", "sat", "holidays": adds their bits. */
static bool read_days(struct hours_reader *reader, unsigned *rows)
{
    const char *began = reader->at;
    unsigned first, last;
    if (!read_row(reader, &first))
        return false;
    last = first;
    if (take(reader, '-') && (first == ROW_HOLIDAY || !read_row(reader, &last)))
        return false;
    const unsigned added = (2U << last) - (1U << first);
    if (last < first || (last == ROW_HOLIDAY && first != last) || (*rows | reader->rows_told[reader->season]) & added) {
        reader->at = began;
        return false;
    }
    *rows |= added;
    return true;
}

static bool read_two_digits(struct hours_reader *reader, unsigned *ret_number)
{
    const char *at = reader->at;
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *ret_number = (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
    reader->at += 2;
    return true;
}

static bool read_time(struct hours_reader *reader, uint16_t *ret_minutes)
{
    const char *began = reader->at;
    unsigned hours, minutes;
    if (!read_two_digits(reader, &hours) || !take(reader, ':') || !read_two_digits(reader, &minutes))
        return false;
    if (minutes > 59 || hours * 60 + minutes > DAY_MINUTES) {
        reader->at = began;
        return false;
    }
    *ret_minutes = (uint16_t)(hours * 60 + minutes);
    return true;
}

static bool read_ranges(struct hours_reader *reader, struct workflow_range *ranges, uint8_t *ret_n)
{
    uint8_t n = 0;
    do {
        skip_blanks(reader);
        const char *began = reader->at;
        struct workflow_range range;
        if (!read_time(reader, &range.from_min) || !take(reader, '-') || !read_time(reader, &range.to_min))
            return false;
        if (n == WORKFLOW_RANGES_MAX || range.from_min >= range.to_min ||
            (n > 0 && range.from_min <= ranges[n - 1].to_min)) {
            reader->at = began;
            return false;
        }
        ranges[n++] = range;
        skip_blanks(reader);
    } while (take(reader, ','));
    *ret_n = n;
    return true;
}

/* "16jun". */
static bool read_date(struct hours_reader *reader, uint8_t *ret_month, uint8_t *ret_day)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    unsigned day = 0, month = 0;
    int32_t found;
    for (unsigned digits = 0; digits < 2 && *reader->at >= '0' && *reader->at <= '9'; digits++)
        day = day * 10 + (unsigned)(*reader->at++ - '0');
    while (month < 12 && strncmp(reader->at, &months[3 * month], 3) != 0)
        month++;
    /* Of a leap year, since seasons are of every year. */
    if (!workflow_date_day((struct workflow_date){.year = 2016, .month = month + 1, .day = day}, &found))
        return false;
    reader->at += 3;
    *ret_month = (uint8_t)(month + 1);
    *ret_day = (uint8_t)day;
    return true;
}

/* "16jun-15sep ", where a clause begins with one: the clauses of a season may be several. */
static bool read_season(struct hours_reader *reader)
{
    const char *began = reader->at;
    struct workflow_hours *hours = &reader->hours;
    struct workflow_season season;
    reader->season = 0;
    if (*began < '0' || *began > '9')
        return true;
    if (!read_date(reader, &season.from_month, &season.from_day) || !take(reader, '-') ||
        !read_date(reader, &season.to_month, &season.to_day) || *reader->at != ' ') {
        reader->at = began;
        return false;
    }
    while (reader->season < hours->n_seasons && memcmp(&hours->seasons[reader->season], &season, sizeof season) != 0)
        reader->season++;
    if (reader->season == WORKFLOW_SEASONS_MAX) {
        reader->at = began;
        return false;
    }
    if (reader->season == hours->n_seasons)
        hours->seasons[hours->n_seasons++] = season;
    reader->season++;
    return true;
}

static bool read_clause(struct hours_reader *reader)
{
    struct workflow_range ranges[WORKFLOW_RANGES_MAX];
    unsigned rows = 0;
    uint8_t n;
    skip_blanks(reader);
    if (!read_season(reader))
        return false;
    do {
        skip_blanks(reader);
        if (!read_days(reader, &rows))
            return false;
    } while (take(reader, ','));
    if (*reader->at != ' ' || !read_ranges(reader, ranges, &n))
        return false;
    for (unsigned row = 0; row < 8; row++) {
        if (!(rows >> row & 1))
            continue;
        memcpy(reader->hours.ranges[8 * reader->season + row], ranges, n * sizeof ranges[0]);
        reader->hours.n_ranges[8 * reader->season + row] = n;
    }
    reader->rows_told[reader->season] |= rows;
    return true;
}

/* What a season does not say is as in the rest of the year. */
static void complete_seasons(struct hours_reader *reader)
{
    struct workflow_hours *hours = &reader->hours;
    for (unsigned season = 1; season <= hours->n_seasons; season++)
        for (unsigned row = 0; row < 8; row++) {
            if (reader->rows_told[season] >> row & 1)
                continue;
            memcpy(hours->ranges[8 * season + row], hours->ranges[row], sizeof hours->ranges[row]);
            hours->n_ranges[8 * season + row] = hours->n_ranges[row];
        }
}

bool workflow_hours_parse(const char *text, struct workflow_hours *ret_hours, size_t *ret_at)
{
    struct hours_reader reader = {.text = text, .at = text};
    bool fine;
    do
        fine = read_clause(&reader);
    while (fine && take(&reader, ';'));
    if (fine && *reader.at == '\0') {
        complete_seasons(&reader);
        *ret_hours = reader.hours;
        return true;
    }
    if (ret_at)
        *ret_at = (size_t)(reader.at - text);
    return false;
}
