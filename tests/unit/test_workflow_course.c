/* A course: what answers come to in time, with clocks that end, timers that are moved and data that were set. */
#include "unit/test_calendar_data.h"
#include "unit/test_workflow_scene.h"

#include "workflow/course.h"

static const char *const office = SCENE_HEAD
    "`data`: {`sum`: {`type`: `int`}, `kind`: {`type`: `enum`, `of`: [`a`, `b`], `default`: `b`},"
    " `until`: {`type`: `date`}},"
    "`clocks`: {`answer`: {`budget`: {`days`: 5}, `calendar`: `legal`},"
    "  `repair`: {`budget`: {`days`: 20}, `calendar`: `legal`}},"
    "`initial`: `open`, `states`: {"
    "`open`: {" SCENE_L ", `initial`: `work`, `entry`: [{`fx`: `clock_start`, `clock`: `answer`},"
    "  {`fx`: `clock_start`, `clock`: `repair`}], `on`: {`end`: @end, `drop`: @gone,"
    "   `count`: [{`role`: `all`, `internal`: true, `set`: {`sum`: `41 + 1`}}]},"
    " `states`: {`work`: {`on`: {`wait`: @rest},"
    "   `after`: [{`id`: `nag`, `in`: {`days`: 2}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]},"
    "    {`id`: `twin`, `in`: {`days`: 2}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]},"
    "    {`id`: `late`, `clock`: `answer`, `at`: `100%`, `do`: [{`fx`: `notify`, `to`: `all`}]},"
    "    {`id`: `dated`, `on_date`: `data.until`, `do`: [{`fx`: `notify`, `to`: `all`}]}]},"
    "  `rest`: {`pause`: [`answer`], `on`: {`go_on`: @work}}}}," SCENE_END "}}";

struct told {
    struct scene *scene;
    struct workflow_calendar *seat;
    const struct workflow_calendar *calendars[2];
    struct workflow_course course;
};

static void take(struct told *told, const char *event, const char *when)
{
    told->course.now_us = at(when);
    assert_int_equal(event ? scene_do(told->scene, event) : scene_start(told->scene), WORKFLOW_OK);
    workflow_course_take(&told->course, &told->scene->out);
}

/* On Monday 2 March, by the calendar of Barcelona; a day of the data is the 4th. */
static struct told *begun(void)
{
    struct told *told = malloc(sizeof(*told));

    assert_non_null(told);
    told->scene = scene_open(office);
    told->seat = calendar_barcelona(NULL);
    told->calendars[0] = told->calendars[1] = told->seat;
    told->scene->data[2] = workflow_value_timestamp(INT64_C(86400) * day("2026-03-04"), 0);
    workflow_course_begin(&told->course, told->scene->wf, told->calendars);
    take(told, NULL, "2026-03-02T10:00:00+01:00");
    return told;
}

static void end(struct told *told)
{
    scene_close(told->scene);
    free(told->seat);
    free(told);
}

static const struct workflow_pending *pending(const struct told *told, const char *timer)
{
    unsigned number = 0;

    assert_true(workflow_timer_find(told->scene->wf, timer, &number));
    return workflow_course_find(&told->course, number, 0);
}

static void test_course__keeps_what_was_set_and_what_every_field_begins_with(void **state)
{
    struct told *told = begun();

    (void)state;
    assert_int_equal(told->course.data[1].n, 1);
    assert_memory_equal(told->course.data[1].text, "b", 1);
    take(told, "count", "2026-03-02T11:00:00+01:00");
    assert_int_equal(told->course.data[0].integer, 42);
    assert_memory_equal(told->course.data[1].text, "b", 1); /* a step leaves alone what it does not set */
    end(told);
}

static void test_course__knows_when_every_timer_is_due_and_which_is_first(void **state)
{
    struct told *told = begun();

    (void)state;
    assert_int_equal(told->course.n_pending, 4);
    assert_instant(pending(told, "nag")->due_us, "2026-03-05T00:00:00+01:00");
    assert_instant(pending(told, "late")->due_us, "2026-03-10T00:00:00+01:00"); /* 7 March is no working day */
    assert_instant(pending(told, "dated")->due_us, "2026-03-04T00:00:00+01:00");
    assert_ptr_equal(workflow_course_first(&told->course), pending(told, "dated"));
    workflow_course_drop(&told->course, pending(told, "dated")->timer, 0);
    assert_null(pending(told, "dated"));
    assert_ptr_equal(workflow_course_first(&told->course), pending(told, "nag")); /* of twins the first written */
    take(told, "wait", "2026-03-03T10:00:00+01:00");
    assert_int_equal(told->course.n_pending, 0);
    assert_null(workflow_course_first(&told->course));
    end(told);
}

static void test_course__moves_the_timers_of_a_clock_that_stood_still(void **state)
{
    struct told *told = begun();

    (void)state;
    take(told, "wait", "2026-03-03T10:00:00+01:00");
    assert_int_equal(told->course.clocks[0].state, WORKFLOW_CLOCK_PAUSED);
    assert_int_equal(told->course.clocks[1].state, WORKFLOW_CLOCK_RUNNING);
    take(told, "go_on", "2026-03-13T10:00:00+01:00");
    assert_instant(pending(told, "late")->due_us, "2026-03-18T00:00:00+01:00");
    assert_instant(pending(told, "nag")->due_us, "2026-03-17T00:00:00+01:00");
    end(told);
}

static void test_course__is_late_by_the_clocks_that_run_past_their_end(void **state)
{
    struct told *told = begun();

    (void)state;
    assert_int_equal(told->course.ran, 3);
    workflow_course_end(&told->course, at("2026-03-09T23:59:59+01:00"));
    assert_int_equal(told->course.late, 0);
    workflow_course_end(&told->course, at("2026-03-10T00:00:00+01:00"));
    assert_int_equal(told->course.late, 1);
    workflow_course_end(&told->course, at("2026-04-30T00:00:00+02:00"));
    assert_int_equal(told->course.late, 3);
    end(told);
    /* Stopped in time is in time for ever; stopped late is late at once. */
    told = begun();
    take(told, "end", "2026-03-09T12:00:00+01:00");
    workflow_course_end(&told->course, at("2026-04-30T00:00:00+02:00"));
    assert_int_equal(told->course.late, 0);
    end(told);
    told = begun();
    take(told, "end", "2026-03-11T12:00:00+01:00");
    assert_int_equal(told->course.late, 1);
    end(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course__keeps_what_was_set_and_what_every_field_begins_with),
        cmocka_unit_test(test_course__knows_when_every_timer_is_due_and_which_is_first),
        cmocka_unit_test(test_course__moves_the_timers_of_a_clock_that_stood_still),
        cmocka_unit_test(test_course__is_late_by_the_clocks_that_run_past_their_end),
    };
    return cmocka_run_group_tests_name("workflow_course", tests, NULL, NULL);
}
