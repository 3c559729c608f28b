#include "model/selection.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_slice.h"
#include "base/suggest.h"

#define PARAMETER_BYTES 1000
#define ALWAYS          UINT64_C(3) /* the first two rows: which request, and as of when */

enum { STATUS = SELECTION_STATUS, SUMMARY = SELECTION_SUMMARY, DETAIL = SELECTION_REQUEST & ~SELECTION_SUMMARY };

static const struct {
    const char *name;
    size_t length;
    unsigned where;
} members[] = {
#define REQUEST_MEMBER(name_, where_) {name_, sizeof name_ - 1, (unsigned)(where_)},
#include "model/request_members.def"
#undef REQUEST_MEMBER
};
#define MEMBERS (sizeof members / sizeof *members)
_Static_assert(MEMBERS <= 64, "a selection has a bit for each");

/* Its bit; 0 when none of `sources` has it. */
static uint64_t bit_of(const char *name, size_t length, unsigned sources)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].length == length && memcmp(members[i].name, name, length) == 0)
            return members[i].where & sources ? UINT64_C(1) << i : 0;
    return 0;
}

static uint64_t all_of(unsigned sources)
{
    uint64_t all = 0;
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].where & sources)
            all |= UINT64_C(1) << i;
    return all;
}

static void refuse_name(const char *parameter, const char *name, unsigned sources, struct error *err)
{
    struct suggestion suggestion = suggestion_of(name);
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].where & sources)
            suggestion_offer(&suggestion, members[i].name);
    error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
    error_violate(err, parameter, UNKNOWN_VALUE, name, suggestion.nearest ? suggestion.nearest : "-");
}

/* The members that a parameter names, comma-separated. */
static uint64_t take_names(const char *parameter, const char *names, unsigned sources, struct error *err)
{
    uint64_t taken = 0;
    if (strlen(names) > PARAMETER_BYTES) {
        error_set(err, ERROR_INVALID_PARAMETER, TEXT_HTTP_QUERY);
        error_violate(err, parameter, TOO_LONG, arena_printf(err->arena, "%d", PARAMETER_BYTES));
        return 0;
    }
    for (const char *at = names, *comma; at; at = comma ? comma + 1 : NULL) {
        comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        uint64_t bit = bit_of(at, length, sources);
        if (!bit)
            refuse_name(parameter, arena_strndup(err->arena, at, length), sources, err);
        taken |= bit;
    }
    return taken;
}

/* Of names, not of bits: another release may have other rows. */
static void write_tag(struct selection *selection)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < MEMBERS; i++)
        if (selection->wanted >> i & 1)
            hash = hash_text(hash, members[i].name);
    (void)snprintf(selection->tag, sizeof selection->tag, "%016llx", (unsigned long long)hash);
}

bool selection_read(enum selection_source base, enum selection_source other, const char *fields, const char *include,
                    struct selection *ret, struct error *err)
{
    *ret = (struct selection){.base = base};
    ret->wanted = ALWAYS | (fields ? take_names("fields", fields, base, err) : all_of(base));
    if (include)
        ret->wanted |= take_names("include", include, (unsigned)base | (unsigned)other, err);
    write_tag(ret);
    return !error_is_set(err);
}

bool selection_reaches_over(const struct selection *selection)
{
    return (selection->wanted & ~all_of(selection->base)) != 0;
}

static void write_members(struct json_out *out, uint64_t wanted, const char *bytes, size_t length)
{
    struct json_member member;
    for (size_t at = 0; json_slice_next(bytes, length, &at, &member);) {
        if (!(wanted & bit_of(member.name, member.name_length, ~0U)))
            continue;
        json_out_name_n(out, member.name, member.name_length);
        json_out_raw(out, member.value, member.value_length);
    }
}

void selection_write(const struct selection *selection, struct json_out *out, const char *base, size_t base_length,
                     const char *other, size_t other_length)
{
    const uint64_t of_base = all_of(selection->base);
    json_out_object_begin(out);
    write_members(out, selection->wanted & of_base, base, base_length);
    if (other)
        write_members(out, selection->wanted & ~of_base, other, other_length);
    json_out_object_end(out);
}
