/* The procedures of the whole format (tests/workflow/examples), lived through: who does what, and what follows. */
#include "unit/test_workflow_scene.h"

#include <stdbool.h>

/* An act, and where the request is then; `wanted` texts that are NULL are not looked at. */
struct act {
    int64_t actor;
    const char *event; /* "@": a timer */
    const char *leaves, *effects, *clocks;
};

static struct scene *example(const char *name)
{
    static char text[WORKFLOW_DOCUMENT_MAX];
    char path[512];
    const char *source = getenv("OAM_SOURCE");
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "%s/tests/workflow/examples/%s.json", source ? source : ".", name);
    file = fopen(path, "rb");
    assert_non_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    struct scene *scene = scene_open(text);
    scene->world.roles_held = UINT32_MAX;
    return scene;
}

static void give(struct scene *scene, const char *field, struct workflow_value value)
{
    unsigned number;

    assert_true(workflow_field_find(scene->wf, field, &number));
    scene->data[number] = value;
}

static void give_text(struct scene *scene, const char *field, const char *text)
{
    give(scene, field, workflow_value_string(text, strlen(text)));
}

static void live(struct scene *scene, const struct act *acts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct act *act = &acts[i];
        scene->world.actor = act->actor;
        enum workflow_rc rc = act->event[0] == '@' ? scene_fire(scene, act->event + 1) : scene_do(scene, act->event);
        if (rc != WORKFLOW_OK)
            print_error("%s: %d, reasons %x, %s\n", act->event, (int)rc, scene->out.reasons.why,
                        workflow_fault_key(scene->out.fault));
        assert_int_equal(rc, WORKFLOW_OK);
        assert_string_equal(scene_leaves(scene), act->leaves);
        if (act->effects)
            assert_string_equal(scene_effects(scene), act->effects);
        if (act->clocks)
            assert_string_equal(scene_clocks(scene), act->clocks);
    }
}
#define LIVE(scene, ...)                                                                                               \
    do {                                                                                                               \
        const struct act acts[] = {__VA_ARGS__};                                                                       \
        live(scene, acts, sizeof(acts) / sizeof(acts[0]));                                                             \
    } while (0)

enum { TOWN = 10, TRIAGER, TECHNICIAN, ECONOMIST, HEAD, SYSTEM };

