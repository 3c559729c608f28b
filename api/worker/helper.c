#include "worker/helper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/bell.h"
#include "worker/firing.h"

#define SLEEP_MS 60000

struct helper {
    struct firing firing;
    struct bell *bell;
    pthread_t thread;
    atomic_bool stopping;
};

/* What fails here the worker meets too, and tells. */
static void help(struct helper *helper, struct arena *arena)
{
    bool more = true;
    while (more && !atomic_load(&helper->stopping) && !firing_people_work(&helper->firing)) {
        arena_reset(arena);
        if (!firing_batch(&helper->firing, arena, &more))
            return;
    }
}

static void *run(void *data)
{
    struct helper *helper = data;
    struct arena *arena = arena_new(256 * 1024);
    while (!atomic_load(&helper->stopping))
        if (bell_wait(helper->bell, SLEEP_MS)) {
            help(helper, arena);
            arena_reset(arena);
        }
    arena_free(arena);
    return NULL;
}

struct helper *helper_start(struct app *app, struct store *store)
{
    struct helper *helper = calloc(1, sizeof *helper);
    if (!helper)
        abort();
    helper->firing = firing_new(app, store);
    helper->bell = bell_new();
    if (pthread_create(&helper->thread, NULL, run, helper) != 0)
        abort();
    return helper;
}

void helper_stop(struct helper *helper)
{
    if (!helper)
        return;
    atomic_store(&helper->stopping, true);
    bell_ring(helper->bell);
    pthread_join(helper->thread, NULL);
    bell_free(helper->bell);
    store_free(helper->firing.store);
    free(helper);
}

void helper_call(struct helper *helper)
{
    bell_ring(helper->bell);
}
