/*
 * Random definitions of two regions, and a plain judge of them, who knows nothing of masks, keys or hashes: which
 * places can be come to, from which it can end whatever guards answer, what is never taken, which claims do not hold.
 * To be included by one test program each.
 */
#ifndef OAM_TEST_WORKFLOW_JUDGE_H
#define OAM_TEST_WORKFLOW_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chart_text.h"
#include "workflow/definition.h"

enum {
    REGIONS = 2,
    LEAVES_MAX = 4, /* of a region */
    EVENTS = 4,     /* the last is a system's, which promises nothing */
    BY_SYSTEM = EVENTS - 1,
    WAYS_MAX = 3, /* of one state by one event */
    CLAIMS = 6,
    OUT = LEAVES_MAX, /* a target: out of everything, to the end */
    PLACES = LEAVES_MAX * LEAVES_MAX + 1,
    END = PLACES - 1,
    FAR = 1000
};

/* One way of a state by an event. */
struct way {
    bool guarded;
    int to; /* a leaf of the region, or OUT */
    unsigned number;
};

struct ways {
    struct way all[WAYS_MAX];
    int n;
};

enum claim_kind { NEVER_AND, NEVER_WITHOUT, CAN_REACH, CLAIM_KINDS };
struct claim {
    enum claim_kind kind;
    int region, leaf, other_region, other, event;
};

struct model {
    int leaves[REGIONS];
    struct ways ways[REGIONS][LEAVES_MAX][EVENTS];
    unsigned n_ways;
    struct claim claims[CLAIMS];
};

/* ---- random models, and their documents ---- */

static inline unsigned pick(uint64_t *seed, unsigned n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (unsigned)(*seed >> 33) % n;
}

static inline void random_ways(struct model *model, int region, struct ways *ways, uint64_t *seed)
{
    ways->n = pick(seed, 2) ? 0 : 1 + (int)pick(seed, WAYS_MAX);
    for (int i = 0; i < ways->n; i++) {
        struct way *way = &ways->all[i];
        way->guarded = i + 1 < ways->n || pick(seed, 3) == 0;
        way->to = pick(seed, 6) == 0 ? OUT : (int)pick(seed, (unsigned)model->leaves[region]);
        way->number = model->n_ways++;
    }
}

static inline struct model random_model(uint64_t *seed)
{
    struct model model = {.n_ways = 0};

    for (int region = 0; region < REGIONS; region++) {
        model.leaves[region] = 2 + (int)pick(seed, LEAVES_MAX - 1);
        for (int leaf = 0; leaf < model.leaves[region]; leaf++)
            for (int event = 0; event < EVENTS; event++)
                random_ways(&model, region, &model.ways[region][leaf][event], seed);
    }
    for (int i = 0; i < CLAIMS; i++) {
        struct claim *claim = &model.claims[i];
        claim->kind = (enum claim_kind)pick(seed, CLAIM_KINDS);
        claim->region = (int)pick(seed, REGIONS);
        claim->other_region = claim->kind == NEVER_AND ? 1 - claim->region : (int)pick(seed, REGIONS);
        claim->leaf = (int)pick(seed, (unsigned)model.leaves[claim->region]);
        claim->other = (int)pick(seed, (unsigned)model.leaves[claim->other_region]);
        claim->event = (int)pick(seed, EVENTS);
    }
    return model;
}

struct text {
    char bytes[32768];
    size_t n;
};

static inline void say(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->n += (size_t)vsnprintf(text->bytes + text->n, sizeof(text->bytes) - text->n, format, arguments);
    va_end(arguments);
    assert_true(text->n < sizeof(text->bytes));
}

/* A leaf is known by its region and number: s0_2. */
static inline void say_ways(struct text *text, int region, const struct ways *ways, bool by_system)
{
    for (int i = 0; i < ways->n; i++) {
        const struct way *way = &ways->all[i];
        say(text, "%s{`role`: `%s`, ", i ? ", " : "", by_system ? "bank" : "town");
        if (way->guarded)
            say(text, "`guard`: `data.n == %d`, ", i);
        if (way->to == OUT)
            say(text, "`to`: `end`}");
        else
            say(text, "`to`: `s%d_%d`}", region, way->to);
    }
}

