/*
 * Legal and office time: which days count, when a term ends, and why then.
 *
 * A pure library: no IO, no clock, no allocation, no global state. The zone, the holidays and the instants are handed
 * in. What is compiled (struct workflow_zone, struct workflow_calendar) never changes and is shared between threads.
 *
 * Instants are microseconds since 1970 UTC. A day is an int32_t: local days since 1970-01-01, so that days are compared
 * and subtracted as numbers. "Working day" is the día hábil of Llei 39/2015 art. 30.2: neither Saturday, Sunday nor
 * holiday. The end of a term is the first instant that is too late: a term whose last day is 29 May ends on 30 May at
 * 00:00 local.
 *
 * Everything is known from WORKFLOW_CALENDAR_FIRST_YEAR to WORKFLOW_CALENDAR_LAST_YEAR; what would lie beyond is
 * WORKFLOW_NEVER, never a wrapped number.
 */
#ifndef OAM_WORKFLOW_CALENDAR_H
#define OAM_WORKFLOW_CALENDAR_H

#include "workflow/workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WORKFLOW_NEVER INT64_MAX

enum {
    WORKFLOW_CALENDAR_FIRST_YEAR = 2016,
    WORKFLOW_CALENDAR_LAST_YEAR = 2055,
    WORKFLOW_PLACES_MAX = 4,  /* of a union */
    WORKFLOW_LAYERS_MAX = 4,  /* of a place */
    WORKFLOW_RANGES_MAX = 4,  /* opening ranges of a day */
    WORKFLOW_SEASONS_MAX = 2, /* with opening hours of their own */
    WORKFLOW_HOURS_ROWS = 8 * (1 + WORKFLOW_SEASONS_MAX)
};

/* ---- Dates ------------------------------------------------------------------------------------------------ */

struct workflow_date {
    int year;            /* 1 to 9999 */
    unsigned month, day; /* from 1 */
};

/* Turns a date into a day. False, leaving ret_day alone, when there is no such date (31 April, year 0). */
bool workflow_date_day(struct workflow_date date, int32_t *ret_day);
/* Returns the date of a day. */
struct workflow_date workflow_day_date(int32_t day);
/* Returns 0 for Monday to 6 for Sunday. */
unsigned workflow_day_weekday(int32_t day);
/* Returns the same day `months` later (or earlier), the last of that month where it has no such day: Llei 39/2015
 * art. 30.4. ret_clamped may be NULL; it tells whether the month was too short. */
int32_t workflow_day_add_months(int32_t day, int32_t months, bool *ret_clamped);

/* ---- Time zone -------------------------------------------------------------------------------------------- */

/* From at_us on, local time is UTC plus offset_s seconds (until the next shift). */
struct workflow_zone_shift {
    int64_t at_us;
    int32_t offset_s;
};

/* Europe/Madrid, the official time of every body here, over the whole horizon; made at build from the system's tz
 * database. */
extern const struct workflow_zone_shift workflow_madrid_shifts[];
extern const size_t workflow_madrid_shift_count;
/* The release of that database, for instance "2025b"; "" where the system does not tell. */
extern const char workflow_madrid_release[];

struct workflow_zone;

/* Returns how many bytes workflow_zone_init() needs, aligned for any object. */
size_t workflow_zone_size(void);
/*
 * Compiles a zone into the caller's memory, which the caller keeps as long as the zone and every calendar on it.
 * NULL when the shifts are not in ascending order, the first does not cover the beginning of the horizon, two are less
 * than 27 days apart, or an offset is not of whole minutes or beyond 15 hours.
 */
struct workflow_zone *workflow_zone_init(void *memory, const struct workflow_zone_shift *shifts, size_t n);
/* Returns local time minus UTC in seconds. Before and after the horizon: as at its ends. */
int32_t workflow_zone_offset_s(const struct workflow_zone *zone, int64_t at_us);
/* Returns the local day of an instant. */
int32_t workflow_zone_day(const struct workflow_zone *zone, int64_t at_us);
/* Returns the instant at which a local day begins: its midnight, or the shift that jumps over it. */
int64_t workflow_zone_day_start(const struct workflow_zone *zone, int32_t day);

/* ---- Holidays and hours ----------------------------------------------------------------------------------- */

enum workflow_holiday_scope { WORKFLOW_SCOPE_CATALUNYA, WORKFLOW_SCOPE_ARAN, WORKFLOW_SCOPE_LOCAL };

struct workflow_holiday {
    int32_t day;
    enum workflow_holiday_scope scope;
    bool lifted;               /* no holiday here although a layer below says so (26 December 2026 in Aran) */
    const char *place;         /* local: the town, for explanations; may be NULL */
    struct workflow_text name; /* any language may be NULL: another one stands in, or the name is left out */
};

