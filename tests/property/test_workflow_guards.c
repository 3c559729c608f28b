/*
 * A guard over one field is answered from what was solved when the definition was read. Whatever the guard and the
 * value, that is what the evaluator says.
 */
#include "property/test_workflow_documents.h"

#include "workflow/machine.h"

enum { DOCUMENTS = 60, VALUES = 40 };

static const char *comparison(uint64_t *seed)
{
    static const char *const all[] = {"==", "!=", "<", "<=", ">", ">="};

    return all[random_below(seed, 6)];
}

/* One clause over one of the fields n (int of -20 to 20), m (int), b (bool), e (enum). */
static json_t *clause(uint64_t *seed, char field)
{
    switch (field) {
    case 'b':
        return json_string(random_below(seed, 2) ? "data.b" : random_below(seed, 2) ? "!data.b" : "data.b == true");
    case 'e':
        if (random_below(seed, 3) == 0)
            return json_string("data.e in ['x', 'z']");
        return json_sprintf("data.e %s '%c'", random_below(seed, 2) ? "==" : "!=", 'x' + (int)random_below(seed, 3));
    default:
        return json_sprintf("data.%c %s %d", field, comparison(seed), (int)random_below(seed, 50) - 25);
    }
}

static json_t *guard(uint64_t *seed)
{
    char field = "nmbe"[random_below(seed, 4)];
    json_t *text = clause(seed, field);

    for (unsigned more = random_below(seed, 3); more > 0; more--) {
        json_t *other = clause(seed, random_below(seed, 8) ? field : 'n');
        json_t *both = json_sprintf("%s(%s %s %s)", random_below(seed, 4) ? "" : "!", json_string_value(text),
                                    random_below(seed, 2) ? "&&" : "||", json_string_value(other));
        json_decref(text);
        json_decref(other);
        text = both;
    }
    if (random_below(seed, 6) == 0) {
        json_t *asked = json_sprintf("has(data.%c) && %s", field, json_string_value(text));
        json_decref(text);
        text = asked;
    }
    return text;
}

static json_t *document(uint64_t *seed)
{
    json_t *alternatives = json_array();

    for (unsigned i = 0; i < 15; i++)
        json_array_append_new(alternatives,
                              json_pack("{s:s,s:o,s:b}", "role", "r", "guard", guard(seed), "internal", 1));
    json_array_append_new(alternatives, json_pack("{s:s,s:s}", "role", "r", "to", "end"));
    return json_pack("{s:s,s:s,s:i,s:o,s:{s:{s:s,s:i,s:i},s:{s:s},s:{s:s},s:{s:s,s:[s,s,s]}},s:{s:{s:o,s:s}},s:s,"
                     "s:{s:{s:o,s:s,s:{s:o}},s:{s:o,s:s,s:s,s:s}}}",
                     "format", "oam-wf/1", "key", "guards", "version", 1, "title", random_label(), "data", "n", "type",
                     "int", "min", -20, "max", 20, "m", "type", "int", "b", "type", "bool", "e", "type", "enum", "of",
                     "x", "y", "z", "roles", "r", "label", random_label(), "from", "team", "initial", "open", "states",
                     "open", "label", random_label(), "phase", "study", "on", "go", alternatives, "end", "label",
                     random_label(), "type", "final", "phase", "end", "outcome", "completed");
}

/* Also what the field's declaration does not allow: stored before it, or never. */
static void fill(uint64_t *seed, struct workflow_value data[4])
{
    static const char *const words[] = {"x", "y", "z", "w", ""};
    const char *word = words[random_below(seed, 5)];

    data[0] = workflow_value_int((int64_t)random_below(seed, 60) - 30);
    data[1] = random_below(seed, 9) ? workflow_value_int((int64_t)random_below(seed, 60) - 30)
                                    : workflow_value_int(random_below(seed, 2) ? INT64_MAX : INT64_MIN);
    data[2] = workflow_value_bool(random_below(seed, 2));
    data[3] = workflow_value_string(word, strlen(word));
    for (int i = 0; i < 4; i++)
        if (random_below(seed, 8) == 0)
            data[i] = workflow_value_unset();
        else if (random_below(seed, 12) == 0)
            data[i] = workflow_value_double(1.5);
}

static void agrees(const struct workflow *wf, const struct workflow_value *data, const struct workflow_trace *trace)
{
    struct workflow_value roots[] = {workflow_value_record(data, wf->n_fields)};
    struct workflow_bindings bindings = {.roots = roots, .n_roots = 1};
    struct workflow_value said = workflow_expression_evaluate(wf->expressions[trace->expression], &bindings);

    if (trace->value.kind != said.kind || trace->value.boolean != said.boolean) {
        size_t n;
        const char *text = workflow_expression_of(wf, trace->expression, &n);
        const struct machine_solution *solution = &wf->solutions[trace->expression];
        char value[64];
        workflow_value_print(&data[solution->field], value, sizeof(value));
        print_error("%.*s for %s\n", (int)n, text, value);
    }
    assert_int_equal(trace->value.kind, said.kind);
    if (said.kind == WORKFLOW_KIND_BOOL)
        assert_int_equal(trace->value.boolean, said.boolean);
}

static void test_guards__answer_as_the_evaluator_does(void **state)
{
    static struct workflow_out out;
    uint64_t seed = UINT64_C(20251122);
    unsigned solved = 0, asked = 0;

    (void)state;
    for (int i = 0; i < DOCUMENTS; i++) {
        json_t *text = document(&seed);
        struct workflow *wf = document_parse(text);
        struct workflow_instance born;
        struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED};
        assert_non_null(wf);
        assert_int_equal(workflow_start(wf, NULL, &out), WORKFLOW_OK);
        born = out.next;
        for (unsigned e = 0; e < wf->n_expressions; e++)
            solved += wf->solutions[e].solved;
        for (int v = 0; v < VALUES; v++) {
            struct workflow_value data[4];
            struct workflow_world world = {.roles_held = 1, .data = data};
            fill(&seed, data);
            workflow_step(wf, &born, &event, &world, &out);
            for (unsigned t = 0; t < out.n_trace; t++)
                agrees(wf, data, &out.trace[t]);
            asked += out.n_trace;
        }
        workflow_free(wf);
        json_decref(text);
    }
    /* A property of nothing is none. */
    assert_true(solved > DOCUMENTS * 5);
    assert_true(asked > DOCUMENTS * VALUES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_guards__answer_as_the_evaluator_does)};

    return cmocka_run_group_tests_name("workflow_guards", tests, NULL, NULL);
}
