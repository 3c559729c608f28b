/* many COUNT REF…: tells the status of many requests and every change, in a loop of its own, until COUNT are told. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "oam.h"

/* A program with windows or sockets has them in the same poll(). */
static enum oam_result tell(struct oam_poller *poller, long count, struct oam_error *err)
{
    struct pollfd ready = {0};
    struct oam_change change;

    ready.fd = oam_poller_fd(poller);
    ready.events = POLLIN;
    while (count > 0) {
        enum oam_result result = oam_poller_next(poller, &change, err);
        if (result == OAM_OK) {
            printf("%s %s\n", change.ref, change.status ? change.status : "missing");
            fflush(stdout);
            count--;
        } else if (result == OAM_DONE) {
            poll(&ready, 1, -1);
        } else {
            return result;
        }
    }
    return OAM_OK;
}

int main(int argc, char **argv)
{
    const char *id = getenv("OAM_CLIENT_ID"), *secret = getenv("OAM_CLIENT_SECRET");
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_poller *poller = NULL;
    struct oam_error err;
    enum oam_result result;

    if (argc < 3 || !id || !secret) {
        fputs("usage: OAM_URL=… OAM_CLIENT_ID=… OAM_CLIENT_SECRET=… many COUNT REF…\n", stderr);
        return 2;
    }
    oam_client_options_init(&options);
    options.url = getenv("OAM_URL");
    result = oam_client_new(&options, &client, &err);
    if (result == OAM_OK)
        result = oam_credentials_client(client, id, secret, NULL, &err);
    if (result == OAM_OK) {
        result = oam_poller_new(client, (const char *const *)argv + 2, (size_t)argc - 2, &poller, &err);
        client = NULL; /* the poller's now */
    }
    if (result == OAM_OK)
        result = tell(poller, strtol(argv[1], NULL, 10), &err);
    if (result != OAM_OK)
        fprintf(stderr, "%s: %s %s\n", oam_result_name(result), err.title, err.detail);
    oam_poller_free(poller);
    oam_client_free(client);
    return result == OAM_OK ? 0 : 1;
}
