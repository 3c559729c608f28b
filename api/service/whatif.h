/* What would have become of recorded requests under another definition or another calendar, and who would have had
   them. Read-only: requests are followed in memory, once as it was and once as it would have been. */
#ifndef OAM_SERVICE_WHATIF_H
#define OAM_SERVICE_WHATIF_H

#include <stdatomic.h>

#include "base/json_out.h"
#include "service/call.h"

/* A day that is a holiday, or is none any more. */
struct whatif_holiday {
    int32_t day;
    const struct directory_body *body; /* NULL: of all Catalonia */
    const char *name;
    bool rests;
};

struct whatif_input {
    const char *workflow;   /* whose requests */
    const char *definition; /* as it would be; NULL: as it is */
    size_t definition_length;
    const struct whatif_holiday *holidays;
    size_t n_holidays;
    int64_t days;      /* requests that moved within these */
    const char *after; /* the `next` of the answer before; NULL: from the beginning */
    int64_t until_us;  /* monotonic: what is not read by then is left for another call */
};

enum {
    WHATIF_HOLIDAYS_MAX = 64,
    WHATIF_TOLD_MAX = 100, /* of each list of the report */
    WHATIF_DAYS_MAX = 3660,
    WHATIF_AT_ONCE = 2, /* in a process: each keeps a processor busy and a database thread from everybody else */
    WHATIF_RETRY_S = 5,
    WHATIF_READ_US = 6000000,   /* one run reads for so long at most, */
    WHATIF_EVENTS_MAX = 100000, /* so many events, */
    WHATIF_CHOICES_MAX = 10000  /* and decides so many choices */
};

/* Begins one of WHATIF_AT_ONCE; false with OVERLOADED when they all run. Whoever entered leaves. */
bool whatif_enter(atomic_int *running, struct error *err);
void whatif_leave(atomic_int *running);

/* Follows the requests that the caller sees and writes the contract's WhatIfReport. False when the database failed,
 * with NOT_FOUND when there is no such workflow, or with violations when the definition is none. */
bool whatif_run(const struct call *call, const struct whatif_input *input, struct json_out *out);

#endif
