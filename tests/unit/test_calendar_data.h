/* Calendars for tests: the official days of 2026 and 2027 in Catalonia and Aran, the local ones of Barcelona. */
#ifndef OAM_TEST_CALENDAR_DATA_H
#define OAM_TEST_CALENDAR_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "workflow/calendar.h"

/* An instant, read by the reader of times of base/, which knows nothing of zones: "2026-05-14T10:00:00+02:00". */
static inline int64_t at(const char *text)
{
    int64_t at_us = 0;

    assert_true(time_parse(text, strlen(text), false, &at_us));
    return at_us;
}

/* A day: "2026-05-29". */
static inline int32_t day(const char *text)
{
    int64_t at_us = 0;

    assert_true(time_parse(text, strlen(text), true, &at_us));
    return (int32_t)(at_us / INT64_C(86400000000));
}

#define assert_instant(got, wanted) assert_int_equal((long long)(got), (long long)at(wanted))
#define assert_day(got, wanted)     assert_int_equal((long long)(got), (long long)day(wanted))

static inline struct workflow_holiday holiday(const char *text, enum workflow_holiday_scope scope, const char *place,
                                              const char *name_ca, const char *name_es)
{
    return (struct workflow_holiday){.day = day(text), .scope = scope, .place = place, .name.in = {name_ca, name_es}};
}

enum { CATALUNYA_DAYS = 24, ARAN_DAYS = 4, BARCELONA_DAYS = 2 };

/* Ordre EMT/66/2025 and Ordre EMT/52/2026. */
static inline struct workflow_holidays catalunya(void)
{
    static struct workflow_holiday days[CATALUNYA_DAYS];
    static const char *const rows[CATALUNYA_DAYS][3] = {
        {"2026-01-01", "Cap d'Any", "Año Nuevo"},
        {"2026-01-06", "Reis", "Epifanía del Señor"},
        {"2026-04-03", "Divendres Sant", "Viernes Santo"},
        {"2026-04-06", "Dilluns de Pasqua Florida", "Lunes de Pascua"},
        {"2026-05-01", "Festa del Treball", "Fiesta del Trabajo"},
        {"2026-06-24", "Sant Joan", "San Juan"},
        {"2026-08-15", "L'Assumpció", "Asunción de la Virgen"},
        {"2026-09-11", "Diada Nacional de Catalunya", "Fiesta Nacional de Cataluña"},
        {"2026-10-12", "Festa Nacional d'Espanya", "Fiesta Nacional de España"},
        {"2026-12-08", "La Immaculada", "Inmaculada Concepción"},
        {"2026-12-25", "Nadal", "Natividad del Señor"},
        {"2026-12-26", "Sant Esteve", "San Esteban"},
        {"2027-01-01", "Cap d'Any", "Año Nuevo"},
        {"2027-01-06", "Reis", "Epifanía del Señor"},
        {"2027-03-26", "Divendres Sant", "Viernes Santo"},
        {"2027-03-29", "Dilluns de Pasqua Florida", "Lunes de Pascua"},
        {"2027-05-01", "Festa del Treball", "Fiesta del Trabajo"},
        {"2027-06-24", "Sant Joan", "San Juan"},
        {"2027-09-11", "Diada Nacional de Catalunya", "Fiesta Nacional de Cataluña"},
        {"2027-10-12", "Festa Nacional d'Espanya", "Fiesta Nacional de España"},
        {"2027-11-01", "Tots Sants", "Todos los Santos"},
        {"2027-12-06", "Dia de la Constitució", "Día de la Constitución Española"},
        {"2027-12-08", "La Immaculada", "Inmaculada Concepción"},
        {"2027-12-25", "Nadal", "Natividad del Señor"},
    };
    for (size_t i = 0; i < CATALUNYA_DAYS; i++)
        days[i] = holiday(rows[i][0], WORKFLOW_SCOPE_CATALUNYA, NULL, rows[i][1], rows[i][2]);
    return (struct workflow_holidays){days, CATALUNYA_DAYS};
}

/* In Aran 17 June takes the place of 26 December 2026 and of 29 March 2027. */
static inline struct workflow_holidays aran(void)
{
    static struct workflow_holiday days[ARAN_DAYS];
    days[0] = holiday("2026-06-17", WORKFLOW_SCOPE_ARAN, NULL, "Festa d'Aran", "Fiesta de Arán");
    days[1] = holiday("2026-12-26", WORKFLOW_SCOPE_ARAN, NULL, NULL, NULL);
    days[2] = holiday("2027-03-29", WORKFLOW_SCOPE_ARAN, NULL, NULL, NULL);
    days[3] = holiday("2027-06-17", WORKFLOW_SCOPE_ARAN, NULL, "Festa d'Aran", "Fiesta de Arán");
    days[1].lifted = days[2].lifted = true;
    return (struct workflow_holidays){days, ARAN_DAYS};
}

static inline struct workflow_holidays barcelona(void)
{
    static struct workflow_holiday days[BARCELONA_DAYS];
    days[0] = holiday("2026-05-25", WORKFLOW_SCOPE_LOCAL, "Barcelona", NULL, NULL);
    days[1] = holiday("2026-09-24", WORKFLOW_SCOPE_LOCAL, "Barcelona", "La Mercè", "La Merced");
    return (struct workflow_holidays){days, BARCELONA_DAYS};
}

static inline struct workflow_place place_of(struct workflow_holidays first, struct workflow_holidays second)
{
    return (struct workflow_place){.layers = {first, second}, .n_layers = 2};
}

static inline struct workflow_place place_barcelona(void)
{
    return place_of(catalunya(), barcelona());
}

static inline struct workflow_place place_aran(void)
{
    return place_of(catalunya(), aran());
}

static inline struct workflow_place place_catalunya(void)
{
    return (struct workflow_place){.layers = {catalunya()}, .n_layers = 1};
}

/* Madrid's zone, made once and never freed before the end. */
static inline const struct workflow_zone *madrid(void)
{
    static struct workflow_zone *zone;

    if (!zone) {
        zone = workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
        assert_non_null(zone);
    }
    return zone;
}

/* A calendar of up to two places (n of them) with opening hours (NULL: all day); to be freed with free(). */
static inline struct workflow_calendar *calendar_of(const struct workflow_place *places, size_t n, const char *hours)
{
    struct workflow_hours parsed;
    struct workflow_calendar_source source = {.zone = madrid(), .places = places, .n_places = n};

    if (hours) {
        assert_true(workflow_hours_parse(hours, &parsed, NULL));
        source.hours = &parsed;
    }
    struct workflow_calendar *calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    assert_non_null(calendar);
    return calendar;
}

static inline struct workflow_calendar *calendar_barcelona(const char *hours)
{
    const struct workflow_place place = place_barcelona();
    return calendar_of(&place, 1, hours);
}

#endif
