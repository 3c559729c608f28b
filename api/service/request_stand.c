#include "service/request_stand.h"

#include <string.h>

/* version, clocks, bytes of the instance; then the clocks that were started; then the instance. Where a clock was
   extended the version is another and every clock says by how much: what was written before there were extensions is
   still the one way to write it. */
#define VERSION_PLAIN    1
#define VERSION_EXTENDED 2
#define HEAD_BYTES       (1 + 1 + 2)
#define CLOCK_BYTES      (1 + 1 + 1 + 1 + 4 + 3 * 8)
#define EXTENDED_BYTES   4
#define STAND_BYTES      (HEAD_BYTES + WORKFLOW_CLOCKS_MAX * (CLOCK_BYTES + EXTENDED_BYTES) + WORKFLOW_STATE_BYTES_MAX)

/* ---- numbers, the low byte first ---- */

static uint8_t *put(uint8_t *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

static uint64_t take(const uint8_t **at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

/* ---- clocks ---- */

static uint8_t *put_clock(uint8_t *at, unsigned number, const struct workflow_clock *clock, bool extended)
{
    at = put(at, number, 1);
    at = put(at, (uint64_t)clock->state, 1);
    at = put(at, (uint64_t)clock->span.kind, 1);
    at = put(at, clock->span.keeps_day, 1);
    at = put(at, (uint32_t)clock->span.amount, 4);
    at = put(at, (uint64_t)clock->started_us, 8);
    at = put(at, (uint64_t)clock->since_us, 8);
    at = put(at, (uint64_t)clock->used, 8);
    return extended ? put(at, (uint32_t)clock->extended, EXTENDED_BYTES) : at;
}

static bool take_clock(const uint8_t **at, bool extended, const struct workflow *wf, struct request_stand *ret)
{
    uint64_t number = take(at, 1), state = take(at, 1), kind = take(at, 1), keeps_day = take(at, 1);
    if (number >= workflow_clock_count(wf) || state == WORKFLOW_CLOCK_IDLE || state > WORKFLOW_CLOCK_STOPPED ||
        kind > WORKFLOW_SPAN_MONTHS || keeps_day > 1)
        return false;
    struct workflow_clock *clock = &ret->clocks[number];
    clock->state = (enum workflow_clock_state)state;
    clock->span.kind = (enum workflow_span_kind)kind;
    clock->span.keeps_day = keeps_day == 1;
    clock->span.amount = (int32_t)(uint32_t)take(at, 4);
    clock->started_us = (int64_t)take(at, 8);
    clock->since_us = (int64_t)take(at, 8);
    clock->used = (int64_t)take(at, 8);
    clock->extended = extended ? (int32_t)(uint32_t)take(at, EXTENDED_BYTES) : 0;
    return clock->extended >= 0;
}

/* ---- the whole ---- */

static bool stand_decode(const uint8_t *bytes, size_t length, const struct workflow *wf, struct request_stand *ret)
{
    const uint8_t *at = bytes;
    uint64_t version = length < HEAD_BYTES ? 0 : take(&at, 1);
    bool extended = version == VERSION_EXTENDED;
    if (version != VERSION_PLAIN && !extended)
        return false;
    size_t clocks = (size_t)take(&at, 1), n = (size_t)take(&at, 2);
    size_t clock_bytes = extended ? CLOCK_BYTES + EXTENDED_BYTES : CLOCK_BYTES;
    if (length != HEAD_BYTES + clocks * clock_bytes + n)
        return false;
    for (size_t i = 0; i < clocks; i++)
        if (!take_clock(&at, extended, wf, ret))
            return false;
    return workflow_decode(wf, at, n, &ret->instance);
}

bool request_stand_read(const struct request *request, const struct workflow *wf, struct request_stand *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->known = request->engine != NULL;
    if (ret->known) {
        ret->placed = stand_decode(request->engine, request->engine_length, wf, ret);
        return ret->placed;
    }
    unsigned state;
    if (!workflow_state_find(wf, request->state, &state))
        return false;
    ret->placed = workflow_place(wf, state, &ret->instance);
    return true;
}

const char *request_stand_text(const struct workflow *wf, const struct request_stand *stand, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[STAND_BYTES], instance[WORKFLOW_STATE_BYTES_MAX], *at = bytes;
    size_t n = workflow_encode(wf, &stand->instance, instance, sizeof instance);
    unsigned clocks = 0;
    bool extended = false;
    for (unsigned i = 0; i < workflow_clock_count(wf); i++) {
        clocks += stand->clocks[i].state != WORKFLOW_CLOCK_IDLE;
        extended = extended || stand->clocks[i].extended != 0;
    }
    at = put(put(put(at, extended ? VERSION_EXTENDED : VERSION_PLAIN, 1), clocks, 1), n, 2);
    for (unsigned i = 0; i < workflow_clock_count(wf); i++)
        if (stand->clocks[i].state != WORKFLOW_CLOCK_IDLE)
            at = put_clock(at, i, &stand->clocks[i], extended);
    memcpy(at, instance, n);
    size_t length = (size_t)(at - bytes) + n;
    char *text = arena_alloc(arena, 2 * length + 3);
    text[0] = '\\';
    text[1] = 'x';
    for (size_t i = 0; i < length; i++) {
        text[2 + 2 * i] = digits[bytes[i] >> 4];
        text[3 + 2 * i] = digits[bytes[i] & 15];
    }
    text[2 + 2 * length] = '\0';
    return text;
}
