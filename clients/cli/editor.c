/* The editor of the person at the terminal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

extern char **environ;

/* VISUAL, EDITOR, or vi. */
const char *editor_command(void)
{
    static const char *const names[] = {"VISUAL", "EDITOR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *command = getenv(names[i]);
        if (command && *command)
            return command;
    }
    return "vi";
}

/* Makes an empty file that only its owner reads, in TMPDIR or /tmp; NULL when it cannot be. */
char *editor_file_new(const char *name)
{
    const char *folder = getenv("TMPDIR");
    const char *base = keep_join(folder && folder[0] == '/' ? folder : "/tmp", "/oamctl-", name);
    char *path = keep_join(base, ".XXXXXX", ".txt");
    int descriptor = mkostemps(path, 4, O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    close(descriptor);
    return path;
}

/* Runs the editor on a file and waits. False when it could not be run, or ended badly. */
bool editor_run(const char *path)
{
    /* By the shell, since EDITOR is a command with arguments of its own, as git and crontab take it; the path is none
       of its words. */
    char *line = keep_join(editor_command(), " \"$1\"", "");
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, line, (char[]){"oamctl"}, (char *)(uintptr_t)path, NULL};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int status = 0;
    pid_t child = 0;
    /* What is typed at the editor is meant for it: ^C must not end us under it. */
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    bool ok = posix_spawn(&child, "/bin/sh", NULL, &attributes, argv, environ) == 0;
    while (ok && waitpid(child, &status, 0) < 0)
        ok = errno == EINTR;
    posix_spawnattr_destroy(&attributes);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