/* A list of holidays in ascending order of day (several a day are fine). The caller's; calendars point into it. */
struct workflow_holidays {
    const struct workflow_holiday *days;
    size_t n;
};

/* What is in force in one place: layers from the widest scope to the narrowest, e.g. Catalonia, Aran, Vielha e Mijaran.
 * The wide ones are shared by all places; a town's own is the short list of its local holidays. */
struct workflow_place {
    struct workflow_holidays layers[WORKFLOW_LAYERS_MAX];
    size_t n_layers;
};

/*
 * Opening hours by weekday: rows 0 (Monday) to 6 (Sunday), and 7 for what holds on holidays. Those of the whole year
 * come first, then eight more rows for each season. Minutes of the local day, ascending, apart from each other.
 */
struct workflow_hours {
    struct workflow_range {
        uint16_t from_min, to_min;
    } ranges[WORKFLOW_HOURS_ROWS][WORKFLOW_RANGES_MAX];
    uint8_t n_ranges[WORKFLOW_HOURS_ROWS];
    /* From one date to another of every year, both of them in it, also over New Year. Where two overlap the first
     * holds. */
    struct workflow_season {
        uint8_t from_month, from_day, to_month, to_day;
    } seasons[WORKFLOW_SEASONS_MAX];
    uint8_t n_seasons;
};

/*
 * Reads opening hours: clauses apart by ";", each of days and ranges, e.g. "mon-thu 08:00-14:00,15:30-18:00; fri
 * 08:00-15:00". Days: mon tue wed thu fri sat sun, lists "mon,wed" and ranges "mon-fri", or "holidays" (closed unless
 * told). A day that no clause names is closed; one that two name is an error, as are ranges that touch, overlap, are
 * empty or cross midnight
 * ("22:00-24:00" and "00:00-06:00" say that). A clause can begin with a season, "16jun-15sep mon-fri 08:00-14:00": then
 * it holds in that part of the year, in which days that no clause of it names are as in the rest. False with ret_at
 * (may be NULL) the byte at which it went wrong; ret_hours is then left alone.
 */
bool workflow_hours_parse(const char *text, struct workflow_hours *ret_hours, size_t *ret_at);

/* ---- Calendars -------------------------------------------------------------------------------------------- */

struct workflow_calendar;

/*
 * What a calendar is made of. A day is non-working as soon as it is so in one of the places (Llei 39/2015 art. 30.6);
 * which places count (the seat alone, art. 31.3; the seat and the applicant's) is the definition's choice, clock by
 * clock.
 */
struct workflow_calendar_source {
    const struct workflow_zone *zone;
    const struct workflow_place *places;
    size_t n_places;
    const struct workflow_hours
        *hours; /* NULL: all 24 hours of every working day, which is how terms in hours run (30.1) */
};

enum workflow_calendar_fault {
    WORKFLOW_CALENDAR_OK,
    WORKFLOW_CALENDAR_PLACES, /* more than WORKFLOW_PLACES_MAX places, or WORKFLOW_LAYERS_MAX layers of one */
    WORKFLOW_CALENDAR_ORDER,  /* holidays of a layer not in ascending order */
    WORKFLOW_CALENDAR_HOURS   /* ranges not ascending, not apart or beyond 24:00 */
};

/* Returns how many bytes workflow_calendar_init() needs (about 22 kB), aligned for any object. */
size_t workflow_calendar_size(void);
/*
 * Compiles a calendar into the caller's memory. The zone and the lists of holidays must live as long as the calendar
 * (explanations point into them); source, places and hours need not. Holidays outside the horizon are passed over. NULL
 * with the reason in ret_fault (may be NULL).
 */
struct workflow_calendar *workflow_calendar_init(void *memory, const struct workflow_calendar_source *source,
                                                 enum workflow_calendar_fault *ret_fault);

/* Returns the zone of the calendar. */
const struct workflow_zone *workflow_calendar_zone(const struct workflow_calendar *calendar);
/* Tells whether a day is a working one. Days outside the horizon are not. */
bool workflow_calendar_is_working(const struct workflow_calendar *calendar, int32_t day);
/* Returns the first working day that is not before `day`; INT32_MAX when the horizon has none. */
int32_t workflow_calendar_working_day(const struct workflow_calendar *calendar, int32_t day);
/* Returns how many working days there are in [from, to); 0 when to <= from. */
int32_t workflow_calendar_working_days(const struct workflow_calendar *calendar, int32_t from, int32_t to);
/* Tells whether the office is open at an instant. */
bool workflow_calendar_is_open(const struct workflow_calendar *calendar, int64_t at_us);
/* Returns W(t): the microseconds for which the office was open from the beginning of the horizon to at_us. Elapsed
 * time: the hour that an autumn night repeats counts twice, the one that a spring night skips not at all. O(1). */
