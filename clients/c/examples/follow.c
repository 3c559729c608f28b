/* follow POSITION-FILE [COUNT]: tells every event, from where it was left, for ever or until COUNT are told. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oam.h"

/* What passes by itself: the iterator stays where it is, and is asked again. */
static int passes(enum oam_result result)
{
    return result == OAM_E_NETWORK || result == OAM_E_TIMEOUT || result == OAM_E_RATE_LIMITED || result == OAM_E_SERVER;
}

static enum oam_result follow(struct oam_client *client, const char *path, long count, struct oam_error *err)
{
    struct oam_events_options options = {0};
    struct oam_events *events = NULL;
    struct oam_event event;
    enum oam_result result;

    options.cursor_file = path; /* an event that was not dealt with when the process ends comes again */
    options.wait_s = 20;        /* an empty answer is held: no need to ask every second */
    result = oam_events_new(client, &options, &events, err);
    if (result != OAM_OK)
        return result;
    while (count != 0) {
        result = oam_events_next(events, &event, err);
        if (result == OAM_OK) {
            printf("%s %s %s\n", event.id, event.subject, event.type);
            if (fflush(stdout) != 0)
                break;
            count -= count > 0;
            result = oam_events_commit(events, err);
            if (result != OAM_OK)
                break;
        } else if (passes(result)) {
            fprintf(stderr, "waiting: %s\n", err->detail);
            sleep(1);
        } else if (result != OAM_DONE) {
            break;
        }
    }
    oam_events_free(events);
    return result;
}

int main(int argc, char **argv)
{
    const char *id = getenv("OAM_CLIENT_ID"), *secret = getenv("OAM_CLIENT_SECRET");
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    enum oam_result result;

    if (argc < 2 || argc > 3 || !id || !secret) {
        fputs("usage: OAM_URL=… OAM_CLIENT_ID=… OAM_CLIENT_SECRET=… follow POSITION-FILE [COUNT]\n", stderr);
        return 2;
    }
    oam_client_options_init(&options);
    options.url = getenv("OAM_URL");
    result = oam_client_new(&options, &client, &err);
    if (result == OAM_OK)
        result = oam_credentials_client(client, id, secret, NULL, &err);
    if (result == OAM_OK)
        result = follow(client, argv[1], argc == 3 ? strtol(argv[2], NULL, 10) : -1, &err);
    if (result != OAM_OK)
        fprintf(stderr, "%s: %s %s\n", oam_result_name(result), err.title, err.detail);
    oam_client_free(client);
    return result == OAM_OK ? 0 : 1;
}
