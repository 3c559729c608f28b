/* The two procedures of the product, told as journeys: who does what, and where the request is then. */
#include "property/test_workflow_documents.h"

#include <stdbool.h>

struct leg {
    const char *role, *event, *state;
};

struct journey {
    const char *definition;
    struct leg legs[12];
};

static const struct journey journeys[] = {
    {"general_enquiry",
     {{"applicant", "submit", "assigned"},
      {"agent", "take", "in_progress"},
      {"agent", "ask", "waiting"},
      {"applicant", "answer", "in_progress"},
      {"operator", "resolve", "resolved"},
      {"applicant", "reopen", "in_progress"},
      {"agent", "resolve", "resolved"},
      {"applicant", "close", "closed"}}},
    {"general_enquiry",
     {{"applicant", "submit", "assigned"}, {"operator", "take", "in_progress"}, {"unit_head", "grant", "granted"}}},
    {"general_enquiry",
     {{"applicant", "submit", "assigned"}, {"agent", "take", "in_progress"}, {"unit_head", "deny", "denied"}}},
    {"general_enquiry",
     {{"applicant", "submit", "assigned"}, {"agent", "take", "in_progress"}, {"operator", "refer", "referred"}}},
    {"general_enquiry", {{"applicant", "submit", "assigned"}, {"applicant", "withdraw", "withdrawn"}}},
    {"general_enquiry", {{"applicant", "submit", "assigned"}, {"supervisor", "cancel", "cancelled"}}},
    {"general_enquiry", {{"applicant", "discard", "cancelled"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"},
      {"agent", "take", "in_progress"},
      {"agent", "require_amendment", "amendment_required"},
      {"applicant", "amend", "in_progress"},
      {"operator", "accept", "under_assessment"},
      {"technician", "propose", "proposed"},
      {"unit_head", "grant", "granted"},
      {"signer", "accept_grant", "executing"},
      {"technician", "deliver", "delivered"},
      {"applicant", "object", "executing"},
      {"technician", "deliver", "delivered"},
      {"applicant", "approve", "closed"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"},
      {"agent", "take", "in_progress"},
      {"agent", "accept", "under_assessment"},
      {"technician", "require_amendment", "amendment_required"},
      {"applicant", "withdraw", "withdrawn"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"},
      {"agent", "take", "in_progress"},
      {"agent", "accept", "under_assessment"},
      {"technician", "propose", "proposed"},
      {"unit_head", "grant", "granted"},
      {"signer", "renounce", "renounced"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"},
      {"agent", "take", "in_progress"},
      {"agent", "accept", "under_assessment"},
      {"technician", "propose", "proposed"},
      {"unit_head", "deny", "denied"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"}, {"agent", "take", "in_progress"}, {"agent", "dismiss", "inadmissible"}}},
    {"technical_assistance",
     {{"applicant", "submit", "assigned"}, {"agent", "take", "in_progress"}, {"agent", "refer", "referred"}}},
    {"technical_assistance", {{"applicant", "discard", "cancelled"}}},
};

static struct workflow *definition(const char *key)
{
    json_t *document = document_load(key);
    struct workflow *wf = document_parse(document);

    json_decref(document);
    assert_non_null(wf);
    return wf;
}

static void test_journeys__lead_where_the_procedure_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(journeys) / sizeof(journeys[0]); i++) {
        struct workflow *wf = definition(journeys[i].definition);
        unsigned at = flat_start(wf).to;
        for (const struct leg *leg = journeys[i].legs; leg < journeys[i].legs + 12 && leg->event; leg++) {
            unsigned role;
            struct flat_facts facts = {0, UINT64_MAX};
            assert_true(workflow_role_find(wf, leg->role, &role));
            facts.roles_held = 1u << role;
            at = flat_step(wf, at, leg->event, &facts).to;
            assert_string_equal(workflow_state(wf, at)->key, leg->state);
        }
        workflow_free(wf);
    }
}

/* A state that no journey visits is one that nobody has thought through. */
static void test_journeys__visit_every_state_that_rests(void **state)
{
    static const char *const keys[] = {"general_enquiry", "technical_assistance"};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct workflow *wf = definition(keys[k]);
        bool visited[WORKFLOW_STATES_MAX] = {false};
        visited[flat_start(wf).to] = true;
        for (size_t i = 0; i < sizeof(journeys) / sizeof(journeys[0]); i++) {
            for (size_t l = 0; l < 12 && journeys[i].legs[l].state; l++) {
                unsigned number;
                if (workflow_state_find(wf, journeys[i].legs[l].state, &number))
                    visited[number] = true;
            }
        }
        for (unsigned i = 0; i < workflow_state_count(wf); i++) {
            bool rests = workflow_state(wf, i)->is_final || flat_options(wf, i, NULL, NULL, 0) > 0;
            assert_true(visited[i] || !rests);
        }
        workflow_free(wf);
    }
}

static void test_submit__registers_then_assigns_by_territory(void **state)
{
    static const char *const keys[] = {"general_enquiry", "technical_assistance"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct workflow *wf = definition(keys[i]);
        struct flat_facts all = {UINT32_MAX, UINT64_MAX};
        struct flat_verdict verdict = flat_step(wf, flat_start(wf).to, "submit", &all);
        assert_int_equal(verdict.n_path, 2);
        assert_int_equal(verdict.n_effects, 2);
        assert_int_equal(verdict.effects[0].kind, WORKFLOW_EFFECT_REGISTER);
        assert_string_equal(verdict.effects[0].argument, "entrada");
        assert_int_equal(verdict.effects[1].kind, WORKFLOW_EFFECT_ASSIGN);
        assert_string_equal(verdict.effects[1].argument, "territorial");
        workflow_free(wf);
    }
}

/* Each role alone, in each state: the whole permission table of one procedure, as text. */
static void test_roles__may_do_what_is_theirs_and_nothing_else(void **state)
{
    static const struct {
        const char *state, *applicant, *signer, *agent, *technician, *unit_head, *supervisor;
    } rows[] = {
        {"draft", "submit discard ", "", "", "", "", ""},
        {"assigned", "withdraw ", "", "take ", "", "", "cancel "},
        {"in_progress", "withdraw ", "", "accept require_amendment refer dismiss ", "require_amendment ", "",
         "cancel "},
        {"under_assessment", "withdraw ", "", "require_amendment ", "propose require_amendment ", "", "cancel "},
        {"amendment_required", "amend withdraw ", "", "", "", "", "cancel "},
        {"proposed", "withdraw ", "", "", "", "grant deny ", "cancel "},
        {"granted", "withdraw ", "accept_grant renounce ", "", "", "", "cancel "},
        {"executing", "withdraw ", "", "", "deliver ", "", "cancel "},
        {"delivered", "approve object withdraw ", "", "", "", "", "cancel "},
    };
    static const char *const roles[] = {"applicant", "signer", "agent", "technician", "unit_head", "supervisor"};
    struct workflow *wf = definition("technical_assistance");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const wanted[] = {rows[i].applicant,  rows[i].signer,    rows[i].agent,
                                      rows[i].technician, rows[i].unit_head, rows[i].supervisor};
        for (size_t r = 0; r < 6; r++) {
            struct flat_option options[FLAT_OPTIONS_MAX];
            struct flat_facts facts = {0, 0};
            char may[256] = "";
            unsigned number, role;
            assert_true(workflow_state_find(wf, rows[i].state, &number));
            assert_true(workflow_role_find(wf, roles[r], &role));
            facts.roles_held = 1u << role;
            size_t n = flat_options(wf, number, &facts, options, FLAT_OPTIONS_MAX);
            for (size_t o = 0; o < n; o++) {
                size_t used = strlen(may);
                if (options[o].allowed)
                    snprintf(may + used, sizeof(may) - used, "%s ", options[o].event);
            }
            assert_string_equal(may, wanted[r]);
        }
    }
    workflow_free(wf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journeys__lead_where_the_procedure_says),
        cmocka_unit_test(test_journeys__visit_every_state_that_rests),
        cmocka_unit_test(test_submit__registers_then_assigns_by_territory),
        cmocka_unit_test(test_roles__may_do_what_is_theirs_and_nothing_else),
    };
    return cmocka_run_group_tests_name("workflow_journeys", tests, NULL, NULL);
}
