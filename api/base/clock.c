#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct clock {
    char *test_file; /* NULL: the system's clock */
};

static int64_t read_system(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic(void)
{
    return read_system(CLOCK_MONOTONIC);
}

int64_t clock_wall(void)
{
    return read_system(CLOCK_REALTIME);
}

struct clock *clock_new(const char *test_file_or_null)
{
    struct clock *clock = calloc(1, sizeof *clock);
    if (!clock)
        abort();
    if (test_file_or_null && *test_file_or_null) {
        clock->test_file = strdup(test_file_or_null);
        if (!clock->test_file)
            abort();
    }
    return clock;
}

void clock_free(struct clock *clock)
{
    if (!clock)
        return;
    free(clock->test_file);
    free(clock);
}

/* The file is opened each time: a test moves time by renaming a new file over it, which is atomic. */
static bool read_test_file(const char *path, int64_t *ret_at_us)
{
    char bytes[32];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, bytes, sizeof bytes - 1);
    (void)close(file);
    if (length <= 0)
        return false;
    bytes[length] = '\0';
    char *end = NULL;
    long long value = strtoll(bytes, &end, 10);
    if (end == bytes)
        return false;
    *ret_at_us = value;
    return true;
}

int64_t clock_now(const struct clock *clock)
{
    int64_t at_us;
    if (clock && clock->test_file && read_test_file(clock->test_file, &at_us))
        return at_us;
    return clock_wall();
}
