/* What a step costs: one JSON line for each figure, the best of several rounds. Rates are of one core's CPU time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/definition.h"
#include "workflow/step.h"
#include "workflow/verify.h"

enum { ROUNDS = 7, HOT_STEPS = 1200000, COLD_STEPS = 400000, COLD_REQUESTS = 1000000, BYTES_EACH = 64, PARSES = 60 };

static char document[WORKFLOW_DOCUMENT_MAX];
static size_t document_length;
static struct workflow *wf;
static struct workflow_out out;
static struct workflow_value data[WORKFLOW_FIELDS_MAX];
static const struct workflow_world world = {
    .actor = 7, .roles_held = UINT32_MAX, .fields_present = UINT64_MAX, .data = data};

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void fail(const char *why)
{
    fprintf(stderr, "bench_step: %s\n", why);
    exit(1);
}

static void read_file(const char *name)
{
    char path[512];
    const char *source = getenv("OAM_SOURCE");
    snprintf(path, sizeof path, "%s/tests/%s", source ? source : ".", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail(path);
    document_length = fread(document, 1, sizeof document, file);
    fclose(file);
}

static void read_chart(void)
{
    struct workflow_fault fault;
    read_file("load/workflow/chart.json");
    wf = workflow_parse(document, document_length, &fault, 1, NULL);
    if (wf == NULL)
        fail(fault.message);
}

static struct workflow_event event_of(const char *key)
{
    struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED};
    if (!workflow_event_find(wf, key, &event.number))
        fail(key);
    return event;
}

static void begin(struct workflow_instance *ret, const char *const *events, size_t n)
{
    if (workflow_start(wf, &world, &out) != WORKFLOW_OK)
        fail("no start");
    memcpy(data, out.data, sizeof data);
    *ret = out.next;
    for (size_t i = 0; i < n; i++) {
        struct workflow_event event = event_of(events[i]);
        if (workflow_step(wf, ret, &event, &world, &out) != WORKFLOW_OK)
            fail(events[i]);
        *ret = out.next;
    }
}

static void tell_rate(const char *name, int64_t best, int steps)
{
    printf("{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"M/s\"}\n", name, steps * 1e3 / (double)best);
}

/* One request, warm: the events again and again, each step from what the one before came to. */
static void bench_hot(const char *name, const char *const *events, size_t n)
{
    static struct workflow_out two[2];
    struct workflow_instance first;
    struct workflow_event steps[16];
    int64_t best = INT64_MAX;
    begin(&first, (const char *const[]){"submit"}, 1);
    for (size_t i = 0; i < n; i++)
        steps[i] = event_of(events[i]);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned turn = 0;
        two[0].next = first;
        const int64_t began = cpu_ns();
        for (int i = 0; i < HOT_STEPS / (int)n; i++)
            for (size_t e = 0; e < n; e++, turn ^= 1)
                if (workflow_step(wf, &two[turn].next, &steps[e], &world, &two[turn ^ 1]) != WORKFLOW_OK)
                    fail(events[e]);
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    tell_rate(name, best, HOT_STEPS / (int)n * (int)n);
}

/* A million requests as bytes, at random: decode, step, encode. */
static void bench_bytes(void)
{
    static const char *const ways[][4] = {{"submit"}, {"submit", "accept"}, {"submit", "accept", "sign_tech"}};
    static const char *const next[] = {"accept", "sign_tech", "request_amendment"};
    static const size_t lengths[] = {1, 2, 3};
    uint8_t *all = malloc((size_t)COLD_REQUESTS * BYTES_EACH), *at;
    size_t written[3];
    struct workflow_instance instance;
    struct workflow_event events[3];
    int64_t best = INT64_MAX;
    if (all == NULL)
        fail("no memory");
    for (size_t kind = 0; kind < 3; kind++) {
        begin(&instance, ways[kind], lengths[kind]);
        events[kind] = event_of(next[kind]);
        for (size_t i = kind; i < COLD_REQUESTS; i += 3)
            written[kind] = workflow_encode(wf, &instance, all + i * BYTES_EACH, BYTES_EACH);
        if (written[kind] > BYTES_EACH)
            fail("more bytes than thought");
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t seed = 88172645463325252u + (uint64_t)round;
        uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
        const int64_t began = cpu_ns();
        for (int i = 0; i < COLD_STEPS; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            size_t number = seed % COLD_REQUESTS;
            at = all + number * BYTES_EACH;
            if (!workflow_decode(wf, at, written[number % 3], &instance) ||
                workflow_step(wf, &instance, &events[number % 3], &world, &out) != WORKFLOW_OK ||
                workflow_encode(wf, &out.next, bytes, sizeof bytes) == 0)
                fail("a step from bytes");
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    free(all);
    tell_rate("step_from_bytes_cold", best, COLD_STEPS);
}

static void bench_options(void)
{
    static struct workflow_option options[WORKFLOW_EVENTS_MAX];
    struct workflow_instance instance;
    int64_t best = INT64_MAX;
    begin(&instance, (const char *const[]){"submit", "accept"}, 2);
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int i = 0; i < HOT_STEPS / 20; i++)
            if (workflow_options(wf, &instance, &world, 0, false, &out, options, WORKFLOW_EVENTS_MAX) != 4)
                fail("options");
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"options_of_4_actions\", \"value\": %.1f, \"unit\": \"ns\"}\n",
           (double)best / (HOT_STEPS / 20));
}

static void bench_parse(void)
{
    int64_t best = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        for (int i = 0; i < PARSES; i++) {
            struct workflow *parsed = workflow_parse(document, document_length, NULL, 0, NULL);
            if (parsed == NULL)
                fail("parse");
            workflow_free(parsed);
        }
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"parse_18_states\", \"value\": %.3f, \"unit\": \"ms\"}\n", (double)best / PARSES / 1e6);
}

/* What publishing a procedure of 34 states costs: read, compiled, every configuration walked. */
static void bench_publish(void)
{
    static char room[WORKFLOW_VERIFY_MEMORY] __attribute__((aligned(16)));
    static struct workflow_finding findings[32];
    int64_t best = INT64_MAX;
    read_file("workflow/examples/economic_grant.json");
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        struct workflow *parsed = workflow_parse(document, document_length, NULL, 0, NULL);
        struct workflow_memory memory = {.bytes = room, .size = sizeof room};
        if (parsed == NULL)
            fail("economic_grant.json");
        workflow_verify(parsed, &memory, findings, 32);
        workflow_free(parsed);
        const int64_t took = cpu_ns() - began;
        best = took < best ? took : best;
    }
    printf("{\"name\": \"parse_and_verify_34_states\", \"value\": %.3f, \"unit\": \"ms\"}\n", (double)best / 1e6);
}

int main(void)
{
    read_chart();
    bench_hot("step_hot_guard_effects", (const char *const[]){"touch", "touch"}, 2);
    bench_hot("step_hot_parallel_history",
              (const char *const[]){"accept", "sign_tech", "request_amendment", "amend", "sign_econ", "reroute"}, 6);
    bench_bytes();
    bench_options();
    bench_parse();
    bench_publish();
    workflow_free(wf);
    return 0;
}
