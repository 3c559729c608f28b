/*
 * Any bytes at all as an instance, or as steps: what is read is a configuration that there can be and writes the same
 * bytes again; whatever is done with it leads to another.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/chart_text.h"
#include "workflow/definition.h"
#include "workflow/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept)
{
    if (!kept)
        abort();
}

#define L "`label`: {`ca`: `x`, `en`: `x`}, `phase`: `study`"

/* Something of everything that an instance remembers. */
static const char document[] =
    "{`format`: `oam-wf/1`, `key`: `fuzz`, `version`: 1, `title`: {`ca`: `x`, `en`: `x`},"
    "`data`: {`towns`: {`type`: `list`, `of`: `entity`}, `n`: {`type`: `int`, `default`: 1}},"
    "`roles`: {`all`: {`label`: {`ca`: `x`, `en`: `x`}, `from`: `team`}, `board`: {`label`: {`ca`: `x`,"
    " `en`: `x`}, `from`: `panel`}},"
    "`calendars`: {`legal`: {`union`: [`seat`]}},"
    "`clocks`: {`term`: {`budget`: {`months`: 3}, `calendar`: `legal`}},"
    "`panels`: {`jury`: {`members`: `board`, `quorum`: 2, `approve`: `majority`}},"
    "`initial`: `open`, `states`: {`open`: {" L ", `initial`: `ask`, `entry`: [{`fx`: `clock_start`,"
    " `clock`: `term`},"
    "  {`fx`: `reserve`, `what`: `stock`, `undo`: `release`}, {`fx`: `emit`, `event`: `woke`}],"
    " `after`: [{`id`: `nag`, `in`: {`days`: 2}, `calendar`: `legal`, `repeat`: 4}], `on`: {`wait`: @wait,"
    " `close`: [{`role`: `all`, `not_same_actor_as`: [`wait`], `to`: `end`}],"
    "  `woke`: [{`internal`: true, `set`: {`n`: `data.n + 1`}}]}, `states`: {`back`: {`type`: `history`,"
    " `deep`: true, `default`: `ask`},"
    "  `near`: {`type`: `history`, `default`: `ask`},"
    "  `ask`: {`type`: `each`, `over`: `data.towns`, `join`: {`all`: true}, `initial`: `invited`,"
    "   `states`: {`invited`: {`on`: {`adhere`: @joined},"
    "    `after`: [{`id`: `expiry`, `in`: {`days`: 3}, `calendar`: `legal`, `to`: `joined`}]},"
    "    `joined`: {`type`: `final`}}, `on_done`: [{`to`: `vote`}]},"
    "  `vote`: {`vote`: {`panel`: `jury`, `event`: `ballot`},"
    "   `on`: {`vote.passed`: [{`to`: `both`}], `vote.failed`: [{`to`: `ask`}]}},"
    "  `both`: {`type`: `parallel`, `states`: {"
    "   `a`: {`initial`: `x`, `states`: {`x`: {`on`: {`turn`: [{`role`: `all`, `guard`: `data.n < 9`,"
    "     `to`: `y`}]}}, `y`: {`type`: `final`}}},"
    "   `b`: {`initial`: `x`, `states`: {`x`: {`on`: {`turn`: @y, `spin`: @x}},"
    "    `y`: {`type`: `final`}}}}, `on_done`: [{`to`: `vote`}]}}},"
    "`wait`: {" L ", `pause`: [`term`], `on`: {`deep`: @open.back, `shallow`: @open.near, `stop`: @gone}},"
    "`end`: {`label`: {`ca`: `x`, `en`: `x`}, `type`: `final`, `phase`: `end`, `outcome`: `completed`},"
    "`gone`: {`label`: {`ca`: `x`, `en`: `x`}, `type`: `final`, `phase`: `end`, `outcome`: `withdrawn`}}}";

static struct workflow *workflow(void)
{
    static struct workflow *wf;

    if (!wf) {
        char *json = chart_text(document);
        wf = json ? workflow_parse(json, strlen(json), NULL, 0, NULL) : NULL;
        free(json);
    }
    promise(wf != NULL);
    return wf;
}

static void check(const struct workflow_instance *instance)
{
    static struct workflow_instance back;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX], again[WORKFLOW_STATE_BYTES_MAX];
    size_t n = workflow_encode(workflow(), instance, bytes, sizeof(bytes));

    promise(n <= sizeof(bytes) && workflow_decode(workflow(), bytes, n, &back));
    promise(workflow_encode(workflow(), &back, again, sizeof(again)) == n && memcmp(bytes, again, n) == 0);
}

/* A step for each two bytes: what happens, and to whom. */
static void walk(struct workflow_instance *instance, const uint8_t *data, size_t size)
{
    static struct workflow_out out;
    static const int64_t bodies[] = {1, 2, 3};
    static const struct workflow_voter voters[] = {{.actor = 1, .chair = true}, {.actor = 2}, {.actor = 3}};
    struct workflow_value fields[2] = {workflow_value_unset(), workflow_value_int(1)};
    struct workflow_world world = {.fields_present = UINT64_MAX,
                                   .roles_held = UINT32_MAX,
                                   .data = fields,
                                   .bodies = bodies,
                                   .n_bodies = 3,
                                   .voters = voters,
                                   .n_voters = 3};

    for (size_t i = 0; i + 1 < size && i < 120; i += 2) {
        struct workflow_event event = {.kind = data[i] & 0x80 ? WORKFLOW_EVENT_TIMER : WORKFLOW_EVENT_NAMED,
                                       .number = data[i] & 0x1f,
                                       .body = data[i + 1] & 3,
                                       .choice = (enum workflow_choice)(data[i + 1] >> 2 & 7),
                                       .scored = data[i + 1] >> 5 & 1,
                                       .score = data[i]};
        world.actor = data[i + 1] >> 6;
        if (workflow_step(workflow(), instance, &event, &world, &out) != WORKFLOW_OK)
            continue;
        *instance = out.next;
        if (out.set & 2)
            fields[1] = out.data[1];
        check(instance);
    }
}

/* Version, shape and checksum as they have to be, so that the reader comes to what is between them. */
static void read_contents(const uint8_t *data, size_t size)
{
    static struct workflow_instance instance;
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX] = {1}, again[WORKFLOW_STATE_BYTES_MAX];
    size_t n = 9;
    uint32_t sum;

    for (unsigned i = 0; i < 8; i++)
        bytes[1 + i] = (uint8_t)(workflow()->shape >> 8 * i);
    if (size > sizeof(bytes) - 13)
        return;
    memcpy(bytes + n, data, size);
    n += size;
    sum = machine_checksum(bytes, n);
    for (unsigned i = 0; i < 4; i++)
        bytes[n++] = (uint8_t)(sum >> 8 * i);
    if (!workflow_decode(workflow(), bytes, n, &instance))
        return;
    promise(machine_is_legal(workflow(), &instance.configuration));
    promise(workflow_encode(workflow(), &instance, again, sizeof(again)) == n && memcmp(bytes, again, n) == 0);
    walk(&instance, data, size);
}

/* The first byte says whether the others are an instance or steps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct workflow_instance instance;
    static struct workflow_out out;

    if (size == 0)
        return 0;
    if (data[0] & 1) {
        read_contents(data + 1, size - 1);
        return 0;
    }
    promise(workflow_start(workflow(), NULL, &out) == WORKFLOW_OK);
    instance = out.next;
    walk(&instance, data + 1, size - 1);
    return 0;
}
