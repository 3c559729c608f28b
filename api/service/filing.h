/* A request on its way into the database: what is known before a connection is taken, what numbers and loads add, and
   the statement that writes it. Shared by filing one, filing a batch, and importing. */
#ifndef OAM_SERVICE_FILING_H
#define OAM_SERVICE_FILING_H

#include "base/json_out.h"
#include "model/request.h"
#include "service/assign.h"
#include "service/call.h"
#include "service/request_course.h"
#include "service/request_verdict.h"

#define FILING_EVENTS_MAX 2

struct filing {
    const struct request_draft *draft;
    const struct directory_body *body;
    const struct directory_service *service;
    const struct directory_workflow *definition;
    struct request_verdict start, submit; /* submit: only when it is submitted at once */
    unsigned state;                       /* where it ends up */
    struct request_follow follow;         /* what is left waiting; of an import nothing */
    const json_t *sent;                   /* the data as they are to be kept, or NULL */
    const char *data;
    const char *policy; /* assignment policy to apply, or NULL */
    bool registers;
    struct assign_pool pool;
    struct request request; /* as it will be */
};

/* Resolves and checks; false with every violation (or NOT_FOUND, FORBIDDEN) set. Needs no database. `base` is the
   pointer of the draft in the body. */
bool filing_prepare(struct filing *ret, const struct call *call, const struct request_draft *draft, const char *base);

/* Gives it its numbers, decides who gets it (loads are in the pool by now), and queues the write. */
void filing_write(struct filing *filing, struct tx *tx, const struct call *call, const char *ref,
                  const char *register_number);

/* Queues numbers of one kind ("request" or "register"): `count` rows. */
void filing_numbers(struct tx *tx, const struct call *call, const char *kind, size_t count,
                    const struct rows **ret_rows);

#endif
