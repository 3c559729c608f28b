/* Which members of a request or its status somebody asks for: `fields` leaves some out, `include` adds those of the
   other representation. Cut out of the whole answers, so that what is kept in memory serves every selection. */
#ifndef OAM_MODEL_SELECTION_H
#define OAM_MODEL_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json_out.h"

/* Representations, as sets of members. */
enum selection_source {
    SELECTION_STATUS = 1 << 0,
    SELECTION_SUMMARY = 1 << 1,
    SELECTION_REQUEST = SELECTION_SUMMARY | 1 << 2,
};

struct selection {
    uint64_t wanted;            /* a bit for each row of request_members.def */
    enum selection_source base; /* what is asked for; the rest comes from the other one */
    char tag[17];               /* tells it from other selections, in an ETag: the same in every process and release */
};

/* Reads the two parameters, either of which may be NULL: all members of `base`, none of `other`. The ref and the
   version are always selected. False with INVALID_PARAMETER, each unknown name with the nearest known one. */
bool selection_read(enum selection_source base, enum selection_source other, const char *fields, const char *include,
                    struct selection *ret, struct error *err);

/* Whether it takes more than the base. */
bool selection_reaches_over(const struct selection *selection);

/* Writes the selected members of both; `other` may be NULL where the selection does not reach over. A member that both
   have is the base's. */
void selection_write(const struct selection *selection, struct json_out *out, const char *base, size_t base_length,
                     const char *other, size_t other_length);

#endif
