/* What a new version changes, edit by edit: texts, an extension, or structure. */
#include "unit/test_workflow_scene.h"

static const char *const office = SCENE_HEAD
    "`data`: {`n`: {`label`: {`ca`: `num`, `en`: `num`}, `type`: `int`, `min`: 1, `max`: 9},"
    " `kind`: {`type`: `enum`, `of`: [`a`, `b`, `c`], `default`: `a`}, `note`: {`type`: `string`}},"
    "`clocks`: {`term`: {`budget`: {`days`: 10}, `calendar`: `legal`, `law`: `art. 21`}},"
    "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `majority`}},"
    "`asserts`: [{`id`: `first`, `never`: {`state`: `held`, `without`: {`event`: `hold`}}}],"
    "`initial`: `open`, `states`: {"
    "`open`: {" SCENE_L ", `entry`: [{`fx`: `clock_start`, `clock`: `term`}],"
    " `on`: {`hold`: [{`role`: `all`, `set`: {`n`: `2`, `note`: `'x'`},"
    "   `check`: [{`expr`: `data.kind != 'c'`, `msg`: {`ca`: `no`, `en`: `no`}}], `to`: `held`}],"
    "  `stop`: [{`role`: `all`, `guard`: `data.n > 3`, `to`: `end`}, {`role`: `all`, `to`: `gone`}]},"
    " `after`: [{`id`: `nag`, `in`: {`days`: 2}, `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]},"
    "  {`id`: `limit`, `in`: {`days`: 9}, `calendar`: `legal`, `to`: `gone`}]},"
    "`held`: {" SCENE_L ", `awaits`: `all`, `on`: {`sign`: [{`role`: `all`, `not_same_actor_as`: [`hold`],"
    "   `to`: `voted`}]}},"
    "`voted`: {" SCENE_L ", `vote`: {`panel`: `jury`, `event`: `ballot`}, `on`: {`vote.passed`: [{`to`: `end`}],"
    "  `vote.failed`: [{`to`: `gone`}]}}," SCENE_END "}}";

struct edit {
    const char *find, *put, *change, *pointer;
};

static char *edited(const char *from, const char *find, const char *put)
{
    char *was = chart_text(find), *is = chart_text(put), *at = strstr(from, was), *to;
    size_t size = strlen(from) + strlen(is) + 1;

    assert_non_null(at);
    to = malloc(size);
    assert_non_null(to);
    snprintf(to, size, "%.*s%s%s", (int)(at - from), from, is, at + strlen(was));
    free(was);
    free(is);
    return to;
}

static struct workflow *parsed(const char *text)
{
    struct workflow_fault faults[4];
    size_t n;
    struct workflow *wf = workflow_parse(text, strlen(text), faults, 4, &n);

    if (!wf)
        fail_msg("%s %s: %s", faults[0].pointer, faults[0].code, faults[0].message);
    return wf;
}

static void assert_changes(const struct edit *edit)
{
    char *from = chart_text(office), *to = edited(from, edit->find, edit->put);
    const struct workflow_source old = {parsed(from), from, strlen(from)}, new = {parsed(to), to, strlen(to)};
    struct workflow_alteration differences[8];
    size_t n = 0;
    const char *change = workflow_change_key(workflow_compare(&old, &new, differences, 8, &n));
    bool told = *edit->pointer == '\0' && n == 0;

    for (size_t i = 0; i < n && i < 8; i++)
        told = told || strcmp(differences[i].where.pointer, edit->pointer) == 0;
    if (strcmp(change, edit->change) != 0 || !told)
        fail_msg("%s: %s at %s", edit->put, change, n > 0 ? differences[0].where.pointer : "nowhere");
    workflow_free((struct workflow *)old.workflow);
    workflow_free((struct workflow *)new.workflow);
    free(from);
    free(to);
}

#define ASSERT_ALL(edits)                                                                                              \
    for (size_t i_ = 0; i_ < sizeof(edits) / sizeof((edits)[0]); i_++)                                                 \
    assert_changes(&(edits)[i_])

static void test_compare__fields_may_be_wider_and_not_narrower(void **state)
{
    static const struct edit edits[] = {
        {"`min`: 1", "`min`: 1", "none", ""},
        {"`min`: 1", "`min`: 0", "texts", "/data/n/min"},
        {"`min`: 1", "`min`: 2", "structure", "/data/n/min"},
        {"`min`: 1, ", "", "texts", "/data/n/min"},
        {"`max`: 9}", "`max`: 10}", "texts", "/data/n/max"},
        {"`max`: 9}", "`max`: 8}", "structure", "/data/n/max"},
        {", `max`: 9}", "}", "texts", "/data/n/max"},
        {"`type`: `string`}", "`type`: `string`, `max`: 99}", "structure", "/data/note/max"},
        {"`type`: `string`}", "`type`: `string`, `min`: 1}", "structure", "/data/note/min"},
        {"`type`: `string`}", "`type`: `string`, `by`: `procedure`}", "structure", "/data/note/by"},
        {"[`a`, `b`, `c`]", "[`a`, `b`, `c`, `d`]", "texts", "/data/kind/of"},
        {"[`a`, `b`, `c`]", "[`c`, `b`, `a`]", "texts", "/data/kind/of"},
        {"[`a`, `b`, `c`]", "[`a`, `c`]", "structure", "/data/kind/of"},
        {"[`a`, `b`, `c`]", "[`a`, `x`, `c`]", "structure", "/data/kind/of"},
        {"`default`: `a`", "`default`: `b`", "texts", "/data/kind/default"},
        {", `default`: `a`", "", "texts", "/data/kind/default"},
        {"`ca`: `num`", "`ca`: `nombre`", "texts", "/data/n/label"},
    };

    (void)state;
    ASSERT_ALL(edits);
}

