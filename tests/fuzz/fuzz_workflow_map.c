/* Any bytes as a map from one version of a procedure to the next: either faults with places inside the text, or a map
 * of which what was proved holds for every request that is taken over. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/definition.h"
#include "workflow/migration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LABEL "'label':{'ca':'x','en':'x'}"
#define HEAD(version)                                                                                                  \
    "{'format':'oam-wf/1','key':'moved','version':" version ",'title':{'ca':'e','en':'e'},"                            \
    "'roles':{'all':{" LABEL ",'from':'team'}},'calendars':{'legal':{'union':['seat']}},"
#define WAYS(names)       "'on':{" names "}"
#define TO(event, target) "'" event "':[{'role':'all','to':'" target "'}]"
#define END               "'end':{" LABEL ",'type':'final','phase':'end','outcome':'completed'}}}"

/* The old one waits in two ways and remembers where it was; the new one has other names, a region more and one term
 * less. */
static const char *const charts[2] = {
    HEAD("1") "'clocks':{'reply':{" LABEL ",'budget':{'habils':10},'calendar':'legal','kind':'legal'},"
              "'amendment':{" LABEL ",'budget':{'habils':5},'calendar':'legal','kind':'legal'}},"
              "'data':{'hours':{'type':'int','min':0,'max':90},'text':{'type':'string'}},"
              "'initial':'study','states':{"
              "'study':{" LABEL ",'phase':'study','initial':'reading','entry':[{'fx':'clock_start','clock':'reply'}],"
              "'states':{'back':{'type':'history','deep':true,'default':'reading'},"
              "'reading':{" LABEL "," WAYS(TO(
                  "read",
                  "writing")) "},"
                              "'writing':{" LABEL "," WAYS(TO(
                                  "grant",
                                  "end")) "}},"
                                          "'on':{" TO(
                                              "ask",
                                              "waiting") "},'after':[{'id':'late','clock':'reply','at':'100%','to':'"
                                                         "end'}]},"
                                                         "'waiting':{" LABEL
                                                         ",'phase':'waiting','pause':['reply'],'entry':[{'fx':'clock_"
                                                         "start','clock':'amendment'}],"
                                                         "'on':{" TO(
                                                             "answer",
                                                             "study.back") "},'after':[{'id':'silence','clock':'"
                                                                           "amendment','at':'100%','to':'end'}]}," END,
    HEAD("2") "'clocks':{'reply':{" LABEL ",'budget':{'habils':10},'calendar':'legal','kind':'legal'}},"
              "'data':{'minutes':{'type':'int','min':0,'max':5400},'text':{'type':'string'}},"
              "'initial':'review','states':{"
              "'review':{" LABEL
              ",'phase':'study','type':'parallel','entry':[{'fx':'clock_start','clock':'reply'}],'states':{"
              "'desk':{" LABEL
              ",'initial':'reading','states':{'back':{'type':'history','deep':true,'default':'reading'},"
              "'reading':{" LABEL "," WAYS(TO(
                  "read",
                  "writing")) "},"
                              "'writing':{" LABEL "," WAYS(TO(
                                  "grant",
                                  "end")) "}}},"
                                          "'field':{" LABEL ",'initial':'idle','states':{'idle':{" LABEL "," WAYS(TO(
                                              "visit",
                                              "visited")) "},"
                                                          "'visited':{" LABEL ",'type':'final'}}}},"
                                                          "'on':{" TO(
                                                              "ask",
                                                              "pending") "},'after':[{'id':'late','clock':'reply','at':"
                                                                         "'100%','to':'end'}]},"
                                                                         "'pending':{" LABEL
                                                                         ",'phase':'waiting','pause':['reply'],'on':"
                                                                         "{" TO(
                                                                             "answer",
                                                                             "review.desk.back") "},"
                                                                                                 "'after':[{'id':'"
                                                                                                 "silence','in':{'"
                                                                                                 "habils':5},'calendar'"
                                                                                                 ":'legal','to':'end'}]"
                                                                                                 "}," END,
};
static const char *const lives[][4] = {{NULL},           {"read"}, {"ask"}, {"read", "ask"}, {"read", "ask", "answer"},
                                       {"read", "grant"}};

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static const struct workflow *version(unsigned number)
{
    static const struct workflow *parsed[2];
    static char text[8192];

    if (parsed[number])
        return parsed[number];
    promise(strlen(charts[number]) < sizeof(text));
    for (size_t i = 0; i <= strlen(charts[number]); i++)
        text[i] = charts[number][i] == '\'' ? '"' : charts[number][i];
    parsed[number] = workflow_parse(text, strlen(text), NULL, 0, NULL);
    promise(parsed[number] != NULL);
    return parsed[number];
}

static struct workflow_instance live(const char *const events[4])
{
    static const struct workflow_world world = {.actor = 1, .roles_held = UINT32_MAX, .fields_present = UINT64_MAX};
    static struct workflow_out out;
    struct workflow_instance now;

    promise(workflow_start(version(0), &world, &out) == WORKFLOW_OK);
    now = out.next;
    for (unsigned i = 0; i < 4 && events[i]; i++) {
        struct workflow_event event = {.kind = WORKFLOW_EVENT_NAMED};
        promise(workflow_event_find(version(0), events[i], &event.number));
        promise(workflow_step(version(0), &now, &event, &world, &out) == WORKFLOW_OK);
        now = out.next;
    }
    return now;
}

/* What was taken over is an instance of the new version: its bytes are read again. */
static void check_moved(const struct workflow_instance *moved)
{
    static struct workflow_instance again;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(version(1), moved, bytes, sizeof(bytes));

    promise(n <= sizeof(bytes) && workflow_decode(version(1), bytes, n, &again));
}

static void check_lives(const struct workflow_map *map, bool total)
{
    static struct workflow_out out;

    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        struct workflow_instance before = live(lives[i]);
        struct workflow_obstacle obstacle = {.kind = WORKFLOW_OBSTACLE_NONE};
        bool moved = workflow_migrate(map, &before, NULL, NULL, &obstacle, &out) == WORKFLOW_OK;
        promise(moved == (obstacle.kind == WORKFLOW_OBSTACLE_NONE));
        if (moved)
            check_moved(&out.next);
        else /* an expression of the map may fail for data that a proof does not look at */
            promise(!total || obstacle.kind == WORKFLOW_OBSTACLE_ENDED || obstacle.kind == WORKFLOW_OBSTACLE_FAULT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[WORKFLOW_PROOF_MEMORY] __attribute__((aligned(16)));
    static struct workflow_gap gaps[8];
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct workflow_memory memory = {.bytes = room, .size = sizeof(room)};
    struct workflow_map *map;
    struct workflow_proof proof;
    size_t n = 0, lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    map = workflow_map_read(version(0), version(1), (const char *)data, size, faults, WORKFLOW_FAULTS_MAX, &n);
    promise((map == NULL) == (n > 0));
    for (size_t i = 0; i < n && i < WORKFLOW_FAULTS_MAX; i++)
        promise(faults[i].line >= 1 && faults[i].line <= lines && faults[i].code[0] && faults[i].message[0]);
    if (!map)
        return 0;
    proof = workflow_map_prove(map, &memory, gaps, 8);
    promise(proof.configurations > 0);
    check_lives(map, proof.n_gaps == 0);
    workflow_map_free(map);
    return 0;
}
