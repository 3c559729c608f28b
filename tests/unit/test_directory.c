/* The directory in memory: when it is read, who keeps which snapshot, what is found in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "unit/test_directory_tables.h"

struct fixture {
    struct arena *arena;
    struct directory_holder *holder;
    struct error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    database_fill();
    f->arena = arena_new(4096);
    f->holder = directory_holder_new();
    f->err = (struct error){.arena = f->arena, .language = TEXT_EN};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena); /* before the holder: it refers to its snapshots */
    directory_holder_free(f->holder);
    free(f);
    return 0;
}

static const struct directory *loaded(struct fixture *f)
{
    if (!directory_refresh(f->holder, NULL, &f->err))
        fail_msg("%s", f->err.detail);
    return directory_use(f->holder, f->arena);
}

/* ---- when it is read ---- */

static void test_directory__is_null_before_the_first_load(void **state)
{
    struct fixture *f = *state;
    assert_null(directory_use(f->holder, f->arena));
}

static void test_directory__is_read_again_only_when_the_stamp_moved(void **state)
{
    struct fixture *f = *state;
    const struct directory *first = loaded(f);
    int flushes = database.flushes;
    assert_ptr_equal(first, loaded(f));
    assert_int_equal(flushes + 1, database.flushes);
    database.version++;
    assert_ptr_not_equal(first, loaded(f));
    assert_int_equal(2, loaded(f)->version);
}

static void test_directory__is_read_again_when_the_stamp_moves_meanwhile(void **state)
{
    struct fixture *f = *state;
    database.moves_while_read = 2;
    assert_int_equal(3, loaded(f)->version);
}

static void test_directory__gives_up_on_a_stamp_that_never_rests(void **state)
{
    struct fixture *f = *state;
    database.moves_while_read = 1000;
    assert_false(directory_refresh(f->holder, NULL, &f->err));
    assert_int_equal(ERROR_UNAVAILABLE, f->err.kind);
}

static void test_directory__stays_when_the_database_is_down(void **state)
{
    struct fixture *f = *state;
    const struct directory *before = loaded(f);
    database.is_down = true;
    assert_false(directory_refresh(f->holder, NULL, &f->err));
    assert_int_equal(ERROR_UNAVAILABLE, f->err.kind);
    assert_ptr_equal(before, directory_use(f->holder, f->arena));
}

static void test_directory__stays_when_a_definition_cannot_run_and_tells_its_first_fault(void **state)
{
    struct fixture *f = *state;
    const struct directory *before = loaded(f);
    database.version++;
    database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4] = "{\n \"format\": \"oam-wf/9\"}";
    assert_false(directory_refresh(f->holder, NULL, &f->err));
    assert_int_equal(ERROR_INTERNAL, f->err.kind);
    assert_non_null(strstr(f->err.detail, "technical_assistance/1"));
    assert_ptr_equal(before, directory_use(f->holder, f->arena));
}

static void test_directory__tells_once_of_rows_that_cannot_be_used(void **state)
{
    struct fixture *f = *state;
    const struct directory *before = loaded(f);
    const char *good = database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4];
    database.version++;
    database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4] = "{}";
    assert_false(directory_refresh(f->holder, NULL, &f->err));
    int flushes = database.flushes;
    assert_ptr_equal(before, loaded(f));
    assert_int_equal(flushes + 1, database.flushes);
    database.version++;
    database.tables[QUERY_DIRECTORY_WORKFLOWS].cells[1][4] = good;
    assert_int_equal(3, loaded(f)->version);
}

