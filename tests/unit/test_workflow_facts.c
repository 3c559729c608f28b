/* What expressions read besides data: a name that nobody tells is refused where it stands, with the nearest that is
   told; what is told of a clock has the types that were promised. */
#include "unit/test_workflow_document.h"
#include "workflow/facts.h"

struct mistake {
    const char *expression; /* as written in JSON */
    const char *code, *message;
    unsigned character; /* of the text in the document, from the quote on: where the fault is */
};

/* With a clock and a panel besides what the small document has. */
static char *document_with(const char *guard)
{
    char *with =
             replaced(sound, "\"initial\": \"open\"",
                      "\"calendars\": {\"legal\": {\"union\": [\"seat\"]}}, \"clocks\": {\"answer\": {\"budget\": "
                      "{\"days\": 9}, \"calendar\": \"legal\"}, \"repair\": {\"budget\": {\"days\": 9}, \"calendar\": "
                      "\"legal\"}}, \"initial\": \"open\""),
         put[800], *text;

    snprintf(put, sizeof put, "\"role\": \"asker\", \"guard\": \"%s\"", guard);
    text = replaced(with, "\"role\": \"asker\"", put);
    free(with);
    return text;
}

/* Line and column of the guard's name in the document, and of its text behind the quote. */
static unsigned column_of(const char *document, const char *within)
{
    const char *at = strstr(document, within), *line = at;

    assert_non_null(at);
    while (line > document && line[-1] != '\n')
        line--;
    return (unsigned)(at - line) + 1;
}

static const struct mistake mistakes[] = {
    {"ticket.asignee == 'x'", "unknown_field", "At character 8: There is no field asignee", 8},
    {"ticket.populaton > 5", "unknown_field", "At character 8: There is no field populaton: did you mean population?",
     8},
    {"has(ticket.servce)", "unknown_field", "At character 12: There is no field servce: did you mean service?", 12},
    {"ticket['untit'] == ''", "unknown_field", "At character 8: There is no field untit: did you mean unit?", 8},
    {"ticket.population == 'many'", "wrong_type", "At character 19: == between int and string is never true", 19},
    {"event.reson == ''", "unknown_field", "At character 7: There is no field reson: did you mean reason?", 7},
    {"event.size == 'litle'", "unknown_option", "At character 15: It never is 'litle': did you mean little?", 15},
    {"event.yes > 1", "unknown_field", "At character 7: There is no field yes", 7},
    {"clock.answr.running", "unknown_name", "At character 7: There is no clock answr: did you mean answer?", 7},
    {"has(clock.nothing.due)", "unknown_name", "At character 11: There is no clock nothing", 11},
    {"clock.answer.runing", "unknown_field", "At character 14: There is no field runing: did you mean running?", 14},
    {"clock.answer.percent", "wrong_type", "At character 1: This is int, and bool is wanted", 1},
    {"clock.answer.due > 5", "wrong_type", "At character 18: > has no meaning between timestamp and int", 18},
    {"tiket.unit == ''", "unknown_name", "At character 1: There is no tiket here: did you mean ticket?", 1},
    /* Where it stands, however it is written: an escape is one character of the expression and several of the text. */
    {"data.reason == 'a\\\"b' && event.reson == ''", "unknown_field",
     "At character 31: There is no field reson: did you mean reason?", 32},
    {"data.reason == '\\u00e9\\ud83d\\ude00' && event.reson == ''", "unknown_field", NULL, 46},
    {"data.reason == 'perquè' && event.reson == ''", "unknown_field",
     "At character 34: There is no field reson: did you mean reason?", 34},
};

static void test_name__that_nobody_tells_is_refused_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *mistake = &mistakes[i];
        struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
        char *document = document_with(mistake->expression);
        size_t n = 0;

        assert_null(workflow_parse(document, strlen(document), faults, WORKFLOW_FAULTS_MAX, &n));
        if (n != 1 || strcmp(faults[0].code, mistake->code) != 0)
            fail_msg("%s: %zu faults, %s: %s", mistake->expression, n, faults[0].code, faults[0].message);
        assert_string_equal(faults[0].pointer, "/states/open/on/go/0/guard");
        if (mistake->message)
            assert_string_equal(faults[0].message, mistake->message);
        assert_int_equal(faults[0].line, 21);
        assert_int_equal(faults[0].column, column_of(document, mistake->expression) + mistake->character - 1);
        free(document);
    }
}

static void test_name__that_is_told_compiles(void **state)
{
    static const char *const expressions[] = {
        "ticket.entity == '0800180001' && ticket.comarca != '' && has(ticket.service) && ticket.population >= 0",
        "ticket.subject_area in ['a', 'b'] || ticket.unit.startsWith('x')",
        "event.reason != '' && event.size == 'little' && has(event.reason)",
        "clock.answer.running && clock.answer.percent < 80 && clock.answer.extensions == 0 && clock.answer.due > now",
        "has(clock.repair.due) && ticket['unit'] == 'x'",
        "clock.answer == clock.repair",
        "ticket.all(fact, fact != '')",
    };

    (void)state;
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
        char *document = document_with(expressions[i]);
        size_t n = 0;
        struct workflow *wf = workflow_parse(document, strlen(document), faults, WORKFLOW_FAULTS_MAX, &n);

        if (!wf)
            fail_msg("%s: %s", expressions[i], faults[0].message);
        workflow_free(wf);
        free(document);
    }
}

