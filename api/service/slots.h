/* Memory for answers that are known by what was asked: each has the slot that its key falls on, and takes the place of
   the one that was there. So memory is bounded, nothing is looked for, and who is kept out loses one answer. What keeps
   answers in them says what a block holds and for how long it counts. */
#ifndef OAM_SERVICE_SLOTS_H
#define OAM_SERVICE_SLOTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slots;

struct slot {
    pthread_mutex_t mutex;
    void *block;     /* NULL: empty */
    const char *key; /* in the block */
    size_t n;        /* of whatever is in it */
    uint64_t ticket; /* from before the answer was begun */
};

/* At most `bytes_max` are held (0: nothing is). */
struct slots *slots_new(size_t bytes_max);
void slots_free(struct slots *slots);

/* malloc(size), or NULL where that is more than one slot may hold. */
void *slots_block(const struct slots *slots, size_t size);

/* The slot of a key, locked until it is given back, whatever is in it. */
struct slot *slots_take(struct slots *slots, const char *key);
void slot_give(struct slot *slot);

bool slot_has(const struct slot *slot, const char *key);

/* The block is the slot's from here on; what was there is freed. `key` is in it. */
void slot_fill(struct slot *slot, void *block, const char *key, size_t n, uint64_t ticket);

#endif
