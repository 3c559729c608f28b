/* Inside the scenarios: what is read of a document, and one story while it is told. Not for callers. */
#ifndef OAM_WORKFLOW_SCENARIO_PLAY_H
#define OAM_WORKFLOW_SCENARIO_PLAY_H

#include <jansson.h>

#include "workflow/calendar.h"
#include "workflow/course.h"
#include "workflow/definition/locate.h"
#include "workflow/definition/storage.h"
#include "workflow/scenario.h"

enum { SCENARIO_PEOPLE_MAX = 64, SCENARIO_CALENDARS_MAX = 9 };

/* Somebody who acts: who is named under `people`, and one for every role, so that a role may act by its own name. */
struct scenario_person {
    const char *key;
    int64_t actor; /* distinct */
    int64_t body;  /* for whose town they act, of those that take part in an `each`; 0: the applicant */
    uint32_t roles;
    bool named, chair;
    struct workflow_value facts;
};

struct workflow_scenarios {
    const struct workflow *wf;
    char *text;
    size_t length;
    json_t *document;
    struct storage *storage;
    enum workflow_language language;
    const struct workflow_zone *zone;
    const struct workflow_calendar *calendars[SCENARIO_CALENDARS_MAX]; /* as in struct workflow_course */
    const char *town;                                                  /* official code */
    struct workflow_place places[2];                                   /* the applicant's, the seat */
    struct scenario_person people[SCENARIO_PEOPLE_MAX];
    size_t n_people;
};

/* One scenario, as far as it has been told. */
struct play {
    const struct workflow_scenarios *of;
    const struct workflow *wf;
    struct storage *storage; /* what values of this scenario live in */
    const json_t *scenario;
    struct workflow_covered *covered; /* of every transition */
    bool exhausted;                   /* of memory */
    bool ended;                       /* it failed, or went on for ever: what follows means nothing */
    unsigned n_fires;
    struct workflow_course course;
    struct workflow_value ticket;
    struct workflow_memory scratch;
    struct workflow_out out;
    /* Of the step that is being told: */
    bool refused;
    uint64_t written; /* fields, by `set` */
    struct workflow_reasons reasons;
    json_t *effects, *fires; /* as they are told */
    const char *fault;       /* a word; NULL: none */
};

/* ---- values and moments (values.c) ---- */

/* "2026-03-02" and "09:00", local. */
bool scenario_day(const char *text, int32_t *ret_day);
bool scenario_minute(const char *text, unsigned *ret_minute);
int64_t scenario_moment(const struct workflow_zone *zone, int32_t day, unsigned minute);
/* Writes "2026-03-02 09:00". */
void scenario_print(const struct workflow_zone *zone, int64_t at_us, char ret[32]);

/* Tells why JSON cannot be the value of a field; NULL: it can. */
const char *scenario_field_wrong(const struct workflow_field_info *field, const json_t *json);
/* JSON as a value; texts stay where they are. */
struct workflow_value scenario_value(const json_t *json, struct storage *storage);
struct workflow_value scenario_field_value(const struct workflow_field_info *field, const json_t *json,
                                           struct storage *storage);
/* A value that lives in the storage, wherever its parts did. */
struct workflow_value scenario_keep(const struct workflow_value *value, struct storage *storage);
json_t *scenario_json(const struct workflow_value *value, enum workflow_field_type type);
/* The number of a town, from its official code; 0: it is none. */
int64_t scenario_body(const char *code);

/* ---- reading (read.c, read_town.c, read_step.c) ---- */

struct reader;
const struct scenario_person *scenario_person_find(const struct workflow_scenarios *scenarios, const char *key);
/* What a reader of a part is given. */
struct scenario_reading {
    struct workflow_scenarios *into;
    const struct workflow_towns *towns;
    int32_t day; /* of the step before; INT32_MIN: none yet */
    unsigned minute;
    int64_t at_us;
    bool is_start;
};
void scenario_read_town(struct reader *reader, const struct place *at, json_t *value, void *into);
void scenario_read_seat(struct reader *reader, const struct place *at, json_t *value, void *into);
void scenario_read_people(struct reader *reader, const struct place *at, json_t *value, void *into);
void scenario_read_step(struct reader *reader, const struct place *at, json_t *value, void *into);
void scenario_read_start(struct reader *reader, const struct place *at, json_t *value, void *into);
void scenario_read_expect(struct reader *reader, const struct place *at, json_t *value, void *into);
/* Data of fields: each name a field, each value one that it may have. */
void scenario_read_fields(struct reader *reader, const struct place *at, json_t *value, void *into);
/* Compiles what the definition counts by. */
bool scenario_calendars(struct workflow_scenarios *scenarios);
const char *scenario_string(struct reader *reader, const struct place *at, json_t *value);

/* ---- telling (play.c, act.c) ---- */

/* Begins a scenario; false when memory is exhausted. */
bool play_open(struct play *play, const struct workflow_scenarios *scenarios, const json_t *scenario,
               struct workflow_covered *covered);
void play_close(struct play *play);
/* Tells the beginning, or one step. */
void play_start(struct play *play, const json_t *start);
void play_step(struct play *play, const json_t *step);
/* What somebody knows and may: the world of the next step, with what is sent for it. */
struct workflow_world play_world(struct play *play, const struct scenario_person *person, const json_t *sent);
/* Lets time pass, with everything that is due by then. */
void play_pass(struct play *play, int64_t until_us);

/* ---- what is there (observe.c) ---- */

/* Returns what there is of a member of `expect`, as JSON that the caller owns; `asked` is what is expected, NULL: tell
 * everything. */
json_t *play_observe(struct play *play, const char *member, const json_t *asked);
/* "notify:template to applicant"; see workflow/scenario/README.md. */
json_t *play_effect(const struct play *play, const struct workflow_effect *effect);

#endif
