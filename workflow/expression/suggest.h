/* Inside the expressions: "did you mean". */
#ifndef OAM_WORKFLOW_EXPRESSION_SUGGEST_H
#define OAM_WORKFLOW_EXPRESSION_SUGGEST_H

#include <stddef.h>

/* Keeps the nearest of the names offered to a word that is none of them. */
struct suggestion {
    const char *word;
    size_t length;
    const char *best; /* NULL: none is near enough */
    size_t distance;
};

/* Begins for a word of `length` bytes. */
struct suggestion suggest_begin(const char *word, size_t length);
/* Offers one name. */
void suggest_offer(struct suggestion *suggestion, const char *name);
/* Returns ": did you mean " and "?" around the best name, or empty texts. */
const char *suggest_before(const struct suggestion *suggestion);
const char *suggest_name(const struct suggestion *suggestion);
const char *suggest_after(const struct suggestion *suggestion);

#endif