static inline void say_region(struct text *text, const struct model *model, int region)
{
    say(text, "`r%d`: {`initial`: `s%d_0`, `states`: {", region, region);
    for (int leaf = 0; leaf < model->leaves[region]; leaf++) {
        const char *between = "";
        say(text, "%s`s%d_%d`: {`on`: {", leaf ? ", " : "", region, leaf);
        for (int event = 0; event < EVENTS; event++) {
            const struct ways *ways = &model->ways[region][leaf][event];
            if (ways->n == 0)
                continue;
            say(text, "%s`e%d`: [", between, event);
            say_ways(text, region, ways, event == BY_SYSTEM);
            say(text, "]");
            between = ", ";
        }
        say(text, "}}");
    }
    say(text, "}}");
}

static inline void say_claim(struct text *text, int number, const struct claim *claim)
{
    static const char *const begins[] = {"`never`: {`state`", "`never`: {`state`", "`can_reach`: {`from`"};
    static const char *const goes_on[] = {"`and`", "", "`to`"};

    say(text, "%s{`id`: `c%d`, %s: `both.r%d.s%d_%d`, ", number ? ", " : "", number, begins[claim->kind], claim->region,
        claim->region, claim->leaf);
    if (claim->kind == NEVER_WITHOUT)
        say(text, "`without`: {`event`: `e%d`}}}", claim->event);
    else
        say(text, "%s: `both.r%d.s%d_%d`}}", goes_on[claim->kind], claim->other_region, claim->other_region,
            claim->other);
}

/* The definition of a model; NULL when the parser refuses it already: something cannot be reached, or cannot end. */
static inline struct workflow *definition_of(const struct model *model)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct text text = {.n = 0};
    struct workflow *wf;
    size_t n;
    char *json;

    say(&text, "{`format`: `oam-wf/1`, `key`: `probe`, `version`: 1, `title`: {`ca`: `p`, `en`: `p`},"
               "`data`: {`n`: {`type`: `int`}}, `roles`: {"
               "`town`: {`label`: {`ca`: `e`, `en`: `e`}, `from`: `applicant_entity`},"
               "`bank`: {`label`: {`ca`: `b`, `en`: `b`}, `from`: `system`}}, `asserts`: [");
    for (int i = 0; i < CLAIMS; i++)
        say_claim(&text, i, &model->claims[i]);
    say(&text, "], `initial`: `both`, `states`: {`both`: {`label`: {`ca`: `p`, `en`: `p`}, `phase`: `study`,"
               "`type`: `parallel`, `states`: {");
    for (int region = 0; region < REGIONS; region++) {
        say(&text, region ? ", " : "");
        say_region(&text, model, region);
    }
    say(&text, "}}, `end`: {`label`: {`ca`: `f`, `en`: `f`}, `type`: `final`, `phase`: `end`,"
               "`outcome`: `completed`}}}");
    json = chart_text(text.bytes);
    assert_non_null(json);
    wf = workflow_parse(json, strlen(json), faults, WORKFLOW_FAULTS_MAX, &n);
    free(json);
    return wf;
}

/* ---- the plain judge ---- */

struct judge {
    const struct model *model;
    int away[PLACES];           /* steps from the beginning; FAR: not at all */
    bool leads[PLACES][PLACES]; /* some event may lead from the one to the other */
    bool ends[PLACES];          /* it can end from here, whatever guards answer */
    bool taken[REGIONS * LEAVES_MAX * EVENTS * WAYS_MAX];
    bool tells[EVENTS][PLACES][PLACES]; /* this event may */
    bool stays[EVENTS][PLACES];         /* this event may be refused */
};

static inline int place_of(int first, int second)
{
    return first * LEAVES_MAX + second;
}

static inline bool is_at(int place, int region, int leaf)
{
    return place != END && (region ? place % LEAVES_MAX : place / LEAVES_MAX) == leaf;
}

/* Whatever guards answer: one of the ways, or none when all are guarded. */
static inline bool may_choose(const struct ways *ways, int i)
{
    return i < ways->n ? true : ways->n == 0 || ways->all[ways->n - 1].guarded;
}

