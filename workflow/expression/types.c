#include "workflow/expression/types.h"

#include "workflow/expression/memory.h"

const struct workflow_type types_dyn = {.kind = WORKFLOW_KIND_DYN}, types_free = {.kind = WORKFLOW_KIND_UNSET};

const struct workflow_type *types_of_kind(enum workflow_kind kind)
{
    static const struct workflow_type plain[] = {
        [WORKFLOW_KIND_UNSET] = {.kind = WORKFLOW_KIND_UNSET},
        [WORKFLOW_KIND_NULL] = {.kind = WORKFLOW_KIND_NULL},
        [WORKFLOW_KIND_BOOL] = {.kind = WORKFLOW_KIND_BOOL},
        [WORKFLOW_KIND_INT] = {.kind = WORKFLOW_KIND_INT},
        [WORKFLOW_KIND_DOUBLE] = {.kind = WORKFLOW_KIND_DOUBLE},
        [WORKFLOW_KIND_STRING] = {.kind = WORKFLOW_KIND_STRING},
        [WORKFLOW_KIND_TIMESTAMP] = {.kind = WORKFLOW_KIND_TIMESTAMP},
        [WORKFLOW_KIND_DURATION] = {.kind = WORKFLOW_KIND_DURATION},
        [WORKFLOW_KIND_LIST] = {.kind = WORKFLOW_KIND_LIST},
        [WORKFLOW_KIND_MAP] = {.kind = WORKFLOW_KIND_MAP},
        [WORKFLOW_KIND_RECORD] = {.kind = WORKFLOW_KIND_RECORD},
        [WORKFLOW_KIND_TYPE] = {.kind = WORKFLOW_KIND_TYPE},
        [WORKFLOW_KIND_ERROR] = {.kind = WORKFLOW_KIND_DYN},
        [WORKFLOW_KIND_DYN] = {.kind = WORKFLOW_KIND_DYN},
    };
    return &plain[kind];
}

const struct workflow_type *types_element(const struct workflow_type *type)
{
    return type->element != NULL ? type->element : &types_dyn;
}

const struct workflow_type *types_key(const struct workflow_type *type)
{
    return type->key != NULL ? type->key : &types_dyn;
}

bool types_is_dyn(const struct workflow_type *type)
{
    return type->kind == WORKFLOW_KIND_DYN || type->kind == WORKFLOW_KIND_UNSET || type->kind == WORKFLOW_KIND_ERROR;
}

static const struct workflow_type *make(struct workflow_memory *memory, struct workflow_type type, int64_t max)
{
    struct workflow_type *made = memory_take(memory, sizeof *made);
    if (made == NULL)
        return &types_dyn;
    *made = type;
    made->has_max = max >= 0;
    made->max = max;
    return made;
}

const struct workflow_type *types_string(struct workflow_memory *memory, int64_t max)
{
    return make(memory, (struct workflow_type){.kind = WORKFLOW_KIND_STRING}, max);
}

const struct workflow_type *types_list(struct workflow_memory *memory, const struct workflow_type *element, int64_t max)
{
    return make(memory, (struct workflow_type){.kind = WORKFLOW_KIND_LIST, .element = element}, max);
}

const struct workflow_type *types_map(struct workflow_memory *memory, const struct workflow_type *key,
                                      const struct workflow_type *value, int64_t max)
{
    return make(memory, (struct workflow_type){.kind = WORKFLOW_KIND_MAP, .key = key, .element = value}, max);
}

const struct workflow_type *types_type(struct workflow_memory *memory, const struct workflow_type *of)
{
    return make(memory, (struct workflow_type){.kind = WORKFLOW_KIND_TYPE, .element = of}, -1);
}

/* The larger of two maxima, none when either has none. */
static int64_t join_max(const struct workflow_type *a, const struct workflow_type *b)
{
    if (!a->has_max || !b->has_max)
        return -1;
    return a->max > b->max ? a->max : b->max;
}

static bool is_nullable(const struct workflow_type *type)
{
    return type->kind == WORKFLOW_KIND_TIMESTAMP || type->kind == WORKFLOW_KIND_DURATION ||
           type->kind == WORKFLOW_KIND_RECORD;
}

