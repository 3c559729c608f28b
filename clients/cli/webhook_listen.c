/* One caller after the other: what is sent to a desk on one's own machine comes a few at a time. */
#include "webhook.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "table.h"

#define MESSAGE_MAX ((size_t)1024 * 1024)
#define PATIENCE_S  10 /* for a caller to say all of it */
#define TOLERANCE_S 300
#define HEADER_MAX  512
#define SEEN_MOST   4096

/* A message as it comes in: head and body in one piece. */
struct message {
    char *bytes; /* terminated */
    size_t length, head;
};

struct listening {
    struct cli *cli;
    const char *secret;
    uint64_t seen[SEEN_MOST]; /* hashes of the ids that have come */
    size_t n_seen;
};

/* ---- reading ---- */

/* The value of a header, up to its line's end; "": there is none, or it is longer than any of ours. */
static void header(const struct message *message, const char *name, char ret_value[HEADER_MAX])
{
    const char *line = message->bytes, *end = message->bytes + message->head;
    const size_t length = strlen(name);
    ret_value[0] = '\0';
    while ((line = memchr(line, '\n', (size_t)(end - line))) && ++line < end) {
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        const char *value = line + length + 1;
        value += strspn(value, " \t");
        const size_t size = strcspn(value, "\r\n");
        if (size < HEADER_MAX) {
            memcpy(ret_value, value, size);
            ret_value[size] = '\0';
        }
        return;
    }
}

static size_t whole_length(const struct message *message)
{
    char said[HEADER_MAX];
    header(message, "Content-Length", said);
    const unsigned long length = strtoul(said, NULL, 10);
    return length > MESSAGE_MAX ? SIZE_MAX : message->head + length;
}

/* True when all of it is there. */
static bool receive(int caller, struct message *message)
{
    size_t wanted = SIZE_MAX;
    message->bytes = must_realloc(NULL, MESSAGE_MAX + 1);
    const int64_t until = monotonic_ms() + PATIENCE_S * INT64_C(1000);
    while (message->length < MESSAGE_MAX && message->length < wanted && monotonic_ms() < until) {
        const ssize_t got = recv(caller, message->bytes + message->length, MESSAGE_MAX - message->length, 0);
        if (got <= 0)
            return false;
        message->length += (size_t)got;
        message->bytes[message->length] = '\0';
        const char *blank = message->head == 0 ? strstr(message->bytes, "\r\n\r\n") : NULL;
        if (blank) {
            message->head = (size_t)(blank - message->bytes) + 4;
            wanted = whole_length(message);
        }
    }
    return message->head > 0 && message->length >= wanted;
}

static void answer(int caller, const char *status)
{
    char text[96];
    const int length =
        snprintf(text, sizeof text, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status);
    (void)send(caller, text, (size_t)length, MSG_NOSIGNAL);
}

/* ---- what is told ---- */

static bool came_before(struct listening *listening, const char *id)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = 0; i < SEEN_MOST && i < listening->n_seen; i++)
        if (listening->seen[i] == hash)
            return true;
    listening->seen[listening->n_seen++ % SEEN_MOST] = hash;
    return false;
}

static void tell(struct listening *listening, const char *id, const char *body)
{
    static const struct column columns[] = {{"time", T_COL_TIME, AS_TIME},
                                            {"subject", T_COL_REF, 0},
                                            {"type", T_COL_WHAT, AS_EVENT},
                                            {"data.to", T_COL_TO, 0},
                                            {"id", T_COL_ID, 0}};
    static const size_t widths[] = {12, 16, 14, 14, 0};
    struct cli *cli = listening->cli;
    json_t *event = json_loads(body, 0, NULL);
    cli->now_s = epoch_now();
    if (!event)
        event = json_object(); /* signed, and no event: its id is all there is to tell */
    if (came_before(listening, id))
        note(cli, T_WEBHOOK_AGAIN, id);
    else if (cli->format == FORMAT_JSON)
        output_json(cli, event);
    else
        table_line(cli, stdout, event, columns, widths, sizeof columns / sizeof *columns);
    (void)fflush(stdout);
    json_decref(event);
}

static void take(struct listening *listening, int caller)
{
    struct message message = {0};
    struct oam_error why;
    if (!receive(caller, &message)) {
        answer(caller, "400 Bad Request");
        free(message.bytes);
        return;
    }
    char id[HEADER_MAX], timestamp[HEADER_MAX], signature[HEADER_MAX];
    header(&message, "webhook-id", id);
    header(&message, "webhook-timestamp", timestamp);
    header(&message, "webhook-signature", signature);
    const struct oam_webhook_message told = {.id = id,
                                             .timestamp = timestamp,
                                             .signature = signature,
                                             .body = message.bytes + message.head,
                                             .body_length = message.length - message.head};
    if (oam_webhook_verify(listening->secret, &told, epoch_now(), TOLERANCE_S, &why) == OAM_OK) {
        answer(caller, "204 No Content");
        tell(listening, id, message.bytes + message.head);
    } else {
        answer(caller, "401 Unauthorized");
        note(listening->cli, T_WEBHOOK_NOT_OURS, *id ? id : "?");
    }
    free(message.bytes);
}

/* Whether the secret is one at all: with another every message would be refused as somebody else's. */
static bool is_secret(const char *secret)
{
    const struct oam_webhook_message none = {.id = "", .timestamp = "0", .signature = ""};
    struct oam_error why;
    return oam_webhook_verify(secret, &none, 0, 0, &why) != OAM_E_ARGUMENT;
}

/* ---- the door ---- */

/* A listening socket on 127.0.0.1; -1: the port cannot be had. */
static int open_door(const char *port_or_null, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char *end = NULL;
    const unsigned long port = port_or_null ? strtoul(port_or_null, &end, 10) : 0;
    const int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)port);
    if (door >= 0 && port <= UINT16_MAX && (!end || (*end == '\0' && port > 0)) &&
        setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(door, (struct sockaddr *)&address, sizeof address) == 0 && listen(door, 64) == 0 &&
        getsockname(door, (struct sockaddr *)&address, &length) == 0) {
        *ret_port = ntohs(address.sin_port);
        return door;
    }
    if (door >= 0)
        (void)close(door);
    return -1;
}

enum exit_code webhook_listen(struct cli *cli, const char *secret_file, const char *port_or_null)
{
    static const struct timeval patience = {.tv_sec = PATIENCE_S};
    char place[48];
    int port = 0;
    struct listening *listening = keep_alloc(sizeof *listening);
    *listening = (struct listening){.cli = cli, .secret = secret_read(secret_file)};
    if (!listening->secret)
        return fail_plain(CLI_FAILED, T_NO_SECRET, secret_file);
    if (!is_secret(listening->secret))
        return fail_plain(CLI_FAILED, T_WEBHOOK_NO_SECRET, secret_file);
    const int door = open_door(port_or_null, &port);
    if (door < 0)
        return fail_plain(CLI_FAILED, T_WEBHOOK_NO_PORT, port_or_null ? port_or_null : "0");
    (void)snprintf(place, sizeof place, "http://127.0.0.1:%d/", port);
    note(cli, T_WEBHOOK_LISTENING, place);
    for (;;) {
        const int caller = accept(door, NULL, NULL);
        if (caller < 0 && errno != EINTR && errno != ECONNABORTED)
            return fail_plain(CLI_FAILED, T_WEBHOOK_NO_PORT, place);
        if (caller < 0)
            continue;
        (void)setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        take(listening, caller);
        (void)close(caller);
    }
}
