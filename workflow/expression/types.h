/* Inside the expressions: what is known of a value before it is there. */
#ifndef OAM_WORKFLOW_EXPRESSION_TYPES_H
#define OAM_WORKFLOW_EXPRESSION_TYPES_H

#include "workflow/expression.h"
#include "workflow/expression/writer.h"

/*
 * The type of anything, and that of the elements of [] (WORKFLOW_KIND_UNSET), which is whatever is wanted. Like all
 * types here, they are never NULL; a NULL in a declaration is types_dyn.
 */
extern const struct workflow_type types_dyn, types_free;

/* Returns the type of a kind about which nothing more is known. */
const struct workflow_type *types_of_kind(enum workflow_kind kind);
/* Returns the type of elements, keys or values, never NULL. */
const struct workflow_type *types_element(const struct workflow_type *type);
const struct workflow_type *types_key(const struct workflow_type *type);
/* Tells whether nothing is known until it is evaluated. */
bool types_is_dyn(const struct workflow_type *type);

/* Make types in memory; types_dyn when there is none left. A max below 0 is none. */
const struct workflow_type *types_string(struct workflow_memory *memory, int64_t max);
const struct workflow_type *types_list(struct workflow_memory *memory, const struct workflow_type *element,
                                       int64_t max);
const struct workflow_type *types_map(struct workflow_memory *memory, const struct workflow_type *key,
                                      const struct workflow_type *value, int64_t max);
const struct workflow_type *types_type(struct workflow_memory *memory, const struct workflow_type *of);

/*
 * Returns the type that both are, or NULL. dyn is every type, and null is also a timestamp, a duration and a record, as
 * CEL's checker has it.
 */
const struct workflow_type *types_join(struct workflow_memory *memory, const struct workflow_type *a,
                                       const struct workflow_type *b);

/* The most elements, bytes or pairs of a value of this type, the usual ones where none is declared. */
uint64_t types_size(const struct workflow_type *type);
/* The work of comparing two values of this type, in units of fuel. */
uint64_t types_weight(const struct workflow_type *type);

/* Writes a type as the language's documents do: "list(string)". */
void types_print(struct writer *writer, const struct workflow_type *type);

#endif
