/* Requests as Open311 tells them, and what happened to them. */
#ifndef OAM_SERVICE_OPEN311_READ_H
#define OAM_SERVICE_OPEN311_READ_H

#include "service/open311.h"

#define OPEN311_PAGE_MAX  1000 /* requests or updates in an answer, as the specification has it */
#define OPEN311_NOTES_MAX 100  /* requests in an answer that tells their notes too */

/* Whose eyes, and what is looked for. Times in µs, both ends included; 0: no end. */
struct open311_search {
    const struct directory_open311 *endpoint;
    bool is_holder; /* call->actor is a client: sees what was written */
    const char *const *refs;
    size_t n_refs; /* 0: whichever */
    const struct directory_service *const *services;
    size_t n_services; /* 0: all that are published */
    int64_t from, to;  /* when it was filed; of updates, when they came */
    int64_t updated_from, updated_to;
    enum { OPEN311_ANY, OPEN311_OPEN, OPEN311_CLOSED } standing;
    int limit, offset;
    int each; /* updates of one request at most, the newest; 0: all */
};

struct open311_request {
    const char *ref;
    const struct directory_service *service;
    bool is_open;
    const char *state;       /* of mySociety's extension */
    const char *label;       /* of the state it is in, in the caller's language */
    const char *agency;      /* the unit that does it */
    const char *description; /* NULL: not the caller's to read */
    int64_t requested_at, updated_at, expected_at;
    struct open311_report report;
};

struct open311_update {
    const char *id, *ref, *state, *description;
    int64_t at;
};

/* Arena-owned; newest first. */
bool open311_requests(const struct call *call, const struct open311_search *search, struct open311_request **ret,
                      size_t *ret_count);

/* What changed of them and what was said, oldest first; arena-owned. What was said and may not be read is told as a
   change of nothing. */
bool open311_updates(const struct call *call, const struct open311_search *search, struct open311_update **ret,
                     size_t *ret_count);

#endif