static void test_compare__ways_and_timers_keep_their_order_and_their_meaning(void **state)
{
    static const struct edit edits[] = {
        {"{`n`: `2`, `note`: `'x'`}", "{`note`: `'x'`, `n`: `2`}", "structure", "/states/open/on/hold/0/set"},
        {"{`n`: `2`, `note`: `'x'`}", "{`n`: `2`}", "structure", "/states/open/on/hold/0/set/note"},
        {"{`n`: `2`,", "{`n`: `3`,", "structure", "/states/open/on/hold/0/set/n"},
        {"`msg`: {`ca`: `no`", "`msg`: {`ca`: `nada`", "texts", "/states/open/on/hold/0/check/0/msg"},
        {"data.kind != 'c'", "data.kind != 'b'", "structure", "/states/open/on/hold/0/check/0/expr"},
        {"data.n > 3", "data.n > 4", "structure", "/states/open/on/stop/0/guard"},
        {", {`role`: `all`, `to`: `gone`}]", "]", "structure", "/states/open/on/stop"},
        {"`days`: 9}", "`days`: 8}", "structure", "/states/open/after/1/in/days"},
        {"{`id`: `nag`,", "{`id`: `nudge`,", "structure", "/states/open/after/0"},
        {"{`id`: `nag`,", "{`id`: `nag`, `label`: {`ca`: `Encara`, `en`: `Still`},", "texts",
         "/states/open/after/0/label"},
        {"{`id`: `limit`, `in`: {`days`: 9}, `calendar`: `legal`, `to`: `gone`}",
         "{`id`: `limit`, `in`: {`days`: 9}, `calendar`: `legal`, `to`: `gone`}, {`id`: `more`, `in`: {`days`: 1},"
         " `calendar`: `legal`, `do`: [{`fx`: `notify`, `to`: `all`}]}",
         "extension", "/states/open/after/2"},
        {", `not_same_actor_as`: [`hold`]", "", "structure", "/states/held/on/sign/0/not_same_actor_as"},
        {"`not_same_actor_as`: [`hold`]", "`not_same_actor_as`: [`stop`]", "structure",
         "/states/held/on/sign/0/not_same_actor_as/0"},
        {"[{`fx`: `clock_start`, `clock`: `term`}]",
         "[{`fx`: `clock_start`, `clock`: `term`}, {`fx`: `notify`, `to`: `all`}]", "structure", "/states/open/entry"},
        {"`awaits`: `all`", "`awaits`: `other`", "texts", "/states/held/awaits"},
    };

    (void)state;
    ASSERT_ALL(edits);
}

static void test_compare__the_rest_of_the_document_counts_too(void **state)
{
    static const struct edit edits[] = {
        {"`version`: 1", "`version`: 2", "none", ""},
        {"`title`: {`ca`: `e`", "`title`: {`ca`: `E`", "texts", "/title"},
        {"`budget`: {`days`: 10}", "`budget`: {`days`: 11}", "structure", "/clocks/term/budget/days"},
        {"`art. 21`", "`art. 22`", "texts", "/clocks/term/law"},
        {"`quorum`: 2", "`quorum`: 1", "structure", "/panels/jury/quorum"},
        {"`approve`: `majority`", "`approve`: `unanimous`", "structure", "/panels/jury/approve"},
        {"`union`: [`seat`]", "`union`: [`seat`, `catalonia`]", "structure", "/calendars/legal/union"},
        {"`outcome`: `completed`", "`outcome`: `denied`", "structure", "/states/end/outcome"},
        {"`label`: {`ca`: `t`", "`label`: {`ca`: `T`", "texts", "/roles/all/label"},
    };

    (void)state;
    ASSERT_ALL(edits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare__fields_may_be_wider_and_not_narrower),
        cmocka_unit_test(test_compare__ways_and_timers_keep_their_order_and_their_meaning),
        cmocka_unit_test(test_compare__the_rest_of_the_document_counts_too),
    };
    return cmocka_run_group_tests_name("workflow_versions", tests, NULL, NULL);
}
