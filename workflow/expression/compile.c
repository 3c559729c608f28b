/* From a text to the bytes of an expression: parse, check, emit, pack. */
#include "workflow/expression/check.h"
#include "workflow/expression/emit.h"
#include "workflow/expression/memory.h"

enum { TYPE_TEXT_MAX = 200 };

static bool fail(struct workflow_expression_faults *faults, const struct workflow_syntax *syntax, const char *code,
                 const char *message)
{
    struct syntax_span all = {0, (uint32_t)syntax->length};
    return syntax_fault(faults, syntax->text, all, code, "%s", message);
}

/* Room for the code of any tree of n nodes: a macro is six instructions, and what stands below && or in a list up to
 * two more. */
static bool make_room(struct emitter *emitter, const struct workflow_syntax *syntax, struct workflow_memory *memory)
{
    size_t n = syntax->n_nodes;
    emitter->code = memory_take(memory, (8 * n + 8) * sizeof emitter->code[0]);
    emitter->constants = memory_take(memory, (2 * n + 8) * sizeof emitter->constants[0]);
    emitter->places = memory_take(memory, (n + 1) * sizeof emitter->places[0]);
    emitter->clauses = memory_take(memory, (n + 1) * sizeof emitter->clauses[0]);
    emitter->variables = memory_take(memory, n + 1);
    return emitter->code != NULL && emitter->constants != NULL && emitter->places != NULL && emitter->clauses != NULL &&
           emitter->variables != NULL;
}

static bool read_before(const struct code_read *a, const struct code_read *b)
{
    /* CODE_NONE, the root as a whole, is 0 after the increment */
    uint16_t first = (uint16_t)(a->member + 1), second = (uint16_t)(b->member + 1);
    return a->root != b->root ? a->root < b->root : first < second;
}

/* The places without repetition, sorted. */
static size_t collect_reads(const struct emitter *emitter, struct code_read *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < emitter->n_places; i++) {
        struct code_read read = {emitter->places[i].root, emitter->places[i].member};
        size_t at = 0;
        while (at < n && read_before(&ret[at], &read))
            at++;
        if (at < n && !read_before(&read, &ret[at]))
            continue;
        memmove(ret + at + 1, ret + at, (n - at) * sizeof ret[0]);
        ret[at] = read;
        n++;
    }
    return n;
}

static void *append(struct workflow_memory *memory, const void *from, size_t size)
{
    if (memory->size - memory->used < size)
        return NULL;
    void *at = (char *)memory->bytes + memory->used;
    memcpy(at, from, size);
    memory->used += size;
    return at;
}

/* Puts the texts of the constants behind the tables, where constants then say how far. */
static bool append_strings(struct workflow_memory *memory, struct workflow_value *constants, size_t n,
                           const char *bytes)
{
    for (size_t i = 0; i < n; i++) {
        if (constants[i].kind != WORKFLOW_KIND_STRING)
            continue;
        const char *at = append(memory, constants[i].text, constants[i].n);
        if (at == NULL)
            return false;
        constants[i].integer = at - bytes;
    }
    return true;
}

static bool append_texts(struct workflow_memory *memory, struct workflow_expression *e,
                         const struct workflow_syntax *syntax)
{
    char type[TYPE_TEXT_MAX];
    struct writer writer = writer_begin(type, sizeof type);
    types_print(&writer, syntax->root->type);
    writer_end(&writer);
    const char *bytes = code_bytes(e);
    const char *type_at = append(memory, type, strlen(type) + 1);
    const char *text_at = append(memory, syntax->text, syntax->length);
    if (type_at == NULL || text_at == NULL)
        return false;
    e->type_at = (uint32_t)(type_at - bytes);
    e->text_at = (uint32_t)(text_at - bytes);
    e->text_length = (uint32_t)syntax->length;
    return true;
}

