/* The town whose calendar counts, and the seat: their holidays as the document lists them, or as somebody knows them.
 */
#include <stdlib.h>
#include <string.h>

#include "workflow/definition/reader.h"
#include "workflow/scenario/play.h"

enum { NAME_MAX = 200, HOLIDAYS_MAX = 400 };

/* A town while it is read. */
struct town {
    const char *name, *code;
    bool listed;
    struct workflow_place place;
};

/* One list of days: of Catalonia, of the Val d'Aran, of the town. */
struct holiday_list {
    struct workflow_holiday *days;
    size_t n;
    enum workflow_holiday_scope scope;
    const char *place;
};

static void read_holiday(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct holiday_list *list = into;
    struct workflow_holiday *holiday = &list->days[list->n];
    const char *name = read_string(reader, at, value, NAME_MAX);

    *holiday = (struct workflow_holiday){.scope = list->scope, .place = list->place};
    if (!scenario_day(at->name, &holiday->day))
        report_fault(reader->report, at, "invalid_date", "A date is written 2026-03-02, of a year from 2016 to 2055");
    else if (name) {
        holiday->name = text_of(name);
        list->n++;
    }
}

static int holiday_compare(const void *left, const void *right)
{
    const struct workflow_holiday *a = left, *b = right;

    return (a->day > b->day) - (a->day < b->day);
}

static void read_list(struct reader *reader, const struct place *at, json_t *value, struct town *town,
                      enum workflow_holiday_scope scope)
{
    struct holiday_list list = {.scope = scope, .place = scope == WORKFLOW_SCOPE_LOCAL ? town->name : NULL};
    const char *date;
    json_t *name;

    if (!json_is_object(value) || json_object_size(value) > HOLIDAYS_MAX) {
        report_fault(reader->report, at, "wrong_type", "This must be an object of dates, %d at most", HOLIDAYS_MAX);
        return;
    }
    list.days = keep_alloc(reader, json_object_size(value), sizeof(*list.days));
    json_object_foreach(value, date, name)
    {
        struct place here = {at, date, 0};
        if (list.days)
            read_holiday(reader, &here, name, &list);
    }
    if (!list.days)
        return;
    qsort(list.days, list.n, sizeof(*list.days), holiday_compare);
    town->place.layers[town->place.n_layers++] = (struct workflow_holidays){list.days, list.n};
}

static void read_catalunya(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_list(reader, at, value, into, WORKFLOW_SCOPE_CATALUNYA);
}

static void read_aran(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_list(reader, at, value, into, WORKFLOW_SCOPE_ARAN);
}

static void read_local(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    read_list(reader, at, value, into, WORKFLOW_SCOPE_LOCAL);
}

static void read_holidays(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    static const struct member members[] = {
        {"catalunya", MEMBER_REQUIRED, read_catalunya},
        {"aran", MEMBER_OPTIONAL, read_aran},
        {"local", MEMBER_REQUIRED, read_local},
    };

    ((struct town *)into)->listed = true;
    read_members(reader, at, value, members, COUNT_OF(members), into);
}

static void read_name(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct town *)into)->name = read_string(reader, at, value, NAME_MAX);
}

static void read_code(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    const char *code = scenario_string(reader, at, value);

    if (code && scenario_body(code) == 0)
        report_fault(reader->report, at, "invalid_body", "A town is told by its official code, in digits");
    ((struct town *)into)->code = code;
}

static struct town read_town(struct reader *reader, const struct place *at, json_t *value, const void *into)
{
    static const struct member members[] = {
        {"name", MEMBER_REQUIRED, read_name},
        {"code", MEMBER_REQUIRED, read_code},
        {"holidays", MEMBER_OPTIONAL, read_holidays},
    };
    const struct workflow_towns *towns = ((const struct scenario_reading *)into)->towns;
    struct town town = {.listed = false};

    if (!read_members(reader, at, value, members, COUNT_OF(members), &town) || town.listed || !town.code)
        return town;
    if (!towns || !towns->find(towns->context, town.code, &town.place))
        report_fault(reader->report, at, "unknown_town",
                     "When this town rests is not known here: list its holidays, or give the code of one that is");
    return town;
}

void scenario_read_town(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    struct workflow_scenarios *scenarios = ((struct scenario_reading *)into)->into;
    struct town town = read_town(reader, at, value, into);

    scenarios->town = town.code;
    scenarios->places[0] = scenarios->places[1] = town.place;
}

void scenario_read_seat(struct reader *reader, const struct place *at, json_t *value, void *into)
{
    ((struct scenario_reading *)into)->into->places[1] = read_town(reader, at, value, into).place;
}

static const struct workflow_calendar *calendar_of(struct workflow_scenarios *scenarios,
                                                   const struct workflow_calendar_info *info)
{
    unsigned of = info ? info->of : WORKFLOW_CALENDAR_SEAT;
    struct workflow_place places[2], catalunya = {.layers = {scenarios->places[1].layers[0]}, .n_layers = 1};
    struct workflow_calendar_source source = {.zone = scenarios->zone, .places = places};
    struct workflow_hours hours;
    void *memory = storage_alloc(scenarios->storage, 1, workflow_calendar_size());

    if (of & WORKFLOW_CALENDAR_APPLICANT_ENTITY)
        places[source.n_places++] = scenarios->places[0];
    if (of & (WORKFLOW_CALENDAR_SEAT | WORKFLOW_CALENDAR_ASSIGNEE))
        places[source.n_places++] = scenarios->places[1];
    if (source.n_places == 0)
        places[source.n_places++] = catalunya;
    if (info && info->hours && workflow_hours_parse(info->hours, &hours, NULL))
        source.hours = &hours;
    return memory ? workflow_calendar_init(memory, &source, NULL) : NULL;
}

bool scenario_calendars(struct workflow_scenarios *scenarios)
{
    const struct workflow_calendar_info *info;

    scenarios->calendars[0] = calendar_of(scenarios, NULL);
    for (unsigned i = 0; scenarios->calendars[i] && (info = workflow_calendar_info(scenarios->wf, i)) != NULL; i++) {
        scenarios->calendars[i + 1] = calendar_of(scenarios, info);
        if (!scenarios->calendars[i + 1])
            return false;
    }
    return scenarios->calendars[0] != NULL;
}
