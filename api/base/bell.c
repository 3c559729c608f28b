#include "base/bell.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct bell {
    int descriptor;
    atomic_bool ringing; /* who rings it again asks nothing of the kernel */
};

struct bell *bell_new(void)
{
    struct bell *bell = calloc(1, sizeof *bell);
    if (!bell || (bell->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        abort();
    return bell;
}

void bell_free(struct bell *bell)
{
    if (!bell)
        return;
    (void)close(bell->descriptor);
    free(bell);
}

void bell_ring(struct bell *bell)
{
    const uint64_t once = 1;
    if (bell && !atomic_exchange(&bell->ringing, true) &&
        write(bell->descriptor, &once, sizeof once) != (ssize_t)sizeof once)
        abort();
}

int bell_descriptor(const struct bell *bell)
{
    return bell->descriptor;
}

bool bell_wait(struct bell *bell, int ms)
{
    struct pollfd ear = {.fd = bell->descriptor, .events = POLLIN};
    uint64_t rings;
    if (poll(&ear, 1, ms) <= 0 || read(bell->descriptor, &rings, sizeof rings) != (ssize_t)sizeof rings)
        return false;
    /* Behind the read: between the two, one more ring would write nothing, and what it tells of is there to be seen. */
    atomic_store(&bell->ringing, false);
    return true;
}
