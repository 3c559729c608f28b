/* file BODY SERVICE TITLE OWN-REF: files a request for a town, once, however often it is run. */
#include <stdio.h>
#include <stdlib.h>

#include "oam.h"

/* A refusal names every violation at once: what a form shows beside its fields. */
static void explain(const struct oam_error *err)
{
    size_t i;
    fprintf(stderr, "%s [%s] %s\n", err->title, err->code, err->detail);
    for (i = 0; i < err->n_errors; i++)
        fprintf(stderr, "  %s: %s (%s)\n", err->errors[i].pointer, err->errors[i].detail, err->errors[i].code);
}

static enum oam_result file_request(struct oam_client *client, char **argv, struct oam_error *err)
{
    struct oam_request_input input = {0};
    struct oam_response *response = NULL;
    enum oam_result result;
    char key[300];

    input.body = argv[1];
    input.service = argv[2];
    input.title = argv[3];
    input.external_ref = argv[4];
    input.submit = true;
    /* One key for one intention. Within a call liboam keeps a key of its own through all retries; one that is made of
     * our own reference holds also when the whole program is run again. */
    snprintf(key, sizeof key, "example-%s", argv[4]);
    result = oam_request_file(client, &input, key, &response, err);
    if (result == OAM_OK)
        printf("%s%s\n", response->location, response->replayed ? " (was filed before)" : "");
    oam_response_free(response);
    return result;
}

int main(int argc, char **argv)
{
    const char *id = getenv("OAM_CLIENT_ID"), *secret = getenv("OAM_CLIENT_SECRET");
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    enum oam_result result;

    if (argc != 5 || !id || !secret) {
        fputs("usage: OAM_URL=… OAM_CLIENT_ID=… OAM_CLIENT_SECRET=… file BODY SERVICE TITLE OWN-REF\n", stderr);
        return 2;
    }
    oam_client_options_init(&options);
    options.url = getenv("OAM_URL");
    result = oam_client_new(&options, &client, &err);
    if (result == OAM_OK)
        result = oam_credentials_client(client, id, secret, NULL, &err);
    if (result == OAM_OK)
        result = file_request(client, argv, &err);
    if (result != OAM_OK)
        explain(&err);
    oam_client_free(client);
    return result == OAM_OK ? 0 : 1;
}
