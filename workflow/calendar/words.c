/* A `why` in words. */
#include "workflow/calendar/compiled.h"

#include <string.h>

/* What differs from language to language. A Catalan article or "de" is elided before a vowel: l'11 d'abril. */
struct tongue {
    const char *months[12], *weekdays[7];
    const char *not_, *but, *and;
    /* Between day and month, the same before a vowel, between month and year. */
    const char *of, *of_elided, *of_year;
    /* Before the day of a month; before 1 and 11. */
    const char *the, *the_elided;
    const char *is_a;                       /* Sunday */
    const char *is_local, *is_holiday, *in; /* Barcelona */
    const char *is_not_local, *is_not_holiday;
    const char *in_aran;
    const char *there_is_no; /* 31 April */
    /* Around a number of days. */
    const char *suspended_before, *suspended_day, *suspended_days;
    /* extended [until] the 22 May: 6 months more, half of 12 (art. 32) */
    const char *until, *until_elided, *more_before, *more_after, *half_of, *beyond, *article;
    const char *units[4][2]; /* by enum workflow_span_kind: of one, of several */
};

static const struct tongue tongues[WORKFLOW_LANGUAGES] = {
    [WORKFLOW_CA] = {.months = {"gener", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre",
                                "octubre", "novembre", "desembre"},
                     .weekdays = {"dilluns", "dimarts", "dimecres", "dijous", "divendres", "dissabte", "diumenge"},
                     .not_ = "no ",
                     .but = " sinó ",
                     .and = " i ",
                     .of = " de ",
                     .of_elided = " d'",
                     .of_year = " de ",
                     .the = "el ",
                     .the_elided = "l'",
                     .is_a = " és ",
                     .is_local = " és festa local",
                     .is_holiday = " és festa",
                     .is_not_local = " no és festa local",
                     .is_not_holiday = " no és festa",
                     .in = " a ",
                     .in_aran = " a l'Aran",
                     .there_is_no = "no hi ha ",
                     .suspended_before = "",
                     .suspended_day = " dia de suspensió",
                     .suspended_days = " dies de suspensió",
                     .until = "ampliat fins al ",
                     .until_elided = "ampliat fins a l'",
                     .more_before = "",
                     .more_after = " més",
                     .half_of = ", la meitat de ",
                     .beyond = ", sobre ",
                     .article = " (art. 32 Llei 39/2015)",
                     .units =
                         {{" hora", " hores"}, {" dia", " dies"}, {" dia hàbil", " dies hàbils"}, {" mes", " mesos"}}},
    [WORKFLOW_ES] = {.months = {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
                                "octubre", "noviembre", "diciembre"},
                     .weekdays = {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"},
                     .not_ = "no ",
                     .but = " sino ",
                     .and = " y ",
                     .of = " de ",
                     .of_elided = " de ",
                     .of_year = " de ",
                     .the = "el ",
                     .the_elided = "el ",
                     .is_a = " es ",
                     .is_local = " es fiesta local",
                     .is_holiday = " es festivo",
                     .is_not_local = " no es fiesta local",
                     .is_not_holiday = " no es festivo",
                     .in = " en ",
                     .in_aran = " en Arán",
                     .there_is_no = "no hay ",
                     .suspended_before = "",
                     .suspended_day = " día de suspensión",
                     .suspended_days = " días de suspensión",
                     .until = "ampliado hasta el ",
                     .until_elided = "ampliado hasta el ",
                     .more_before = "",
                     .more_after = " más",
                     .half_of = ", la mitad de ",
                     .beyond = ", sobre ",
                     .article = " (art. 32 Ley 39/2015)",
                     .units =
                         {{" hora", " horas"}, {" día", " días"}, {" día hábil", " días hábiles"}, {" mes", " meses"}}},
    [WORKFLOW_EN] = {.months = {"January", "February", "March", "April", "May", "June", "July", "August", "September",
                                "October", "November", "December"},
                     .weekdays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
                     .not_ = "not ",
                     .but = " but ",
                     .and = " and ",
                     .of = " ",
                     .of_elided = " ",
                     .of_year = " ",
                     .the = "",
                     .the_elided = "",
                     .is_a = " is a ",
                     .is_local = " is a local holiday",
                     .is_holiday = " is a holiday",
                     .is_not_local = " is not a local holiday",
                     .is_not_holiday = " is not a holiday",
                     .in = " in ",
                     .in_aran = " in Aran",
                     .there_is_no = "there is no ",
                     .suspended_before = "suspended for ",
                     .suspended_day = " day",
                     .suspended_days = " days",
                     .until = "extended to ",
                     .until_elided = "extended to ",
                     .more_before = " more",
                     .more_after = "",
                     .half_of = ", half of ",
                     .beyond = ", beyond ",
                     .article = " (Llei 39/2015 art. 32)",
                     .units = {{" hour", " hours"},
                               {" day", " days"},
                               {" working day", " working days"},
                               {" month", " months"}}},
};

/* Text that stops at its bound, between characters, and goes on counting. */
struct words {
    char *text;
    size_t size, written, length;
    enum workflow_language language;
    const struct tongue *tongue;
    bool with_year;
};

static size_t character_length(const char *at)
{
    size_t length = 1;
    while (((unsigned char)at[length] & 0xc0) == 0x80)
        length++;
    return length;
}

static void put(struct words *words, const char *text)
{
    while (*text) {
        const size_t length = character_length(text);
        /* Once something was left out nothing shorter may follow in its place. */
        if (words->written == words->length && words->written + length < words->size) {
            memcpy(words->text + words->written, text, length);
            words->written += length;
        }
        words->length += length;
        text += length;
    }
}

static void put_number(struct words *words, int32_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    uint32_t left = (uint32_t)number;
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    put(words, &digits[at]);
}

static void put_month(struct words *words, unsigned month)
{
    const char *name = words->tongue->months[month - 1];
    put(words, *name == 'a' || *name == 'o' ? words->tongue->of_elided : words->tongue->of);
    put(words, name);
}

/* With what comes before a day of the month, and before 1 and 11. */
static void put_date_after(struct words *words, const char *before, const char *before_elided, int32_t day)
{
    const struct workflow_date date = workflow_day_date(day);
    put(words, date.day == 1 || date.day == 11 ? before_elided : before);
    put_number(words, (int32_t)date.day);
    put_month(words, date.month);
    if (words->with_year) {
        put(words, words->tongue->of_year);
        put_number(words, date.year);
    }
}

static void put_date(struct words *words, int32_t day)
{
    put_date_after(words, words->tongue->the, words->tongue->the_elided, day);
}

/* "a" and the article of a Catalan name grow together: al Prat, als Hostalets. */
static void put_place(struct words *words, const char *place)
{
    if (words->language == WORKFLOW_CA && strncmp(place, "el ", 3) == 0) {
        put(words, " al ");
        place += 3;
    } else if (words->language == WORKFLOW_CA && strncmp(place, "els ", 4) == 0) {
        put(words, " als ");
        place += 4;
    } else {
        put(words, words->tongue->in);
    }
    put(words, place);
}

static const char *name_of(const struct words *words, const struct workflow_holiday *holiday)
{
    const char *const *in = holiday->name.in;
    return in[words->language] ? in[words->language] : in[WORKFLOW_CA] ? in[WORKFLOW_CA] : in[WORKFLOW_ES];
}

static void put_holiday(struct words *words, const struct workflow_holiday *holiday, bool rests)
{
    const struct tongue *tongue = words->tongue;
    const char *name = name_of(words, holiday);
    if (holiday->scope == WORKFLOW_SCOPE_LOCAL)
        put(words, rests ? tongue->is_local : tongue->is_not_local);
    else
        put(words, rests ? tongue->is_holiday : tongue->is_not_holiday);
    if (holiday->scope == WORKFLOW_SCOPE_ARAN)
        put(words, words->tongue->in_aran);
    else if (holiday->scope == WORKFLOW_SCOPE_LOCAL && holiday->place)
        put_place(words, holiday->place);
    if (name) {
        put(words, " (");
        put(words, name);
        put(words, ")");
    }
}

/* Without holidays weekends were left out too, so that only for terms by date they moved the end. */
static bool is_reason(const struct workflow_why *why, const struct workflow_skip *skip)
{
    const bool by_date = why->span.kind == WORKFLOW_SPAN_DAYS || why->span.kind == WORKFLOW_SPAN_MONTHS;
    return skip->reason == WORKFLOW_SKIP_HOLIDAY || (by_date && skip->reason == WORKFLOW_SKIP_WEEKEND);
}

static void put_reasons(struct words *words, const struct workflow_why *why)
{
    const size_t n = why->n_skips < why->capacity ? why->n_skips : why->capacity;
    size_t n_reasons = 0, put_so_far = 0;
    for (size_t i = 0; i < n; i++)
        n_reasons += is_reason(why, &why->skips[i]);
    for (size_t i = 0; i < n; i++) {
        const struct workflow_skip *skip = &why->skips[i];
        if (!is_reason(why, skip))
            continue;
        const bool is_last = put_so_far == n_reasons - 1 && n == why->n_skips;
        put(words, put_so_far == 0 ? ": " : is_last ? words->tongue->and : ", ");
        put_so_far++;
        put_date(words, skip->day);
        if (skip->reason == WORKFLOW_SKIP_HOLIDAY) {
            put_holiday(words, skip->holiday, true);
        } else {
            put(words, words->tongue->is_a);
            put(words, words->tongue->weekdays[workflow_day_weekday(skip->day)]);
        }
    }
    if (n < why->n_skips)
        put(words, "…");
}

/* Begins a part of its own, after what is said already. */
static void put_break(struct words *words)
{
    if (words->length > 0)
        put(words, "; ");
}

static void put_clamped(struct words *words, const struct workflow_why *why)
{
    const int32_t end = workflow_day_add_months(why->from_day, why->span.amount, NULL);
    put_break(words);
    put(words, words->tongue->there_is_no);
    put_number(words, (int32_t)workflow_day_date(why->from_day).day);
    put_month(words, workflow_day_date(end).month);
}

static void put_suspended(struct words *words, int32_t days)
{
    put_break(words);
    put(words, words->tongue->suspended_before);
    put_number(words, days);
    put(words, days == 1 ? words->tongue->suspended_day : words->tongue->suspended_days);
}

/* By how much, and how much it was before: half of it only where it divides. */
static void put_extended(struct words *words, const struct workflow_why *why)
{
    const struct tongue *tongue = words->tongue;
    const int32_t before = why->span.amount - why->extended;
    put_break(words);
    put_date_after(words, tongue->until, tongue->until_elided, why->last_day);
    put(words, ": ");
    put_number(words, why->extended);
    put(words, tongue->more_before);
    put(words, tongue->units[why->span.kind][why->extended != 1]);
    put(words, tongue->more_after);
    put(words, 2 * why->extended == before ? tongue->half_of : tongue->beyond);
    put_number(words, before);
    if (why->legal)
        put(words, tongue->article);
}

size_t workflow_why_text(const struct workflow_why *why, enum workflow_language language, char *ret_text, size_t size)
{
    struct words words = {.text = ret_text, .size = size, .language = language, .tongue = &tongues[language]};
    words.with_year = workflow_day_date(why->from_day).year != workflow_day_date(why->last_day).year;
    if (why->plain_day != why->last_day) {
        put(&words, words.tongue->not_);
        put_date(&words, why->plain_day);
        put(&words, words.tongue->but);
        put_date(&words, why->last_day);
        put_reasons(&words, why);
    }
    if (why->clamped)
        put_clamped(&words, why);
    if (why->suspended_days > 0)
        put_suspended(&words, why->suspended_days);
    if (why->extended > 0)
        put_extended(&words, why);
    if (size > 0)
        ret_text[words.written] = '\0';
    return words.length;
}

size_t workflow_correction_text(const struct workflow_correction *correction, enum workflow_language language,
                                char *ret_text, size_t size)
{
    struct words words = {.text = ret_text, .size = size, .language = language, .tongue = &tongues[language]};
    words.with_year = workflow_day_date(correction->before_day).year != workflow_day_date(correction->after_day).year;
    if (correction->before_day != correction->after_day) {
        put(&words, words.tongue->not_);
        put_date(&words, correction->before_day);
        put(&words, words.tongue->but);
        put_date(&words, correction->after_day);
    }
    for (size_t i = 0; i < correction->n_changes; i++) {
        const struct workflow_day_change *change = &correction->changes[i];
        if (i > 0)
            put(&words, i == correction->n_changes - 1 ? words.tongue->and : ", ");
        else if (words.length > 0)
            put(&words, ": ");
        put_date(&words, change->holiday->day);
        put_holiday(&words, change->holiday, change->rests);
    }
    if (size > 0)
        ret_text[words.written] = '\0';
    return words.length;
}