static void test_assistance__is_amended_in_the_midst_of_two_reports(void **state)
{
    struct scene *scene = example("technical_assistance");
    struct workflow_value town = workflow_value_string("0801930008", 10);

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    give(scene, "participants", workflow_value_list(&town, 1));
    give(scene, "estimated_hours", workflow_value_int(120));
    give_text(scene, "tech_opinion", "favourable");
    give_text(scene, "econ_opinion", "favourable");
    LIVE(scene, {TOWN, "submit", "processing.triage", "register:entrada", "start resolution, start first_reply"},
         {TRIAGER, "accept", "processing.assessment.tech.writing processing.assessment.econ.writing",
          "assign:referent task:informe_tecnic task:informe_economic", "stop first_reply"},
         {TECHNICIAN, "sign_tech", "processing.assessment.tech.signed processing.assessment.econ.writing", "", ""},
         {TRIAGER, "request_amendment", "amendment", "document:requeriment_esmena notify",
          "start amendment, pause resolution"},
         {TOWN, "amend", "processing.assessment.tech.signed processing.assessment.econ.writing",
          "register:entrada task:informe_economic(resumed)", "resume resolution"});
    scene->world.actor = TECHNICIAN;
    assert_int_equal(scene_do(scene, "sign_econ"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_SAME_ACTOR);
    LIVE(scene, {ECONOMIST, "sign_econ", "processing.prioritisation", "", ""},
         {HEAD, "grant", "granted", "notify", "stop resolution"},
         {SYSTEM, "@tacit_acceptance", "execution.working", "", ""});
    struct workflow_value told[] = {workflow_value_string("progress", 8), workflow_value_int(40)};
    struct workflow_event progress = scene_event(scene, "progress");
    progress.data = workflow_value_map(told, 1);
    assert_int_equal(scene_step(scene, progress), WORKFLOW_OK);
    told[1] = workflow_value_int(30);
    assert_int_equal(scene_step(scene, progress), WORKFLOW_REJECTED);
    assert_string_equal(scene->out.reasons.failures[0]->in[WORKFLOW_EN], "Progress cannot go back");
    LIVE(scene, {TECHNICIAN, "deliver", "execution.review", "", ""}, {TOWN, "objections", "execution.working", "", ""},
         {TECHNICIAN, "deliver", "execution.review", "", ""}, {TOWN, "approve", "closed", "notify", "stop amendment"});
    scene_close(scene);
}

static void test_assistance__of_several_bodies_waits_for_each_of_them(void **state)
{
    static const int64_t bodies[] = {8019, 8121};
    struct scene *scene = example("technical_assistance");
    struct workflow_value towns[] = {workflow_value_int(8019), workflow_value_int(8121)};
    struct workflow_event adhere, expiry = {.kind = WORKFLOW_EVENT_TIMER, .body = 8121};

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    give(scene, "participants", workflow_value_list(towns, 2));
    scene->world.bodies = bodies;
    scene->world.n_bodies = 2;
    LIVE(scene, {TOWN, "submit", "adhesions", NULL, NULL});
    adhere = scene_event(scene, "adhere");
    adhere.body = 8019;
    assert_int_equal(scene_step(scene, adhere), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "adhesions");
    assert_true(workflow_timer_find(scene->wf, "adhesion_expiry", &expiry.number));
    assert_int_equal(scene_step(scene, expiry), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "processing.triage");
    scene_close(scene);
}

static void test_grant__is_voted_heard_justified_and_paid(void **state)
{
    static const struct workflow_voter voters[] = {{.actor = 1, .chair = true}, {.actor = 2}, {.actor = 3}};
    struct scene *scene = example("economic_grant");
    struct workflow_value town = workflow_value_string("0801930008", 10),
                          neighbour = workflow_value_string("0811150006", 10);
    struct workflow_value call[] = {workflow_value_string("entity", 6), town};
    struct workflow_value facts[] = {workflow_value_string("conflicts", 9), workflow_value_list(&neighbour, 1)};
    struct workflow_voter board[3];
    struct workflow_value awarded[] = {workflow_value_string("awarded", 7), workflow_value_int(500),
                                       workflow_value_string("ranking", 7), workflow_value_string("funded", 6)};
    struct workflow_event told;

    (void)state;
    for (int i = 0; i < 3; i++) {
        board[i] = voters[i];
        board[i].facts = workflow_value_map(facts, 1);
    }
    scene->world.ticket = workflow_value_map(call, 1);
    scene->world.voters = board;
    scene->world.n_voters = 3;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    give(scene, "asked", workflow_value_int(500));
    give(scene, "budget", workflow_value_int(900));
    give(scene, "justified", workflow_value_int(450));
    give_text(scene, "econ_opinion", "favourable");
    LIVE(scene, {TOWN, "submit", "waiting_close", "register:entrada", ""},
         {SYSTEM, "call.closed", "instruction.admissibility", "", "start resolution"},
         {HEAD, "admit", "instruction.reports.tech.pending instruction.reports.econ.pending",
          "assign:reporter task:informe_tecnic task:informe_economic", ""},
         {TECHNICIAN, "sign_tech", "instruction.reports.tech.signed instruction.reports.econ.pending", "", ""},
         {ECONOMIST, "sign_econ", "instruction.scoring", "", ""});
    for (int i = 0; i < 3; i++) {
        struct workflow_event ballot = scene_event(scene, "board_score");
        ballot.choice = i < 2 ? WORKFLOW_YES : WORKFLOW_NO;
        ballot.scored = true;
        ballot.score = 7000 + i;
        scene->world.actor = i + 1;
        assert_int_equal(scene_step(scene, ballot), WORKFLOW_OK);
    }
    assert_string_equal(scene_leaves(scene), "instruction.ranked");
    told = scene_event(scene, "call.proposal");
    told.data = workflow_value_map(awarded, 2);
    assert_int_equal(scene_step(scene, told), WORKFLOW_OK);
    LIVE(scene, {SYSTEM, "@hearing_ends", "instruction.proposed", "", ""});
    told.number = scene_event(scene, "call.resolved").number;
    assert_int_equal(scene_step(scene, told), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "granted");
    assert_string_equal(scene_effects(scene), "reserve:credit notify");
    LIVE(scene, {TOWN, "accept_grant", "execution", "", "start execution"},
         {TOWN, "finish", "justification.open", "", "start justification"},
         {TOWN, "justify", "justification.check", "task:comprovacio", ""},
         {ECONOMIST, "partial", "payment", "pay", ""});
    assert_int_equal(scene->out.effects[0].amount, 450);
    told.number = scene_event(scene, "pay.done").number;
    awarded[0] = workflow_value_string("paid", 4);
    awarded[1] = workflow_value_int(450);
    assert_int_equal(scene_step(scene, told), WORKFLOW_OK);
    assert_string_equal(scene_leaves(scene), "closed");
    assert_string_equal(scene_effects(scene), "");
    scene_close(scene);
}

static void test_loan__is_extended_twice_overdue_and_returned(void **state)
{
    struct scene *scene = example("equipment_loan");

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    give(scene, "from", workflow_value_timestamp(1790000000, 0));
    give(scene, "until", workflow_value_timestamp(1790600000, 0));
    LIVE(scene, {TOWN, "submit", "request.holding", "register:entrada reserve:stock", "start answer"},
         {SYSTEM, "stock.short", "request.waitlist", "", "pause answer"},
         {SYSTEM, "stock.freed", "request.holding", "reserve:stock", "resume answer"},
         {SYSTEM, "stock.held", "request.review", "assign:carrier", ""},
         {HEAD, "approve", "pickup", "document:albara", "stop answer"}, {HEAD, "hand_over", "on_loan.in_use", "", ""},
         {TOWN, "ask_extension", "on_loan.extension", "", ""}, {HEAD, "grant_extension", "on_loan.in_use", "", ""},
         {TOWN, "ask_extension", "on_loan.extension", "", ""}, {HEAD, "grant_extension", "on_loan.in_use", "", ""});
    assert_int_equal(scene_do(scene, "ask_extension"), WORKFLOW_REJECTED);
    assert_int_equal(scene->out.reasons.why, WORKFLOW_REASON_HIDDEN);
    LIVE(scene, {SYSTEM, "@due", "on_loan.overdue", "", "start return"},
         {SYSTEM, "@overdue_nag", "on_loan.overdue", "notify", ""}, {HEAD, "give_back", "inspection", "", ""});
    give(scene, "returned_all", workflow_value_bool(true));
    LIVE(scene, {HEAD, "all_good", "closed", "release:stock", "stop return"});
    scene_close(scene);
}

static void test_loan__that_is_withdrawn_gives_the_stock_back_once(void **state)
{
    struct scene *scene = example("equipment_loan");

    (void)state;
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    give(scene, "from", workflow_value_timestamp(1790000000, 0));
    give(scene, "until", workflow_value_timestamp(1790600000, 0));
    LIVE(scene, {TOWN, "submit", "request.holding", NULL, NULL}, {SYSTEM, "stock.held", "request.review", NULL, NULL},
         {TOWN, "withdraw", "withdrawn", "release:stock", "stop answer"});
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assistance__is_amended_in_the_midst_of_two_reports),
        cmocka_unit_test(test_assistance__of_several_bodies_waits_for_each_of_them),
        cmocka_unit_test(test_grant__is_voted_heard_justified_and_paid),
        cmocka_unit_test(test_loan__is_extended_twice_overdue_and_returned),
        cmocka_unit_test(test_loan__that_is_withdrawn_gives_the_stock_back_once),
    };
    return cmocka_run_group_tests_name("workflow_examples", tests, NULL, NULL);
}
