/* status REF: where a request stands, and whether it is still so. */
#include <stdio.h>
#include <stdlib.h>

#include "oam.h"

/* The status, and then the same question with its ETag: the server answers 304 while nothing has changed. */
static enum oam_result show_status(struct oam_client *client, const char *ref, struct oam_error *err)
{
    struct oam_response *first = NULL, *again = NULL;
    enum oam_result result = oam_status(client, ref, NULL, &first, err);
    if (result == OAM_OK) {
        puts(first->body);
        result = oam_status(client, ref, first->etag, &again, err);
        puts(result == OAM_NOT_MODIFIED ? "still so" : "changed meanwhile");
    }
    oam_response_free(first);
    oam_response_free(again);
    return result == OAM_NOT_MODIFIED ? OAM_OK : result;
}

int main(int argc, char **argv)
{
    const char *id = getenv("OAM_CLIENT_ID"), *secret = getenv("OAM_CLIENT_SECRET");
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    enum oam_result result;

    if (argc != 2 || !id || !secret) {
        fputs("usage: OAM_URL=… OAM_CLIENT_ID=… OAM_CLIENT_SECRET=… status REF\n", stderr);
        return 2;
    }
    oam_client_options_init(&options);
    options.url = getenv("OAM_URL");
    options.language = "ca";
    result = oam_client_new(&options, &client, &err);
    if (result == OAM_OK)
        result = oam_credentials_client(client, id, secret, NULL, &err);
    if (result == OAM_OK)
        result = show_status(client, argv[1], &err);
    if (result != OAM_OK)
        fprintf(stderr, "%s: %s %s\n", oam_result_name(result), err.title, err.detail);
    oam_client_free(client);
    return result == OAM_OK ? 0 : 1;
}