/* Both regions answer to an event, unless one leaves them both: the first that does is heard alone. */
static inline void judge_choice(struct judge *judge, int event, int place, const struct way *first,
                                const struct way *second)
{
    int leaf[REGIONS] = {place / LEAVES_MAX, place % LEAVES_MAX}, to;

    if (!first && !second) {
        judge->stays[event][place] = true;
        return;
    }
    if (first && second && (first->to == OUT || second->to == OUT))
        second = NULL;
    if (first && judge->away[place] < FAR)
        judge->taken[first->number] = true;
    if (second && judge->away[place] < FAR)
        judge->taken[second->number] = true;
    if ((first && first->to == OUT) || (second && second->to == OUT))
        to = END;
    else
        to = place_of(first ? first->to : leaf[0], second ? second->to : leaf[1]);
    judge->tells[event][place][to] = judge->leads[place][to] = true;
}

static inline void judge_place(struct judge *judge, int place)
{
    for (int event = 0; event < EVENTS; event++) {
        const struct ways *first = &judge->model->ways[0][place / LEAVES_MAX][event];
        const struct ways *second = &judge->model->ways[1][place % LEAVES_MAX][event];
        for (int i = 0; i <= first->n; i++)
            for (int j = 0; j <= second->n; j++)
                if (may_choose(first, i) && may_choose(second, j))
                    judge_choice(judge, event, place, i < first->n ? &first->all[i] : NULL,
                                 j < second->n ? &second->all[j] : NULL);
    }
}

static inline bool event_ends(const struct judge *judge, int event, int place)
{
    bool any = false;

    for (int to = 0; to < PLACES; to++) {
        if (judge->tells[event][place][to] && !judge->ends[to])
            return false;
        any = any || judge->tells[event][place][to];
    }
    return any && event != BY_SYSTEM && !judge->stays[event][place];
}

static inline void judge_all(struct judge *judge, const struct model *model)
{
    bool changed = true;

    memset(judge, 0, sizeof(*judge));
    judge->model = model;
    for (int i = 0; i < PLACES; i++)
        judge->away[i] = FAR;
    judge->away[place_of(0, 0)] = 0;
    for (int far = 0; far < PLACES; far++)
        for (int at = 0; at < END; at++)
            if (judge->away[at] == far) {
                judge_place(judge, at);
                for (int to = 0; to < PLACES; to++)
                    if (judge->leads[at][to] && judge->away[to] == FAR)
                        judge->away[to] = far + 1;
            }
    judge->ends[END] = true;
    while (changed) {
        changed = false;
        for (int at = 0; at < END; at++)
            for (int event = 0; event < EVENTS && !judge->ends[at]; event++)
                if (event_ends(judge, event, at))
                    judge->ends[at] = changed = true;
    }
}

/* Where one may get to from a place, without an event (EVENTS: with all of them). */
static inline void spread(const struct judge *judge, int place, int without, bool reached[PLACES])
{
    reached[place] = true;
    for (int event = 0; event < EVENTS; event++)
        for (int to = 0; to < PLACES; to++)
            if (event != without && judge->tells[event][place][to] && !reached[to])
                spread(judge, to, without, reached);
}

static inline bool holds(const struct judge *judge, const struct claim *claim)
{
    bool from_start[PLACES] = {false};

    spread(judge, place_of(0, 0), claim->kind == NEVER_WITHOUT ? claim->event : EVENTS, from_start);
    for (int at = 0; at < END; at++) {
        bool from_here[PLACES] = {false}, there = claim->kind != CAN_REACH;
        if (!from_start[at] || !is_at(at, claim->region, claim->leaf))
            continue;
        if (claim->kind == NEVER_AND && !is_at(at, claim->other_region, claim->other))
            continue;
        spread(judge, at, EVENTS, from_here);
        for (int to = 0; to < END && claim->kind == CAN_REACH; to++)
            there = there || (from_here[to] && is_at(to, claim->other_region, claim->other));
        if (claim->kind != CAN_REACH || !there)
            return false;
    }
    return true;
}

#endif
