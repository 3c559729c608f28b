#include "model/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json_in.h"
#include "model/event_type.h"

#define DESCRIPTION_MAX 250
#define CONTACT_MAX     254
#define FILTER_MAX      400 /* characters, and bytes (service/event_filter.h) */
#define POSITION_DIGITS 18

static const char *const payloads[] = {"thin", "full"};
static const char *const states[] = {"active", "paused"};

static void check_url(const char *url, const struct webhook_reach *reach, struct error *err)
{
    struct webhook_url parsed;
    switch (webhook_url_parse(url, reach, &parsed)) {
    case WEBHOOK_URL_FINE:
        break;
    case WEBHOOK_URL_MALFORMED:
        (void)error_violate(err, "/url", BAD_URL, "https://sistema.exemple.cat/oam");
        break;
    case WEBHOOK_URL_SCHEME:
        (void)error_violate(err, "/url", NOT_HTTPS);
        break;
    case WEBHOOK_URL_PORT:
        (void)error_violate(err, "/url", PORT_NOT_ALLOWED, reach->ports);
        break;
    case WEBHOOK_URL_INTERNAL:
        (void)error_violate(err, "/url", INTERNAL_ADDRESS);
        break;
    }
}

static void take_types(const json_t *list, struct webhook_input *ret, struct error *err)
{
    const size_t n = json_array_size(list);
    if (n > WEBHOOK_TYPES_MAX) {
        error_violate(err, "/types", TOO_MANY, "40");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *written = json_string_value(json_array_get(list, i));
        const char *pointer = json_pointer_index(err->arena, "/types", i);
        if (!written || !event_type_is_written(written)) {
            error_violate_like(err, pointer, "cat.oam.request.transitioned");
            continue;
        }
        const char *nearest, *type = event_type_find(written, &nearest);
        if (type)
            ret->types[ret->n_types++] = type;
        else
            error_violate(err, pointer, UNKNOWN_VALUE, written, nearest);
    }
}

static const char *take_option(struct json_in *in, const char *name, const char *pointer, const char *const options[2])
{
    const char *given = json_in_text(in, name, 1, 20, false, false);
    if (given && strcmp(given, options[0]) != 0 && strcmp(given, options[1]) != 0)
        error_violate_options(in->err, pointer, options, 2);
    return given;
}

/* What the database asks of an address as well (webhook_contact). */
static bool is_mail_address(const char *text)
{
    static const char labels[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    static const char local[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-";
    const size_t name = strspn(text, local);
    size_t n_labels = 0;
    if (name == 0 || name > 64 || text[name] != '@')
        return false;
    for (const char *at = text + name + 1;; at++) {
        const size_t length = strspn(at, labels);
        if (length == 0 || length > 63)
            return false;
        n_labels++;
        at += length;
        if (*at != '.')
            return *at == '\0' && n_labels > 1;
    }
}

struct webhook_input webhook_input_from_json(const json_t *json, const struct webhook_reach *reach, bool change,
                                             struct error *err)
{
    static const char *const made[] = {"client", "url", "types", "filter", "payload", "description", "contact", NULL};
    static const char *const changed[] = {"url", "types", "filter", "payload", "description", "contact", "state", NULL};
    struct json_in in = json_in_object(json, "", err);
    struct webhook_input input = {0};
    if (!change)
        input.client = json_in_text(&in, "client", 3, 63, false, false);
    input.url = json_in_text(&in, "url", 1, WEBHOOK_URL_MAX, !change, false);
    if (input.url)
        check_url(input.url, reach, err);
    const json_t *types = json_in_value(&in, "types", JSON_ARRAY, false);
    input.has_types = types || json_is_null(json_object_get(json, "types"));
    take_types(types, &input, err);
    input.filter = json_in_text(&in, "filter", 1, FILTER_MAX, false, false);
    input.has_filter = input.filter || json_is_null(json_object_get(json, "filter"));
    input.payload = take_option(&in, "payload", "/payload", payloads);
    input.description = json_in_text(&in, "description", 0, DESCRIPTION_MAX, false, false);
    input.contact = json_in_text(&in, "contact", 3, CONTACT_MAX, false, false);
    input.has_contact = input.contact || json_is_null(json_object_get(json, "contact"));
    if (input.contact && !is_mail_address(input.contact))
        error_violate_like(err, "/contact", "sistemes@exemple.cat");
    if (change)
        input.state = take_option(&in, "state", "/state", states);
    json_in_finish(&in, change ? changed : made);
    return input;
}

/* A position as the feed gives it: a number as text. -1: none, or none that could be. */
static int64_t take_position(struct json_in *in, const char *name, const char *pointer)
{
    const char *given = json_in_text(in, name, 1, 40, false, false);
    const size_t length = given ? strlen(given) : 0;
    if (!given)
        return -1;
    if (length <= POSITION_DIGITS && strspn(given, "0123456789") == length)
        return strtoll(given, NULL, 10);
    error_violate_like(in->err, pointer, "4711");
    return -1;
}

/* Of two answers to one question we take neither. */
static void refuse_range(const json_t *json, const char *const members[], struct error *err)
{
    for (size_t i = 0; members[i]; i++)
        if (json_object_get(json, members[i]))
            error_violate(err, json_pointer(err->arena, "", members[i]), NOT_BESIDE, "delivery");
}

struct redelivery_input redelivery_input_from_json(const json_t *json, struct error *err)
{
    static const char *const names[] = {"delivery", "after", "before", "since", "until", "state", NULL};
    static const char *const which[] = {"dead", "all"};
    struct json_in in = json_in_object(json, "", err);
    struct redelivery_input input = {.delivery = json_in_text(&in, "delivery", 1, 100, false, false)};
    if (input.delivery && !hex_is_uuid(input.delivery))
        error_violate_like(err, "/delivery", "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e");
    input.after = take_position(&in, "after", "/after");
    input.before = take_position(&in, "before", "/before");
    input.since = json_in_time(&in, "since", false);
    input.until = json_in_time(&in, "until", false);
    const char *state = take_option(&in, "state", "/state", which);
    json_in_finish(&in, names);
    if (input.delivery)
        refuse_range(json, names + 1, err);
    input.dead_only = !input.delivery && (!state || strcmp(state, "dead") == 0);
    if (!error_is_set(err) && !input.delivery && input.after < 0 && input.before < 0 && !input.since && !input.until)
        error_violate(err, "/after", REQUIRED);
    return input;
}
