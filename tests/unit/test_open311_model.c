#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "generated/definitions.h"
#include "model/open311.h"
#include "workflow/definition.h"

static void test_each_phase_and_outcome_has_its_state(void **state)
{
    (void)state;
    static const struct {
        const char *phase, *outcome, *state;
    } rows[] = {
        {"intake", NULL, "open"},
        {"study", NULL, "investigating"},
        {"decision", NULL, "investigating"},
        {"waiting", NULL, "investigating"},
        {"execution", NULL, "in_progress"},
        {"end", "completed", "fixed"},
        {"end", "referred", "not_councils_responsibility"},
        {"end", "denied", "no_further_action"},
        {"end", "withdrawn", "no_further_action"},
        {"end", "of_tomorrow", "closed"},
        {"end", NULL, "closed"},
        {"of_tomorrow", NULL, "open"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(open311_state(rows[i].phase, rows[i].outcome), rows[i].state);
}

/* Of the procedures that are shipped, no end is told as nothing but an end, and none that is open as closed. */
static void test_each_state_of_our_procedures_is_told(void **state)
{
    (void)state;
    size_t ends = 0;
    for (size_t i = 0; i < definition_file_count; i++) {
        struct workflow_fault fault;
        size_t n_faults;
        struct workflow *wf =
            workflow_parse((const char *)definition_files[i].bytes, definition_files[i].length, &fault, 1, &n_faults);
        assert_non_null(wf);
        for (unsigned n = 0; n < workflow_state_count(wf); n++) {
            const struct workflow_state_info *info = workflow_state(wf, n);
            const char *told = open311_state(workflow_phase_key(info->phase), info->outcome);
            assert_true(open311_state_is_known(told));
            if (info->is_final) {
                ends++;
                assert_true(open311_state_is_closed(told));
                assert_string_not_equal(told, "closed");
            } else if (info->phase != WORKFLOW_PHASE_END) {
                assert_false(open311_state_is_closed(told));
            }
        }
        workflow_free(wf);
    }
    assert_true(ends > 20);
}

static void test_what_others_may_say(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "OPEN", "ajar", "fixed - council"};
    assert_true(open311_state_is_known("action_scheduled") && open311_state_is_known("cancelled"));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_false(open311_state_is_known(unknown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_phase_and_outcome_has_its_state),
        cmocka_unit_test(test_each_state_of_our_procedures_is_told),
        cmocka_unit_test(test_what_others_may_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
