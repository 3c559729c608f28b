/* "Did you mean": of all candidates the one that is nearest to what was typed. */
#ifndef OAM_BASE_SUGGEST_H
#define OAM_BASE_SUGGEST_H

#include <stddef.h>

#define SUGGEST_LENGTH_MAX 100 /* bytes; what is longer is near to nothing */

struct suggestion {
    const char *typed;
    const char *nearest; /* the candidate's own text; NULL: none was offered */
    size_t distance;     /* changes that lead from one to the other */
};

struct suggestion suggestion_of(const char *typed);
/* A change is a byte more, less or another, or two neighbours swapped (optimal string alignment). The first of several
   that are equally near stays. */
void suggestion_offer(struct suggestion *suggestion, const char *candidate);

#endif
