/* The catalogue of services: finding in it, and the form that a request for one takes. */
#ifndef OAM_SERVICE_SERVICE_CATALOGUE_H
#define OAM_SERVICE_SERVICE_CATALOGUE_H

#include "base/json_out.h"
#include "service/directory.h"
#include "service/search.h"

struct catalogue_filter {
    struct search search;
    struct word_set areas, support_types, applications;
    uint32_t goals;     /* bit n: goal n; any of them will do; 0: whatever there is */
    int64_t population; /* of the body that asks; -1: not told */
};

/* Only active services match. */
bool catalogue_matches(const struct catalogue_filter *filter, const struct directory_service *service);

/* Writes the JSON Schema (2020-12) of `data` in a request for the service: what submitting it takes. `x-request` has
   the limits of the members around `data`. */
void catalogue_form(struct json_out *out, const struct directory_service *service, enum text_language language);

/* What filing takes: the fields that `submit` requires where requests are born. */
uint64_t catalogue_fields_of_filing(const struct workflow *workflow);

/* Writes the fields of a set as the contract's Field: what a transition takes, all of them required. */
void catalogue_fields(struct json_out *out, const struct workflow *workflow, uint64_t fields,
                      enum text_language language);

#endif