int64_t workflow_calendar_open_us(const struct workflow_calendar *calendar, int64_t at_us);
/* The inverse: returns the first instant t with W(t) >= open_us, WORKFLOW_NEVER beyond the horizon. */
int64_t workflow_calendar_reach(const struct workflow_calendar *calendar, int64_t open_us);
/* Returns at_us if the office is open then, otherwise when it opens next: for reminders that come in office hours only.
 * WORKFLOW_NEVER beyond the horizon. */
int64_t workflow_calendar_next_open(const struct workflow_calendar *calendar, int64_t at_us);
/* Returns when something filed at at_us counts as filed: at once on a working day, otherwise in the first second of the
 * next one (Llei 39/2015 art. 31.2.b). WORKFLOW_NEVER beyond the horizon. */
int64_t workflow_calendar_filed_at(const struct workflow_calendar *calendar, int64_t at_us);

/* ---- Spans and terms -------------------------------------------------------------------------------------- */

enum workflow_span_kind {
    WORKFLOW_SPAN_WORK_HOURS, /* hours in which the office of the calendar is open */
    WORKFLOW_SPAN_DAYS,       /* natural days, from the next one on */
    WORKFLOW_SPAN_HABILS,     /* working days, from the next one on (30.2, 30.3) */
    WORKFLOW_SPAN_MONTHS      /* date to date (30.4) */
};

struct workflow_span {
    enum workflow_span_kind kind;
    int32_t amount; /* 0 to 100000 */
    bool keeps_day; /* days, months: ends on its day even if that is no working one; otherwise it moves to the next
                       (30.5) */
};

/* Returns the word of a kind in definitions: "work_hours", "days", "habils", "months". */
const char *workflow_span_key(enum workflow_span_kind kind);

enum workflow_skip_reason {
    WORKFLOW_SKIP_WEEKEND,
    WORKFLOW_SKIP_HOLIDAY,
    WORKFLOW_SKIP_CLOSED /* work_hours: a weekday without opening hours */
};

/* A day that did not count. A holiday that falls on a weekend is told as the weekend: without it nothing would change.
 */
struct workflow_skip {
    int32_t day;
    enum workflow_skip_reason reason;
    const struct workflow_holiday *holiday; /* WORKFLOW_SKIP_HOLIDAY: of the first place that has it; otherwise NULL */
};

/* Why a term ends when it does. The caller sets skips, capacity and legal; the rest is filled. Zeroed, it is filled
 * without the list. */
struct workflow_why {
    struct workflow_skip *skips;
    size_t capacity;
    bool legal;     /* the term is one of a law: words name the article by which it was extended */
    size_t n_skips; /* how many there are; the first `capacity` of them are in `skips`, in order */
    struct workflow_span span;
    int32_t from_day;  /* the day from which it ran: notified, started, resumed */
    int32_t plain_day; /* its last day if there were no holidays: only weekends for habils and hours, none for days,
                          months */
    int32_t last_day;  /* its last day */
    int32_t suspended_days; /* days, months: natural days by which suspensions moved it */
    int32_t extended;       /* of the span, what an extension gave it */
    bool clamped;           /* months: the month of its end has no such day */
};

/*
 * Returns when a term ends that runs from from_us without suspension. work_hours: the instant at which the hours are
 * spent (the closing of a day rather than the opening of the next). The others: the end of their last day.
 * WORKFLOW_NEVER when it would be beyond the horizon, from_us is outside it or the amount out of range. why may be
 * NULL, which is the fast way; otherwise it explains.
 */
int64_t workflow_due(const struct workflow_calendar *calendar, struct workflow_span span, int64_t from_us,
                     struct workflow_why *why);

/*
 * Says a `why` in words, e.g. "not 28 May but 29 May: 25 May is a local holiday in Barcelona"; "" when nothing moved
 * the end. Writes at most size - 1 bytes, cut between characters, and a terminator. Returns the length of the whole.
 */
size_t workflow_why_text(const struct workflow_why *why, enum workflow_language language, char *ret_text, size_t size);

/* ---- Clocks ----------------------------------------------------------------------------------------------- */

enum workflow_clock_state {
    WORKFLOW_CLOCK_IDLE, /* zeroed: not started */
    WORKFLOW_CLOCK_RUNNING,
    WORKFLOW_CLOCK_PAUSED,
    WORKFLOW_CLOCK_STOPPED /* for good, its reading stays */
};