static void test_directory__refuses_rows_that_do_not_fit_together(void **state)
{
    static const struct {
        enum query table;
        int column;
        const char *cell, *told;
    } cases[] = {
        {QUERY_DIRECTORY_BODIES, 6, "99", "body.comarca_code"},
        {QUERY_DIRECTORY_SERVICES, 2, "XXX", "service.area_code"},
        {QUERY_DIRECTORY_SERVICES, 3, "77", "service.unit_id"},
        {QUERY_DIRECTORY_SERVICES, 19, "none", "service.workflow_key"},
        {QUERY_DIRECTORY_AGENTS, 4, "77", "agent.unit_id"},
        {QUERY_DIRECTORY_PORTFOLIOS, 0, "77", "portfolio.agent_id"},
        {QUERY_DIRECTORY_PORTFOLIOS, 1, "99", "portfolio.comarca_code"},
        {QUERY_DIRECTORY_ABSENCES, 0, "77", "absence.agent_id"},
        {QUERY_DIRECTORY_CALENDAR, 1, "77", "calendar_seat"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        database_fill();
        database.tables[cases[i].table].cells[0][cases[i].column] = cases[i].cell;
        struct error err = {.arena = f->arena, .language = TEXT_EN};
        assert_false(directory_refresh(f->holder, NULL, &err));
        assert_int_equal(ERROR_INTERNAL, err.kind);
        assert_non_null(strstr(err.detail, cases[i].told));
        assert_null(directory_use(f->holder, f->arena));
    }
}

static void test_directory__knows_the_seat_and_the_revision_of_its_calendars(void **state)
{
    const struct directory *dir = loaded(*state);
    assert_ptr_equal(directory_body_by_id(dir, 5), dir->seat);
    assert_int_equal(3, dir->calendar);
}

static void test_directory_fingerprint__moves_with_the_rows_and_not_with_the_stamp(void **state)
{
    struct fixture *f = *state;
    uint64_t first = loaded(f)->fingerprint;
    database.version++;
    assert_true(first == loaded(f)->fingerprint);
    database.version++;
    database.tables[QUERY_DIRECTORY_BODIES].cells[2][8] = "281001";
    assert_true(first != loaded(f)->fingerprint);
}

/* ---- who keeps which ---- */

static void test_directory_use__keeps_an_old_snapshot_as_long_as_its_arena(void **state)
{
    struct fixture *f = *state;
    struct arena *reader = arena_new(1024);
    loaded(f);
    const struct directory *old = directory_use(f->holder, reader);
    arena_reset(f->arena);
    database.version++;
    database.tables[QUERY_DIRECTORY_BODIES].cells[0][3] = "Renamed";
    assert_string_equal("Renamed", directory_body_find(loaded(f), "0800180001")->name);
    assert_string_equal("Abrera", directory_body_find(old, "0800180001")->name);
    arena_free(reader);
}

static atomic_bool reading;

static void *read_all_the_time(void *argument)
{
    struct directory_holder *holder = argument;
    struct arena *arena = arena_new(1024);
    size_t seen = 0;
    while (atomic_load(&reading)) {
        const struct directory *dir = directory_use(holder, arena);
        seen += strlen(dir->bodies[0].name) + strlen(workflow_key(dir->workflows[0].workflow));
        arena_reset(arena);
    }
    arena_free(arena);
    return (void *)(uintptr_t)(seen > 0);
}

static void test_directory_use__is_safe_while_snapshots_change(void **state)
{
    struct fixture *f = *state;
    pthread_t readers[3];
    loaded(f);
    atomic_store(&reading, true);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(0, pthread_create(&readers[i], NULL, read_all_the_time, f->holder));
    for (int i = 0; i < 50; i++) {
        database.version++;
        assert_true(directory_refresh(f->holder, NULL, &f->err));
    }
    atomic_store(&reading, false);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(0, pthread_join(readers[i], NULL));
}

/* ---- finding ---- */

static void test_directory_find__knows_every_row_by_code_and_by_id(void **state)
{
    const struct directory *dir = loaded(*state);
    for (size_t i = 0; i < dir->n_bodies; i++) {
        assert_ptr_equal(&dir->bodies[i], directory_body_find(dir, dir->bodies[i].code));
        assert_ptr_equal(&dir->bodies[i], directory_body_by_id(dir, dir->bodies[i].id));
    }
    assert_ptr_equal(&dir->comarques[1], directory_comarca_find(dir, "13"));
    assert_ptr_equal(&dir->units[0], directory_unit_find(dir, "gov"));
    assert_ptr_equal(&dir->units[1], directory_unit_by_id(dir, 4));
    assert_ptr_equal(&dir->services[1], directory_service_find(dir, "OAM-GEN"));
    assert_ptr_equal(&dir->services[0], directory_service_by_id(dir, 20));
    assert_ptr_equal(&dir->agents[0], directory_agent_find(dir, "agent.baix"));
    assert_ptr_equal(&dir->agents[1], directory_agent_by_id(dir, 30));
    assert_ptr_equal(&dir->workflows[1], directory_workflow_by_id(dir, 2));
    assert_ptr_equal(&dir->workflows[1], directory_workflow_latest(dir, "technical_assistance"));
}

static void test_directory_find__answers_null_for_what_is_not_there(void **state)
{
    const struct directory *dir = loaded(*state);
    assert_null(directory_body_find(dir, ""));
    assert_null(directory_body_find(dir, "0800180002"));
    assert_null(directory_body_by_id(dir, 0));
    assert_null(directory_body_by_id(dir, -5));
    assert_null(directory_unit_by_id(dir, 5));
    assert_null(directory_service_by_id(dir, INT64_MAX));
    assert_null(directory_agent_by_id(dir, 32));
    assert_null(directory_workflow_by_id(dir, 3));
    assert_null(directory_workflow_latest(dir, "none"));
}

static void test_directory__links_rows_to_each_other(void **state)
{
    const struct directory *dir = loaded(*state);
    const struct directory_body *abrera = directory_body_find(dir, "0800180001");
    const struct directory_service *service = directory_service_find(dir, "GOV-01");
    assert_string_equal("Baix Llobregat", abrera->comarca->name);
    assert_true(abrera->has_point);
    assert_true(abrera->latitude > 41.516257 && abrera->latitude < 41.516259);
    assert_false(directory_body_find(dir, "0801930008")->has_point);
    assert_int_equal(1, dir->comarques[0].municipalities); /* a county council is none */
    assert_int_equal(2, dir->comarques[1].municipalities);
    assert_string_equal("Local government", service->area->name.in[TEXT_EN]);
    assert_string_equal("gov", service->unit->code);
    assert_string_equal(hash_of_two, service->workflow->hash);
    assert_int_equal(2, service->n_sdg);
    assert_int_equal(16, service->sdg[1]);
    assert_int_equal(5000, service->max_population);
    assert_int_equal(0, directory_service_find(dir, "OAM-OLD")->n_sdg);
}

static void test_directory__has_bodies_in_the_order_of_their_names(void **state)
{
    const struct directory *dir = loaded(*state);
    const char *const names[] = {"Abrera", "Barcelona", "Consell Comarcal del Baix Llobregat",
                                 "l'Hospitalet de Llobregat"};
    for (size_t i = 0; i < dir->n_bodies; i++)
        assert_string_equal(names[i], dir->bodies_by_name[i]->name);
}

/* ---- agents ---- */

static void test_directory_agent_covers__prefers_the_body_itself(void **state)
{
    const struct directory *dir = loaded(*state);
    const struct directory_agent *baix = directory_agent_find(dir, "agent.baix"),
                                 *bcn = directory_agent_find(dir, "agent.bcn");
    const struct directory_body *abrera = directory_body_by_id(dir, 5), *barcelona = directory_body_by_id(dir, 900);
    assert_int_equal(DIRECTORY_COVER_BODY, directory_agent_covers(bcn, abrera));
    assert_int_equal(DIRECTORY_COVER_COMARCA, directory_agent_covers(bcn, barcelona));
    assert_int_equal(DIRECTORY_COVER_COMARCA, directory_agent_covers(baix, abrera));
    assert_int_equal(DIRECTORY_COVER_NONE, directory_agent_covers(baix, barcelona));
}

static void test_directory_agent_absent__goes_by_the_day_in_madrid(void **state)
{
    static const struct {
        const char *at;
        bool absent;
    } cases[] = {
        {"2026-06-30T21:59:59.999Z", false}, {"2026-06-30T22:00:00Z", true}, /* summer: two hours ahead */
        {"2026-07-15T21:59:59Z", true},      {"2026-07-15T22:00:00Z", false},
        {"2026-12-23T22:59:59Z", false},     {"2026-12-23T23:00:00Z", true}, /* winter: one */
        {"2026-12-24T22:59:59Z", true},      {"2026-12-24T23:00:00Z", false},
        {"1969-12-31T23:30:00Z", false},     {"2400-02-29T12:00:00Z", false},
    };
    const struct directory_agent *baix = directory_agent_find(loaded(*state), "agent.baix");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at;
        assert_true(time_parse(cases[i].at, strlen(cases[i].at), false, &at));
        if (directory_agent_absent(baix, at) != cases[i].absent)
            fail_msg("%s", cases[i].at);
    }
}

