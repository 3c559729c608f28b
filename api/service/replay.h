/* The events of requests, run through their definitions again: where they lead must be what is stored, to the byte. */
#ifndef OAM_SERVICE_REPLAY_H
#define OAM_SERVICE_REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "service/calendar_history.h"
#include "service/request_past.h"
#include "service/request_stand.h"
#include "store/store.h"

struct replay {
    FILE *report;
    const struct directory *dir; /* with the holidays of the event seen last */
    struct calendar_history *history;
    struct arena *arena; /* of one request */
    int64_t id, seq;     /* of the event seen last */
    char ref[32];        /* its request, and what is stored of it: */
    const char *stored_state, *stored_engine, *stored_adhered;
    bool stored_joint;
    const struct directory_body *body;
    const struct directory_service *service;
    int64_t workflow_id;             /* where the replay is: */
    const struct workflow *workflow; /* the definition of the event seen last, */
    struct request_stand stand;      /* how its request then stood, */
    const char *data;                /* and its data */
    const struct request_past *past; /* what people did so far */
    const json_t *voters;            /* of the ballot that is replayed, or NULL */
    bool broken;                     /* a fault of this request was told already */
    size_t requests, events, faults;
};

/* Takes one row of QUERY_REPLAY_PAGE; rows come in order of request and place. */
void replay_event(struct replay *replay, const struct rows *rows, size_t row);

/* After the last row: judges the last request. */
void replay_end(struct replay *replay);

#endif