/*
 * A term that can be suspended. It stores what was used and since when it runs, never a deadline: that is derived. A
 * suspension moves the end by what it lasted: work_hours by open time, habils by the working days after the day of the
 * pause up to that of the resumption, days and months by the natural days (for months that is our reading of art. 22
 * and 30.4).
 */
struct workflow_clock {
    enum workflow_clock_state state;
    struct workflow_span span;
    int64_t started_us; /* when it was first started */
    int64_t since_us;   /* running: since when; otherwise when it last stopped running */
    int64_t used;       /* before since_us. work_hours: microseconds; the others: days (working days for habils) */
    int32_t extended;   /* of the span, what an extension gave it; 0: it was not extended since it was started */
};

/* Each returns false, changing nothing, when the clock is not in a state for it or at_us lies before its last change.
 * pause, stop: at_us is when it stops to run. A paused clock may be stopped. A stopped one may be started anew, from
 * zero. */
bool workflow_clock_start(struct workflow_clock *clock, struct workflow_span span, int64_t at_us);
bool workflow_clock_pause(struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us);
bool workflow_clock_resume(struct workflow_clock *clock, int64_t at_us);
bool workflow_clock_stop(struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us);

/* Returns by how much of its own unit a term may be extended: half of it (Llei 39/2015 art. 32.1), rounded down, for
 * the law says at most, and a part of a day or of a month is nothing that terms are counted in (art. 30). 0: it is too
 * short for it. */
int32_t workflow_span_half(struct workflow_span span);
/* Tells whether the end of a clock has passed; of one that stands still, whether it had. */
bool workflow_clock_over(const struct workflow_clock *clock, const struct workflow_calendar *calendar, int64_t at_us);
/* Gives a term more, `amount` of its own unit: one term from its beginning on, as long as both together. False, with
 * nothing changed, where art. 32 does not let it: it does not run (nor stands still), it is over, it was extended
 * before, or that is more than half of it, or nothing. */
bool workflow_clock_extend(struct workflow_clock *clock, const struct workflow_calendar *calendar, int32_t amount,
                           int64_t at_us);

/* Returns when a running clock ends (in the past if it was over when it was paused); WORKFLOW_NEVER when it does not
 * run, or the end is beyond the horizon. why as in workflow_due(). */
int64_t workflow_clock_due(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                           struct workflow_why *why);
/* Returns how much is used at at_us, in percent, rounded down: 100 or more exactly when a running clock is due. Days
 * count as they pass, not only when they end. An idle clock has 0, one that does not run what it had. At most 1000. */
int32_t workflow_clock_percent(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                               int64_t at_us);
/* Returns the first instant at which a running clock shows `percent` (1 to 1000), were it not paused; 100:
 * workflow_clock_due(). WORKFLOW_NEVER when it does not run, or that is beyond the horizon. */
int64_t workflow_clock_reaches(const struct workflow_clock *clock, const struct workflow_calendar *calendar,
                               int32_t percent);

/* ---- Corrections ------------------------------------------------------------------------------------------ */

/* Tells the first and the last day on which two calendars differ (working or not, opening hours): clocks that ran
 * wholly before or will after need not be looked at. In different zones they differ on all days of the horizon. False
 * when they do not differ. */
bool workflow_calendar_differ(const struct workflow_calendar *before, const struct workflow_calendar *after,
                              int32_t *ret_first, int32_t *ret_last);

struct workflow_touch {
    int64_t due_before_us, due_after_us;
    int32_t first_day; /* the first day that counts otherwise */
};

/*
 * Tells whether a running clock reads differently under a corrected calendar at any time from since_us to its end:
 * another end, or another instant for a part of it. Exactly these must be recomputed; what a pause has already put down
 * as used stays. ret_touch may be NULL; it is filled when the answer is true.
 */
bool workflow_clock_touched(const struct workflow_clock *clock, const struct workflow_calendar *before,
                            const struct workflow_calendar *after, struct workflow_touch *ret_touch);

/* A day that was corrected: it rests now, or does not any more. */
struct workflow_day_change {
    const struct workflow_holiday *holiday;
    bool rests;
};

struct workflow_correction {
    int32_t before_day, after_day; /* the last day of the term: as it was told, as it is */
    const struct workflow_day_change *changes;
    size_t n_changes;
};

/* Says what a correction did to a term, e.g. "not 28 May but 29 May: 25 May is a local holiday in Barcelona"; without
 * the days where the last day stays. Writes and returns as workflow_why_text(). */
size_t workflow_correction_text(const struct workflow_correction *correction, enum workflow_language language,
                                char *ret_text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