static void test_directory_agent_loads__are_in_the_order_of_the_agents(void **state)
{
    struct fixture *f = *state;
    const int64_t *loads;
    const struct directory *dir = loaded(f);
    assert_true(directory_agent_loads(dir, NULL, NULL, f->arena, &loads, &f->err));
    assert_int_equal(0, loads[0]);
    assert_int_equal(12, loads[1]);
    database.is_down = true;
    assert_false(directory_agent_loads(dir, NULL, NULL, f->arena, &loads, &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_directory__is_null_before_the_first_load),
        TEST(test_directory__is_read_again_only_when_the_stamp_moved),
        TEST(test_directory__is_read_again_when_the_stamp_moves_meanwhile),
        TEST(test_directory__gives_up_on_a_stamp_that_never_rests),
        TEST(test_directory__stays_when_the_database_is_down),
        TEST(test_directory__stays_when_a_definition_cannot_run_and_tells_its_first_fault),
        TEST(test_directory__tells_once_of_rows_that_cannot_be_used),
        TEST(test_directory__refuses_rows_that_do_not_fit_together),
        TEST(test_directory__knows_the_seat_and_the_revision_of_its_calendars),
        TEST(test_directory_fingerprint__moves_with_the_rows_and_not_with_the_stamp),
        TEST(test_directory_use__keeps_an_old_snapshot_as_long_as_its_arena),
        TEST(test_directory_use__is_safe_while_snapshots_change),
        TEST(test_directory_find__knows_every_row_by_code_and_by_id),
        TEST(test_directory_find__answers_null_for_what_is_not_there),
        TEST(test_directory__links_rows_to_each_other),
        TEST(test_directory__has_bodies_in_the_order_of_their_names),
        TEST(test_directory_agent_covers__prefers_the_body_itself),
        TEST(test_directory_agent_absent__goes_by_the_day_in_madrid),
        TEST(test_directory_agent_loads__are_in_the_order_of_the_agents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
