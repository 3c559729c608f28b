/*
 * An instance as bytes. Numbers are little-endian base 128 (LEB128), signed ones folded (0, -1, 1, -2, ...); sets are
 * as many bytes as the definition has states. Whatever the definition has none of takes no room:
 *
 *     version shape[8] flags configuration  clocks timers fired...  history...  witness...  undo...  member...
 *     ballot...  checksum[4]
 */
#include <string.h>

#include "workflow/engine/states.h"
#include "workflow/machine.h"

enum { CODEC_VERSION = 1, FLAG_FINISHED = 1, HEAD = 9, TAIL = 4 };

/* ---- writing ---- */

struct writer {
    uint8_t bytes[WORKFLOW_STATE_BYTES_MAX];
    size_t n;
};

/* The most that everything together comes to; numbers have 10 bytes at most, sets 16. */
enum {
    MOST_HEAD = 1 + 8 + 1 + 16 + 3 + 10 + 4,
    MOST_LISTS = 3 + 3 * WORKFLOW_UNDO_MAX + 12 * WORKFLOW_MEMBERS_MAX + 22 * WORKFLOW_BALLOTS_MAX,
    MOST = MOST_HEAD + WORKFLOW_TIMERS_MAX + 16 * WORKFLOW_HISTORIES_MAX + 10 * WORKFLOW_WITNESSES_MAX + MOST_LISTS
};
_Static_assert((int)MOST <= (int)WORKFLOW_STATE_BYTES_MAX, "put() does not look for room");

static inline void put(struct writer *writer, uint8_t byte)
{
    writer->bytes[writer->n++] = byte;
}

static void put_number(struct writer *writer, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        put(writer, (uint8_t)(number | 0x80));
    put(writer, (uint8_t)number);
}

static void put_signed(struct writer *writer, int64_t number)
{
    put_number(writer, ((uint64_t)number << 1) ^ (uint64_t)(number >> 63));
}

static void put_fixed(struct writer *writer, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        put(writer, (uint8_t)(number >> 8 * i));
}

static void put_states(struct writer *writer, const struct workflow *wf, struct workflow_states set)
{
    for (unsigned i = 0; i < wf->n_states; i += 8)
        put(writer, (uint8_t)(set.word[i / 64] >> i % 64));
}

