/* Any text as the URL of a webhook: what is let pass has a host that is one address of the open internet, or a name
   that nobody can read as an address; and it says the same when it is put together again. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/webhook_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const char *text, const struct webhook_reach *reach)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    struct webhook_url url, again;
    char built[2 * WEBHOOK_URL_MAX];
    if (webhook_url_parse(text, reach, &url) != WEBHOOK_URL_FINE)
        return;
    struct ip ip;
    const size_t length = strlen(url.host);
    const char *last = strrchr(url.host, '.');
    if (url.is_address != ip_parse(url.host, length, &ip) || !url.https || !strchr("/?", url.path[0]) ||
        (url.is_address && !ip_is_public(&ip)) ||
        (!url.is_address && (!last || strspn(url.host, plain) != length || strchr("0123456789", last[1]))))
        abort();
    const char *open = strchr(url.host, ':') ? "[" : "", *close = *open ? "]" : "";
    snprintf(built, sizeof built, "https://%s%s%s:%u%s", open, url.host, close, url.port, url.path);
    if (strlen(built) <= WEBHOOK_URL_MAX &&
        (webhook_url_parse(built, reach, &again) != WEBHOOK_URL_FINE || strcmp(url.host, again.host) != 0 ||
         url.port != again.port || strcmp(url.path, again.path) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct webhook_reach reach = {.networks = "", .ports = "443,8443"};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    judge(text, &reach);
    (void)ip_list_is_valid(text);
    (void)port_list_is_valid(text);
    free(text);
    return 0;
}
