/* The newest events in memory beside a list that forgets nothing: whatever is added, lost and begun anew, whoever looks
   finds what the list has, or is told that the ring does not reach so far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/events.h"

enum { RUNS = 60, STEPS = 400, EVENTS = 1200, BODIES = 4, REQUESTS = 5 };

static struct feed_event list[EVENTS];
static char texts[EVENTS][2][24];
static int64_t members_of[REQUESTS][BODIES], n_members_of[REQUESTS];
static int64_t first, last; /* behind which the ring could know, and up to where */
static bool known;

static unsigned dice(unsigned n)
{
    return (unsigned)rand() % n;
}

static void add_event(struct feed_ring *ring)
{
    unsigned request = dice(REQUESTS);
    struct feed_event *event = &list[++last];
    *event = (struct feed_event){
        .position = last,
        .request_id = request,
        .body_id = 1 + dice(BODIES),
        .seq = last,
        .version = last,
        .internal = dice(4) == 0,
        .draft = dice(5) == 0,
        .joint = request >= REQUESTS - 2,
        .ref = texts[last][0],
        .type = texts[last][1],
    };
    (void)snprintf(texts[last][0], sizeof texts[last][0], "OAM-2026-%06u", request + 1);
    (void)snprintf(texts[last][1], sizeof texts[last][1], "request.%s", dice(2) ? "submitted" : "noted");
    if (event->joint) {
        n_members_of[request] = 0;
        for (int64_t body = 1; body <= BODIES; body++)
            if (dice(2))
                members_of[request][n_members_of[request]++] = body;
        event->members = members_of[request];
        event->n_members = (size_t)n_members_of[request];
    }
    feed_ring_add(ring, event);
}

/* The rule of the policy on event_feed, in other words. */
static bool sees(const struct event_interest *who, const struct feed_event *event)
{
    bool own = false, adhered = false;
    for (size_t i = 0; i < who->n_bodies; i++) {
        own |= who->bodies[i] == event->body_id;
        for (int64_t k = 0; event->joint && k < n_members_of[event->request_id]; k++)
            adhered |= members_of[event->request_id][k] == who->bodies[i];
    }
    return (who->staff && !event->draft) ||
           (!event->internal && (own || who->all_bodies || (adhered && !event->draft)));
}

struct found {
    const struct event_interest *who;
    int64_t positions[EVENTS];
    size_t n;
};

static bool note(void *cls, const struct feed_event *event)
{
    struct found *found = cls;
    assert_string_equal(event->ref, list[event->position].ref);
    assert_string_equal(event->type, list[event->position].type);
    if (event_concerns(found->who, event))
        found->positions[found->n++] = event->position;
    return true;
}

static void look(struct feed_ring *ring, int64_t capacity, int64_t after)
{
    static const int64_t bodies[] = {1, 3};
    static const char *const types[] = {"request.noted"};
    struct event_interest who = {
        .staff = dice(3) == 0, .all_bodies = dice(4) == 0, .bodies = bodies, .n_bodies = 1 + dice(2)};
    if (dice(2))
        who.types = types, who.n_types = 1;
    if (dice(3) == 0)
        who.subject = "OAM-2026-000005";
    struct event_interest *kept = event_interest_keep(&who);
    struct found found = {.who = kept};
    int64_t head, seen = after, start = last - first > capacity ? last - capacity : first;
    bool reaches = feed_ring_visit(ring, after, note, &found, &head);
    assert_int_equal(reaches, known && after >= start);
    assert_int_equal(head, last);
    size_t n = 0;
    for (int64_t position = after + 1; reaches && position <= last; position++) {
        const struct feed_event *event = &list[position];
        if (sees(&who, event) && (!who.subject || strcmp(event->ref, who.subject) == 0) &&
            (who.n_types == 0 || strcmp(event->type, types[0]) == 0))
            assert_int_equal(found.positions[n++], position);
    }
    assert_int_equal(found.n, n);
    assert_int_equal(event_has_come(ring, kept, &seen), reaches ? n > 0 : last > after);
    assert_int_equal(seen, reaches && n == 0 && last > after ? last : after);
    free(kept);
}

static void test_ring(void **state)
{
    (void)state;
    for (unsigned run = 0; run < RUNS; run++) {
        srand(run);
        int64_t capacity = dice(3) == 0 ? 0 : 1 + dice(60);
        struct feed_ring *ring = feed_ring_new((size_t)capacity);
        memset(n_members_of, 0, sizeof n_members_of);
        first = last = 0;
        known = false;
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned what = dice(40);
            if (what == 0) {
                first = last += dice(20);
                known = capacity > 0;
                feed_ring_begin(ring, last);
            } else if (what == 1) {
                known = false;
                feed_ring_lose(ring);
            } else if (what < 20 && known) {
                add_event(ring);
            } else {
                look(ring, capacity, last > 0 ? (int64_t)dice((unsigned)last + 3) : 0);
            }
            if (last > EVENTS - 30)
                break;
        }
        feed_ring_free(ring);
    }
}

/* ---- expressions ---- */

static void test_filter(void **state)
{
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"event.type == 'cat.oam.request.transitioned'", true},
        {"event.to in ['granted', 'denied'] && event.service.startsWith('GOV-')", true},
        {"event.from == 'x'", false}, /* it has none */
        {"has(event.from)", false},
        {"!has(event.from)", true},
        {"event.version > 3 && event.time >= timestamp('2026-11-22T00:00:00Z')", true},
        {"event.body == '0801930008' ? event.subject.endsWith('123') : false", true},
    };
    const struct feed_event event = {.position = 7,
                                     .version = 4,
                                     .at = INT64_C(1795341600000000), /* 2026-11-22T10:00:00Z */
                                     .ref = "OAM-2026-000123",
                                     .type = "request.transitioned",
                                     .event = "grant",
                                     .to = "granted",
                                     .body = "0801930008",
                                     .service = "GOV-01"};
    struct arena *arena = arena_new(4096);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct event_filter_faults faults;
        const struct workflow_expression *filter = event_filter_compile(cases[i].text, arena, &faults);
        assert_non_null(filter);
        assert_int_equal(event_filter_holds(filter, &event), cases[i].holds);
        struct event_interest all = {.all_bodies = true, .filter = filter};
        struct event_interest *kept = event_interest_keep(&all);
        assert_int_equal(event_concerns(kept, &event), cases[i].holds);
        free(kept);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