static inline uint64_t word_of(const uint8_t *bytes, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

/* Eight bytes at a time, each mixed into all of what follows: not against forgers (the event chain is), against disks,
 * drivers and mixed-up columns. */
uint32_t machine_checksum(const uint8_t *bytes, size_t n)
{
    uint64_t sum = UINT64_C(14695981039346656037) ^ n;

    for (; n >= 8; bytes += 8, n -= 8) {
        sum = (sum ^ word_of(bytes, 8)) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    sum = (sum ^ word_of(bytes, n)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(sum >> 32);
}

static void put_lists(struct writer *writer, const struct workflow *wf, const struct workflow_instance *instance)
{
    if (wf->n_effects) {
        put_number(writer, instance->n_undo);
        for (unsigned i = 0; i < instance->n_undo; i++)
            put_number(writer, instance->undo[i]);
    }
    if (wf->n_eaches) {
        put_number(writer, instance->n_members);
        for (unsigned i = 0; i < instance->n_members; i++) {
            put_signed(writer, instance->members[i].body);
            put(writer, instance->members[i].state);
            put(writer, instance->members[i].timers);
        }
    }
    if (wf->n_votes) {
        put_number(writer, instance->n_ballots);
        for (unsigned i = 0; i < instance->n_ballots; i++) {
            const struct workflow_ballot *ballot = &instance->ballots[i];
            put_signed(writer, ballot->voter);
            put(writer, ballot->vote);
            put(writer, (uint8_t)(ballot->choice | ballot->chair << 3 | ballot->scored << 4));
            if (ballot->scored)
                put_signed(writer, ballot->score);
        }
    }
}

size_t workflow_encode(const struct workflow *wf, const struct workflow_instance *instance, uint8_t *ret, size_t size)
{
    struct writer writer;

    writer.n = 0;
    put(&writer, CODEC_VERSION);
    put_fixed(&writer, wf->shape, 8);
    put(&writer, instance->finished ? FLAG_FINISHED : 0);
    put_states(&writer, wf, instance->configuration);
    if (wf->n_clocks)
        put_number(&writer, instance->clocks);
    if (wf->n_timers) {
        put_number(&writer, instance->timers);
        for (unsigned i = 0; i < wf->n_timers; i++)
            if (!wf->timers[i].of_member)
                put(&writer, instance->fired[i]);
    }
    for (unsigned i = 0; i < wf->n_histories; i++)
        put_states(&writer, wf, instance->history[i]);
    for (unsigned i = 0; i < wf->n_witnesses; i++)
        put_signed(&writer, instance->witnesses[i]);
    put_lists(&writer, wf, instance);
    put_fixed(&writer, machine_checksum(writer.bytes, writer.n), 4);
    if (writer.n <= size)
        memcpy(ret, writer.bytes, writer.n);
    return writer.n;
}

/* ---- reading ---- */

struct reader {
    const uint8_t *at, *end;
    bool wrong;
};

static uint8_t take(struct reader *reader)
{
    if (reader->at == reader->end) {
        reader->wrong = true;
        return 0;
    }
    return *reader->at++;
}

/* The shortest form only, so that two byte strings never mean the same. */
static uint64_t take_number(struct reader *reader, uint64_t max)
{
    uint64_t number = 0;
    uint8_t byte;
    unsigned shift = 0;

    do {
        byte = take(reader);
        if (shift == 63 && byte > 1)
            reader->wrong = true;
        number |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80 && shift < 70 && !reader->wrong);
    if (byte & 0x80 || (byte == 0 && shift > 7) || number > max)
        reader->wrong = true;
    return reader->wrong ? 0 : number;
}

static int64_t take_signed(struct reader *reader)
{
    uint64_t number = take_number(reader, UINT64_MAX);

    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

static struct workflow_states take_states(struct reader *reader, const struct workflow *wf)
{
    struct workflow_states set = {{0}};

    for (unsigned i = 0; i < wf->n_states; i += 8)
        set.word[i / 64] |= (uint64_t)take(reader) << i % 64;
    for (unsigned i = wf->n_states; i < (wf->n_states + 7u) / 8 * 8; i++)
        reader->wrong |= states_has(&set, i);
    return set;
}

static void expect(struct reader *reader, bool holds)
{
    if (!holds)
        reader->wrong = true;
}

/* A history holds what it could have seen: some children of its state, or all of a configuration inside of it. */
static void take_histories(struct reader *reader, const struct workflow *wf, struct workflow_instance *instance)
{
    for (unsigned i = 0; i < wf->n_histories && !reader->wrong; i++) {
        const struct machine_state *history = &wf->states[wf->histories[i]];
        const struct machine_state *of = &wf->states[history->info.parent];
        struct workflow_states set = take_states(reader, wf), whole;
        struct workflow_states seen = history->deep ? of->inside : of->children;
        instance->history[i] = set;
        if (states_none(set))
            continue;
        expect(reader, states_none(states_without(set, seen)));
        whole = states_or(states_or(set, of->ancestors), states_only((unsigned)history->info.parent));
        if (history->deep)
            expect(reader, machine_is_legal_inside(wf, &whole, (unsigned)history->info.parent));
        else
            expect(reader,
                   of->info.kind == WORKFLOW_STATE_PARALLEL ? states_equal(set, of->children) : states_count(set) == 1);
    }
}

static void take_timers(struct reader *reader, const struct workflow *wf, struct workflow_instance *instance)
{
    instance->timers = take_number(reader, UINT64_MAX >> (WORKFLOW_TIMERS_MAX - wf->n_timers));
    for (unsigned i = 0; i < wf->n_timers && !reader->wrong; i++) {
        bool armed = instance->timers >> i & 1;
        if (wf->timers[i].of_member) {
            expect(reader, !armed);
            continue;
        }
        instance->fired[i] = take(reader);
        expect(reader, instance->fired[i] <= wf->timers[i].info.repeat);
        if (armed)
            expect(reader, states_has(&instance->configuration, wf->timers[i].info.state));
    }
}

static void take_members(struct reader *reader, const struct workflow *wf, struct workflow_instance *instance)
{
    instance->n_members = (uint8_t)take_number(reader, WORKFLOW_MEMBERS_MAX);
    for (unsigned i = 0; i < instance->n_members && !reader->wrong; i++) {
        struct workflow_member_state *member = &instance->members[i];
        int each;
        member->body = take_signed(reader);
        member->state = take(reader);
        member->timers = take(reader);
        expect(reader, member->state < wf->n_states);
        if (reader->wrong)
            return;
        each = wf->states[member->state].info.parent;
        expect(reader, each >= 0 && wf->states[each].each >= 0);
        if (!reader->wrong && member->timers) {
            struct machine_span own = wf->states[member->state].timers;
            unsigned first = wf->eaches[wf->states[each].each].timers.first;
            unsigned may = own.n > 0 ? ((1u << own.n) - 1) << (own.first - first) : 0;
            expect(reader, (member->timers & ~may) == 0 && states_has(&instance->configuration, (unsigned)each));
        }
    }
}

static void take_ballots(struct reader *reader, const struct workflow *wf, struct workflow_instance *instance)
{
    instance->n_ballots = (uint8_t)take_number(reader, WORKFLOW_BALLOTS_MAX);
    for (unsigned i = 0; i < instance->n_ballots && !reader->wrong; i++) {
        struct workflow_ballot *ballot = &instance->ballots[i];
        uint8_t packed;
        ballot->voter = take_signed(reader);
        ballot->vote = take(reader);
        packed = take(reader);
        ballot->choice = packed & 7;
        ballot->chair = packed >> 3 & 1;
        ballot->scored = packed >> 4 & 1;
        ballot->score = 0;
        expect(reader, packed < 32 && ballot->vote < wf->n_votes && ballot->choice >= WORKFLOW_YES &&
                           ballot->choice <= WORKFLOW_ABSTAIN);
        if (ballot->scored)
            ballot->score = take_signed(reader);
    }
}

static void take_contents(struct reader *reader, const struct workflow *wf, struct workflow_instance *instance)
{
    uint8_t flags = take(reader);

    instance->configuration = take_states(reader, wf);
    expect(reader, !(flags & ~FLAG_FINISHED) && machine_is_legal(wf, &instance->configuration));
    instance->finished = flags & FLAG_FINISHED;
    expect(reader, instance->finished == states_meet(instance->configuration, wf->ends));
    if (wf->n_clocks)
        instance->clocks = (uint16_t)take_number(reader, (1u << wf->n_clocks) - 1);
    if (wf->n_timers)
        take_timers(reader, wf, instance);
    take_histories(reader, wf, instance);
    for (unsigned i = 0; i < wf->n_witnesses; i++)
        instance->witnesses[i] = take_signed(reader);
    if (wf->n_effects)
        instance->n_undo = (uint8_t)take_number(reader, WORKFLOW_UNDO_MAX);
    for (unsigned i = 0; i < instance->n_undo && !reader->wrong; i++) {
        instance->undo[i] = (uint16_t)take_number(reader, (uint64_t)wf->n_effects - 1);
        expect(reader, !reader->wrong && wf->effects[instance->undo[i]].undo >= 0);
    }
    if (wf->n_eaches)
        take_members(reader, wf, instance);
    if (wf->n_votes)
        take_ballots(reader, wf, instance);
}

bool workflow_decode(const struct workflow *wf, const uint8_t *bytes, size_t n, struct workflow_instance *ret)
{
    struct reader reader = {.wrong = false};

    if (n < HEAD + TAIL || n > WORKFLOW_STATE_BYTES_MAX ||
        word_of(bytes + n - TAIL, TAIL) != machine_checksum(bytes, n - TAIL))
        return false;
    if (bytes[0] != CODEC_VERSION || word_of(bytes + 1, 8) != wf->shape)
        return false;
    reader.at = bytes + HEAD;
    reader.end = bytes + n - TAIL;
    memset(ret, 0, offsetof(struct workflow_instance, history));
    take_contents(&reader, wf, ret);
    return !reader.wrong && reader.at == reader.end;
}
