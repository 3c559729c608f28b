/* Files: whole reads with a limit, and writes that are never seen half done. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* The whole of a file, or of standard input for "-", terminated. NULL when it cannot be read or is longer than max. */
char *file_read(const char *path, size_t max, size_t *ret_length)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    if (!file)
        return NULL;
    char *data = NULL;
    size_t length = 0, capacity = 0, got;
    do {
        if (length + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 4096;
            data = must_realloc(data, capacity);
        }
        got = fread(data + length, 1, capacity - length - 1, file);
        length += got;
    } while (got > 0 && length <= max);
    bool failed = ferror(file) != 0 || length > max;
    if (!is_stdin)
        fclose(file);
    if (failed) {
        free(data);
        return NULL;
    }
    data[length] = '\0';
    char *kept = keep_alloc(length + 1);
    memcpy(kept, data, length + 1);
    explicit_bzero(data, length);
    free(data);
    if (ret_length)
        *ret_length = length;
    return kept;
}

/* A rename is in its directory, which has to reach the disk as well. */
static bool sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = keep_text(slash ? path : ".");
    if (slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return synced;
}

/* Writes a file that only its owner reads: a new one beside it, then renamed over it. */
bool file_write(const char *path, const char *data, size_t length)
{
    char *draft = keep_join(path, ".XXXXXX", "");
    int descriptor = mkostemp(draft, O_CLOEXEC);
    if (descriptor < 0)
        return false;
    size_t done = 0;
    while (done < length) {
        ssize_t n = write(descriptor, data + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    bool ok = done == length && fsync(descriptor) == 0;
    ok = close(descriptor) == 0 && ok;
    ok = ok && rename(draft, path) == 0;
    if (!ok)
        unlink(draft);
    return ok && sync_directory_of(path);
}

/* A secret: the first line of a file or of standard input. NULL when there is none. */
char *secret_read(const char *path)
{
    char *secret = file_read(path, 4096, NULL);
    if (!secret)
        return NULL;
    secret[strcspn(secret, "\r\n")] = '\0';
    return *secret ? secret : NULL;
}

/* Milliseconds of a clock that nobody sets. */
int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