/* Writes the expression behind everything else in memory. NULL when there is no room. */
static struct workflow_expression *pack(struct emitter *emitter, uint16_t result, const struct workflow_syntax *syntax,
                                        struct workflow_memory *memory)
{
    struct code_read *reads = memory_take(memory, (emitter->n_places + 1) * sizeof reads[0]);
    struct workflow_expression *e = memory_take_zeroed(memory, sizeof *e);
    if (reads == NULL || e == NULL)
        return NULL;
    size_t n_reads = collect_reads(emitter, reads);
    *e = (struct workflow_expression){
        .magic = CODE_MAGIC,
        .cost = emitter->cost,
        .n_constants = (uint16_t)emitter->n_constants,
        .n_code = (uint16_t)emitter->n_code,
        .n_places = (uint16_t)emitter->n_places,
        .n_clauses = (uint16_t)emitter->n_clauses,
        .n_reads = (uint16_t)n_reads,
        .n_registers = (uint16_t)emitter->most,
        .result = result,
        .kind = (uint16_t)(types_is_dyn(syntax->root->type) ? WORKFLOW_KIND_DYN : syntax->root->type->kind)};
    struct workflow_value *constants =
        append(memory, emitter->constants, emitter->n_constants * sizeof emitter->constants[0]);
    if (constants == NULL || append(memory, emitter->code, emitter->n_code * sizeof emitter->code[0]) == NULL ||
        append(memory, emitter->places, emitter->n_places * sizeof emitter->places[0]) == NULL ||
        append(memory, emitter->clauses, emitter->n_clauses * sizeof emitter->clauses[0]) == NULL ||
        append(memory, reads, n_reads * sizeof reads[0]) == NULL ||
        !append_strings(memory, constants, emitter->n_constants, code_bytes(e)) || !append_texts(memory, e, syntax))
        return NULL;
    const char *end = (const char *)memory->bytes + memory->used;
    e->n_bytes = (uint32_t)(end - code_bytes(e));
    e->size = (uint32_t)(end - (const char *)e);
    return e;
}

static struct workflow_expression *build(struct workflow_syntax *syntax, const struct workflow_environment *environment,
                                         const struct workflow_type *wanted, struct workflow_memory *memory,
                                         struct workflow_expression_faults *faults)
{
    struct emitter emitter = {0};
    struct workflow_expression *e = NULL;
    if (!check_syntax(syntax, environment, wanted, memory, faults))
        return NULL;
    if (make_room(&emitter, syntax, memory)) {
        uint16_t result = emit_root(&emitter, syntax->root);
        uint64_t cost_max = environment->cost_max != 0 ? environment->cost_max : WORKFLOW_EXPRESSION_COST_MAX;
        if (emitter.overflow) {
            fail(faults, syntax, "too_deep", "The expression needs too many values at once: split it");
            return NULL;
        }
        if (emitter.cost > cost_max) {
            struct syntax_span all = {0, (uint32_t)syntax->length};
            syntax_fault(faults, syntax->text, all, "too_costly", "It may take %d steps, and the most is %d",
                         emitter.cost < INT64_MAX ? (int64_t)emitter.cost : INT64_MAX, (int64_t)cost_max);
            return NULL;
        }
        e = pack(&emitter, result, syntax, memory);
    }
    if (e == NULL)
        fail(faults, syntax, "too_large", "There is not enough memory to compile this");
    return e;
}

const struct workflow_expression *workflow_expression_compile(const char *text, size_t length,
                                                              const struct workflow_environment *environment,
                                                              const struct workflow_type *wanted,
                                                              struct workflow_memory *memory,
                                                              struct workflow_expression_faults *faults)
{
    static const struct workflow_environment nothing = {0};
    size_t before = memory->used;
    struct workflow_expression *packed = NULL;
    struct workflow_memory work = *memory;
    if (environment == NULL)
        environment = &nothing;
    /* The syntax is ours: workflow_syntax_parse() made it in our memory just now. */
    struct workflow_syntax *syntax =
        (struct workflow_syntax *)workflow_syntax_parse(text, length, environment, &work, faults);
    if (syntax != NULL)
        packed = build(syntax, environment, wanted, &work, faults);
    if (packed == NULL)
        return NULL;
    size_t begin = (before + 15) & ~(size_t)15;
    void *final = (char *)memory->bytes + begin;
    uint32_t size = packed->size;
    memmove(final, packed, size);
    memory->used = begin + size;
    return final;
}