const struct workflow_type *types_join(struct workflow_memory *memory, const struct workflow_type *a,
                                       const struct workflow_type *b)
{
    if (a == b || b->kind == WORKFLOW_KIND_UNSET)
        return a;
    if (a->kind == WORKFLOW_KIND_UNSET)
        return b;
    if (types_is_dyn(a) || types_is_dyn(b))
        return &types_dyn;
    if (a->kind == WORKFLOW_KIND_NULL && is_nullable(b))
        return b;
    if (b->kind == WORKFLOW_KIND_NULL && is_nullable(a))
        return a;
    if (a->kind != b->kind)
        return NULL;
    const struct workflow_type *key, *element;
    switch (a->kind) {
    case WORKFLOW_KIND_STRING:
        return types_string(memory, join_max(a, b));
    case WORKFLOW_KIND_LIST:
        element = types_join(memory, types_element(a), types_element(b));
        return element == NULL ? NULL : types_list(memory, element, join_max(a, b));
    case WORKFLOW_KIND_MAP:
        key = types_join(memory, types_key(a), types_key(b));
        element = types_join(memory, types_element(a), types_element(b));
        return key == NULL || element == NULL ? NULL : types_map(memory, key, element, join_max(a, b));
    case WORKFLOW_KIND_TYPE:
        return types_of_kind(WORKFLOW_KIND_TYPE);
    case WORKFLOW_KIND_RECORD:
        return a->members == b->members ? a : NULL;
    default:
        return a;
    }
}

uint64_t types_size(const struct workflow_type *type)
{
    if (type->has_max)
        return type->max < 0 ? 0 : (uint64_t)type->max;
    if (type->kind == WORKFLOW_KIND_MAP && type->members != NULL)
        return type->n_members;
    return type->kind == WORKFLOW_KIND_LIST || type->kind == WORKFLOW_KIND_MAP ? WORKFLOW_EXPRESSION_ITEMS
                                                                               : WORKFLOW_EXPRESSION_TEXT;
}

/* So that products of two weights fit. */
static uint64_t capped(uint64_t weight)
{
    return weight < UINT32_MAX ? weight : UINT32_MAX;
}

enum { WEIGHT_DEPTH = 48, WEIGHT_DEPTH_OF_RECORD = 16 }; /* records may hold their own kind and have many fields */

/* Of types inside each other; what is beyond counts as what nothing is known of. */
static uint64_t weight(const struct workflow_type *type, unsigned depth)
{
    uint64_t sum = 1, size = types_size(type) < UINT32_MAX ? types_size(type) : UINT32_MAX, one;
    unsigned inner = depth > WEIGHT_DEPTH_OF_RECORD ? depth - WEIGHT_DEPTH_OF_RECORD : 0;
    if (depth == 0)
        return WORKFLOW_EXPRESSION_ITEMS;
    switch (type->kind) {
    case WORKFLOW_KIND_STRING:
        return 1 + size / 16;
    case WORKFLOW_KIND_LIST:
        return capped(1 + size * weight(types_element(type), depth - 1));
    case WORKFLOW_KIND_MAP: /* each key is looked for among all */
        one = capped(size * weight(types_key(type), depth - 1)) + weight(types_element(type), depth - 1);
        return capped(1 + size * capped(one));
    case WORKFLOW_KIND_RECORD:
        for (size_t i = 0; i < type->n_members; i++)
            sum += weight(type->members[i].type != NULL ? type->members[i].type : &types_dyn, inner);
        return capped(sum);
    case WORKFLOW_KIND_DYN:
    case WORKFLOW_KIND_UNSET:
        return WORKFLOW_EXPRESSION_ITEMS;
    default:
        return 1;
    }
}

uint64_t types_weight(const struct workflow_type *type)
{
    return weight(type, WEIGHT_DEPTH);
}

void types_print(struct writer *writer, const struct workflow_type *type)
{
    if (types_is_dyn(type)) {
        writer_text(writer, "dyn");
        return;
    }
    writer_text(writer, type->kind == WORKFLOW_KIND_NULL ? "null" : workflow_kind_name(type->kind));
    bool inner = type->kind == WORKFLOW_KIND_LIST || (type->kind == WORKFLOW_KIND_TYPE && type->element != NULL);
    if (type->kind != WORKFLOW_KIND_MAP && !inner)
        return;
    writer_text(writer, "(");
    if (type->kind == WORKFLOW_KIND_MAP) {
        types_print(writer, types_key(type));
        writer_text(writer, ", ");
    }
    types_print(writer, types_element(type));
    writer_text(writer, ")");
}
