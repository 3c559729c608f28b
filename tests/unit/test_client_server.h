/* A server of a few connections that answers from a script, for tests of liboam without oamd. */
#ifndef TEST_CLIENT_SERVER_H
#define TEST_CLIENT_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers one request line (method, path) with a whole HTTP answer; NULL closes the connection without one. */
typedef const char *(*scripted_answer)(void *script, const char *request);

struct scripted_server {
    int listener;
    char url[64];
    scripted_answer answer;
    void *script;
    pthread_t thread;
    pthread_mutex_t lock; /* the script has one reader at a time */
};

struct scripted_connection {
    struct scripted_server *server;
    int descriptor;
    pthread_t thread;
};

/* Reads head and body; false at the end of the connection. */
static inline bool scripted_read(int connection, char *request, size_t size)
{
    size_t length = 0, whole = 0;
    while (whole == 0 || length < whole) {
        ssize_t got = read(connection, request + length, size - length - 1);
        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
        const char *end = strstr(request, "\r\n\r\n");
        const char *announced = strcasestr(request, "\r\nContent-Length:");
        if (end && whole == 0) {
            size_t body = announced && announced < end ? strtoul(announced + 17, NULL, 10) : 0;
            whole = (size_t)(end - request) + 4 + body;
        }
    }
    return true;
}

static inline void *scripted_serve(void *place)
{
    struct scripted_connection *connection = place;
    char request[65536];
    while (scripted_read(connection->descriptor, request, sizeof request)) {
        pthread_mutex_lock(&connection->server->lock);
        const char *answer = connection->server->answer(connection->server->script, request);
        bool sent = answer && write(connection->descriptor, answer, strlen(answer)) > 0;
        pthread_mutex_unlock(&connection->server->lock);
        if (!sent)
            break;
    }
    shutdown(connection->descriptor, SHUT_RDWR);
    return NULL;
}

/* Accepts until the listener is closed; the connections end with it. */
static inline void *scripted_run(void *place)
{
    static struct scripted_connection connections[4096];
    struct scripted_server *server = place;
    size_t n = 0;
    int descriptor;
    while (n < sizeof connections / sizeof *connections && (descriptor = accept(server->listener, NULL, NULL)) >= 0) {
        connections[n] = (struct scripted_connection){.server = server, .descriptor = descriptor};
        if (pthread_create(&connections[n].thread, NULL, scripted_serve, &connections[n]) != 0) {
            close(descriptor);
            break;
        }
        n++;
    }
    for (size_t i = 0; i < n; i++) {
        shutdown(connections[i].descriptor, SHUT_RDWR);
        pthread_join(connections[i].thread, NULL);
        close(connections[i].descriptor);
    }
    return NULL;
}

static inline bool scripted_start(struct scripted_server *server, scripted_answer answer, void *script)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->answer = answer;
    server->script = script;
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
        return false;
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return pthread_create(&server->thread, NULL, scripted_run, server) == 0;
}

static inline void scripted_stop(struct scripted_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    close(server->listener);
    pthread_join(server->thread, NULL);
    pthread_mutex_destroy(&server->lock);
}

#endif