/* A vote tells four facts; where a field has the name of one, the event may be either. */
static void test_event__of_a_vote_has_its_count(void **state)
{
    char *panel = replaced(
             sound, "\"initial\": \"open\"",
             "\"panels\": {\"board\": {\"members\": \"jury\", \"quorum\": 1, \"approve\": \"majority\", "
             "\"recuse\": \"ticket.entity in member.conflicts && !member.substitut\"}}, \"initial\": \"open\""),
         *jury = replaced(panel, "\"doer\": {",
                          "\"jury\": {\"label\": {\"ca\": \"J\", \"en\": \"J\"}, \"from\": \"panel\"}, \"doer\": {"),
         *no = replaced(jury, "\"reason\": {\"type\": \"string\"}",
                        "\"reason\": {\"type\": \"string\"}, \"no\": {\"type\": \"string\"}"),
         *guarded = replaced(no, "\"role\": \"asker\"",
                             "\"role\": \"asker\", \"guard\": \"event.yes > 1 && event.no == 'x' && event.no < 2 && "
                             "event.abstaned == 0\"");
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n = 0;

    (void)state;
    assert_null(workflow_parse(guarded, strlen(guarded), faults, WORKFLOW_FAULTS_MAX, &n));
    assert_int_equal(n, 2);
    assert_string_equal(faults[0].pointer, "/panels/board/recuse");
    assert_non_null(strstr(faults[0].message, "There is no field substitut: did you mean substitute?"));
    assert_string_equal(faults[1].pointer, "/states/open/on/go/0/guard");
    assert_non_null(strstr(faults[1].message, "There is no field abstaned: did you mean abstained?"));
    free(panel);
    free(jury);
    free(no);
    free(guarded);
}

static const struct workflow_member *member_of(const struct workflow_type *type, const struct workflow_value *name)
{
    for (size_t i = 0; i < type->n_members; i++)
        if (strlen(type->members[i].name) == name->n && memcmp(type->members[i].name, name->text, name->n) == 0)
            return &type->members[i];
    return NULL;
}

/* Every fact is one that is declared, of the kind that is declared, and what is always there is there. */
static size_t assert_declared(const struct workflow_type *type, const struct workflow_value *map)
{
    size_t always = 0;

    assert_int_equal(map->kind, WORKFLOW_KIND_MAP);
    for (size_t i = 0; i < map->n; i++) {
        const struct workflow_member *member = member_of(type, &map->items[2 * i]);
        assert_non_null(member);
        assert_int_equal(map->items[2 * i + 1].kind, member->type->kind);
        always += member->always_set;
    }
    for (size_t i = 0; i < type->n_members; i++)
        always -= type->members[i].always_set;
    assert_int_equal(always, 0);
    return map->n;
}

static void test_clock__tells_what_was_declared(void **state)
{
    struct workflow_zone *zone =
        workflow_zone_init(malloc(workflow_zone_size()), workflow_madrid_shifts, workflow_madrid_shift_count);
    const struct workflow_calendar_source source = {.zone = zone};
    struct workflow_calendar *calendar = workflow_calendar_init(malloc(workflow_calendar_size()), &source, NULL);
    struct workflow_value pairs[2 * WORKFLOW_CLOCK_FACTS];
    const int64_t now_us = INT64_C(1780000000) * 1000000;
    struct workflow_clock clock = {0};
    struct workflow_value told = workflow_clock_facts(&clock, calendar, now_us, pairs);

    (void)state;
    assert_int_equal(assert_declared(&workflow_clock_type, &told), WORKFLOW_CLOCK_FACTS - 1); /* nothing is due */
    assert_true(workflow_clock_start(&clock, (struct workflow_span){.kind = WORKFLOW_SPAN_DAYS, .amount = 4}, now_us));
    assert_true(workflow_clock_extend(&clock, calendar, 2, now_us));
    told = workflow_clock_facts(&clock, calendar, now_us, pairs);
    assert_int_equal(assert_declared(&workflow_clock_type, &told), WORKFLOW_CLOCK_FACTS);
    assert_int_equal(pairs[5].integer, 1); /* extensions */
    assert_int_equal(pairs[7].integer, workflow_clock_due(&clock, calendar, NULL) / 1000000);
    free(calendar);
    free(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__that_nobody_tells_is_refused_where_it_stands),
        cmocka_unit_test(test_name__that_is_told_compiles),
        cmocka_unit_test(test_event__of_a_vote_has_its_count),
        cmocka_unit_test(test_clock__tells_what_was_declared),
    };
    return cmocka_run_group_tests_name("workflow_facts", tests, NULL, NULL);
}
