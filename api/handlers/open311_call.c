#include "handlers/open311_call.h"

#include <string.h>

#include "auth/credentials.h"
#include "handlers/open311_out.h"
#include "http/address.h"

const char *open311_parameter(const struct context *ctx, const char *name)
{
    const char *value = http_query(ctx, name);
    return value && *value ? value : NULL;
}

/* Everybody's eyes, in the jurisdiction of that name. */
static bool begin_at(struct open311_call *at, const char *jurisdiction_id)
{
    at->endpoint = open311_jurisdiction(&at->call, jurisdiction_id);
    if (!at->endpoint)
        return false;
    at->actor = open311_public(at->endpoint);
    at->call.actor = &at->actor;
    return true;
}

bool open311_call_begin(struct context *ctx, struct open311_call *ret, struct error *err)
{
    *ret = (struct open311_call){.is_holder = false};
    return open311_is_json(ctx, &ret->is_json, err) && use_call(ctx, err, &ret->call) &&
           begin_at(ret, open311_parameter(ctx, "jurisdiction_id"));
}

bool open311_call_identify(struct context *ctx, struct open311_call *at, const char *key, uint32_t scope,
                           struct error *err)
{
    if (!open311_key_holder(&at->call, at->endpoint, key, http_client_address(ctx), &at->actor))
        return false;
    if ((at->actor.scopes & scope) == 0)
        return error_set(err, ERROR_FORBIDDEN, TEXT_OPEN311_KEY_REFUSED);
    at->is_holder = true;
    return http_identify(ctx, &at->actor);
}

static bool form_read(struct context *ctx, struct open311_form *ret, struct error *err)
{
    struct http_pair *pairs = arena_alloc(ctx->arena, OPEN311_FIELDS_MAX * sizeof *pairs);
    if (!http_form_all(ctx, pairs, OPEN311_FIELDS_MAX, &ret->count, err))
        return false;
    struct open311_field *fields = arena_alloc(ctx->arena, (ret->count + 1) * sizeof *fields);
    for (size_t i = 0; i < ret->count; i++)
        fields[i] = (struct open311_field){pairs[i].name, pairs[i].value};
    ret->fields = fields;
    return true;
}

bool open311_call_begin_form(struct context *ctx, struct open311_call *ret, struct open311_form *ret_form,
                             struct error *err)
{
    *ret = (struct open311_call){.is_holder = false};
    if (!open311_is_json(ctx, &ret->is_json, err) || !form_read(ctx, ret_form, err) ||
        !use_call(ctx, err, &ret->call) || !begin_at(ret, open311_form_text(ret_form, "jurisdiction_id")))
        return false;
    const char *key = open311_form_text(ret_form, "api_key");
    bool known = open311_call_identify(ctx, ret, key, SCOPE_REQUESTS_WRITE, err);
    if (key)
        auth_wipe((void *)(uintptr_t)key, strlen(key));
    return known;
}
