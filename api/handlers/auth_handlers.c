#include "handlers/auth_handlers.h"

#include <string.h>

#include "auth/basic.h"
#include "auth/credentials.h"
#include "auth/keys.h"
#include "handlers/answer.h"
#include "handlers/use.h"
#include "http/address.h"
#include "service/service_auth.h"

bool auth_handlers_authenticate(struct context *ctx, const char *authorization, const char *session_cookie,
                                struct error *err)
{
    struct call call = use_call_without_directory(ctx, err);
    return service_auth_authenticate(&call, authorization, session_cookie, &ctx->actor);
}

/* Secrets are overwritten as soon as they were used: the arena and the body live on for a while. */
static void wipe_text(const char *secret)
{
    if (secret)
        auth_wipe((void *)(uintptr_t)secret, strlen(secret));
}

static void wipe_body(struct context *ctx)
{
    if (ctx->body_length > 0)
        auth_wipe((void *)(uintptr_t)ctx->body, ctx->body_length);
}

/* ---- who I am ---- */

static void write_bodies(struct json_out *out, const struct actor *actor, const struct directory *dir)
{
    json_out_name(out, "bodies");
    if (actor->staff || actor->all_bodies) {
        json_out_null(out); /* every body */
        return;
    }
    json_out_array_begin(out);
    for (size_t i = 0; i < actor->n_bodies; i++) {
        const struct directory_body *body = directory_body_by_id(dir, actor->bodies[i]);
        if (body)
            json_out_text(out, body->code);
    }
    json_out_array_end(out);
}

static void write_comarques(struct json_out *out, const struct actor *actor, const struct directory *dir)
{
    const struct directory_agent *agent = actor->agent_id ? directory_agent_by_id(dir, actor->agent_id) : NULL;
    json_out_name(out, "comarques");
    json_out_array_begin(out);
    for (size_t i = 0; agent && i < agent->n_comarques; i++)
        json_out_text(out, agent->comarques[i]->code);
    json_out_array_end(out);
}

static void write_rights(struct json_out *out, const struct actor *actor)
{
    json_out_name(out, "scopes");
    json_out_array_begin(out);
    for (unsigned i = 0; actor->client_id && permission_scope_names[i]; i++)
        if (actor->scopes & (1u << i))
            json_out_text(out, permission_scope_names[i]);
    json_out_array_end(out);
    json_out_name(out, "permissions");
    json_out_array_begin(out);
    for (unsigned i = PERMISSION_PUBLIC + 1; i < PERMISSION_COUNT; i++)
        if (permission_granted((enum permission)i, actor))
            json_out_text(out, permission_name((enum permission)i));
    json_out_array_end(out);
}

static void write_me(struct json_out *out, const struct actor *actor, const struct directory *dir)
{
    const struct directory_unit *unit = actor->unit_id ? directory_unit_by_id(dir, actor->unit_id) : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "kind", actor->client_id ? "client" : "user");
    json_out_member_text(out, "login", actor->client_id ? NULL : actor->login);
    json_out_member_text(out, "client_id", actor->client_id ? actor->login : NULL);
    json_out_member_text(out, "name", actor->name);
    json_out_member_text(out, "role", role_name(actor->role));
    write_bodies(out, actor, dir);
    json_out_member_text(out, "unit", unit ? unit->code : NULL);
    write_comarques(out, actor, dir);
    write_rights(out, actor);
    json_out_object_end(out);
}

bool handle_me(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (!dir)
        return false;
    struct json_out out = json_out_new(ctx->arena, 1024);
    write_me(&out, &ctx->actor, dir);
    return http_respond_json(ctx, 200, &out);
}

/* ---- sessions ---- */

static void set_cookie(struct context *ctx, const char *value, int max_age_s)
{
    const char *name = http_session_cookie_name(ctx);
    http_header_set(ctx, "Set-Cookie",
                    arena_printf(ctx->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", name, value,
                                 max_age_s, name[0] == '_' ? "; Secure" : ""));
}

static void write_grant(struct json_out *out, const struct service_grant *grant)
{
    json_out_member_text(out, "access_token", grant->access_token);
    json_out_member_text(out, "token_type", "Bearer");
    json_out_member_number(out, "expires_in", grant->expires_in_s);
}

bool handle_session_create(struct context *ctx, struct error *err)
{
    static const char *const members[] = {"login", "password", NULL};
    struct service_grant grant;
    http_header_set(ctx, "Cache-Control", "no-store");
    const struct directory *dir = answer_directory(ctx, err);
    json_t *body = dir ? http_body_json(ctx, err) : NULL;
    wipe_body(ctx);
    if (!body)
        return false;
    struct json_in in = json_in_object(body, "", err);
    struct service_login login = {.login = json_in_text(&in, "login", 1, 100, true, false),
                                  .password = json_in_text(&in, "password", 1, 200, true, false),
                                  .address = http_client_address(ctx)};
    json_in_finish(&in, members);
    struct call call = use_call_without_directory(ctx, err);
    bool opened = !error_is_set(err) && service_auth_login(&call, &login, &grant);
    wipe_text(login.password);
    if (!opened)
        return false;
    set_cookie(ctx, grant.session, AUTH_SESSION_SECONDS);
    struct json_out out = json_out_new(ctx->arena, 2048);
    json_out_object_begin(&out);
    write_grant(&out, &grant);
    json_out_name(&out, "me");
    write_me(&out, &grant.actor, dir);
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}

bool handle_session_delete(struct context *ctx, struct error *err)
{
    struct call call = use_call_without_directory(ctx, err);
    const char *authorization = http_header(ctx, "Authorization");
    if (!service_auth_logout(&call, authorization, http_cookie(ctx, http_session_cookie_name(ctx))))
        return false;
    set_cookie(ctx, "", 0);
    return http_respond_empty(ctx, 204);
}

/* ---- tokens for integrations: errors in the form of RFC 6749, 5.2 ---- */

struct oauth_fault {
    int status;
    const char *code, *why;
};
static const struct oauth_fault fault_form = {400, "invalid_request",
                                              "grant_type is missing, or the form is malformed."};
static const struct oauth_fault fault_twice = {400, "invalid_request",
                                               "Credentials both in the form and in the header."};
static const struct oauth_fault fault_grant = {400, "unsupported_grant_type", "Only client_credentials is supported."};
static const struct oauth_fault fault_scope = {400, "invalid_scope", "A scope is unknown, or not this client's."};
static const struct oauth_fault fault_client = {401, "invalid_client", "Unknown client or wrong secret."};

static bool respond_fault(struct context *ctx, struct error *err, const struct oauth_fault *fault)
{
    struct json_out out = json_out_new(ctx->arena, 256);
    *err = (struct error){.language = err->language, .arena = err->arena}; /* said here, and not as a problem */
    if (fault->status == 401)
        http_header_set(ctx, "WWW-Authenticate", "Basic realm=\"oam\", charset=\"UTF-8\"");
    json_out_object_begin(&out);
    json_out_member_text(&out, "error", fault->code);
    json_out_member_text(&out, "error_description", fault->why);
    json_out_object_end(&out);
    return http_respond_json(ctx, fault->status, &out);
}

/* The form, and the credentials from where they are. NULL when it is complete. */
static const struct oauth_fault *read_token_request(struct context *ctx, struct error *err,
                                                    struct service_client_login *ret)
{
    const char *authorization = http_header(ctx, "Authorization");
    const char *grant_type = http_form(ctx, "grant_type", err);
    const char *form_id = http_form(ctx, "client_id", err);
    *ret = (struct service_client_login){.client_id = form_id,
                                         .client_secret = http_form(ctx, "client_secret", err),
                                         .scope = http_form(ctx, "scope", err),
                                         .address = http_client_address(ctx)};
    if (error_is_set(err) || !grant_type || !*grant_type)
        return &fault_form;
    if (strcmp(grant_type, "client_credentials") != 0)
        return &fault_grant;
    if (authorization && ret->client_secret)
        return &fault_twice;
    if (authorization && (!auth_basic_parse(ctx->arena, authorization, &ret->client_id, &ret->client_secret) ||
                          (form_id && strcmp(form_id, ret->client_id) != 0)))
        return &fault_client;
    if (!ret->client_id || !*ret->client_id || !ret->client_secret || !*ret->client_secret)
        return &fault_client;
    if (ret->scope && !*ret->scope)
        ret->scope = NULL;
    return NULL;
}

static bool respond_token(struct context *ctx, const struct service_grant *grant)
{
    char scopes[PERMISSION_SCOPES_SIZE];
    struct json_out out = json_out_new(ctx->arena, 1024);
    json_out_object_begin(&out);
    write_grant(&out, grant);
    json_out_member_text(&out, "scope", permission_scopes_format(grant->actor.scopes, scopes));
    json_out_object_end(&out);
    return http_respond_json(ctx, 200, &out);
}

bool handle_token_issue(struct context *ctx, struct error *err)
{
    struct service_client_login login;
    struct service_grant grant;
    http_header_set(ctx, "Cache-Control", "no-store");
    http_header_set(ctx, "Pragma", "no-cache");
    const struct oauth_fault *fault = read_token_request(ctx, err, &login);
    wipe_body(ctx);
    if (fault)
        return respond_fault(ctx, err, fault);
    struct call call = use_call_without_directory(ctx, err);
    enum service_client_outcome outcome = service_auth_client_token(&call, &login, &grant);
    wipe_text(login.client_secret);
    switch (outcome) {
    case SERVICE_CLIENT_GRANTED:
        return respond_token(ctx, &grant);
    case SERVICE_CLIENT_INVALID:
        return respond_fault(ctx, err, &fault_client);
    case SERVICE_CLIENT_INVALID_SCOPE:
        return respond_fault(ctx, err, &fault_scope);
    case SERVICE_CLIENT_FAILED:
        break;
    }
    return false;
}

/* ---- documents ---- */

bool handle_jwks(struct context *ctx, struct error *err)
{
    (void)err;
    const char *keys = auth_keys_jwks(ctx->app->auth, ctx->arena, ctx->now);
    /* Well below the hour for which the next key is shown before it signs. */
    http_header_set(ctx, "Cache-Control", "public, max-age=900");
    return http_respond_bytes(ctx, 200, "application/jwk-set+json", keys, strlen(keys));
}

bool handle_oauth_metadata(struct context *ctx, struct error *err)
{
    static const char *const methods[] = {"client_secret_basic", "client_secret_post", NULL};
    const char *issuer = auth_issuer(ctx->app->auth);
    struct json_out out = json_out_new(ctx->arena, 1024);
    (void)err;
    json_out_object_begin(&out);
    json_out_member_text(&out, "issuer", issuer);
    json_out_member_text(&out, "token_endpoint", arena_printf(ctx->arena, "%s/api/v1/oauth/token", issuer));
    json_out_member_text(&out, "jwks_uri", arena_printf(ctx->arena, "%s/.well-known/jwks.json", issuer));
    json_out_member_text(&out, "service_documentation", arena_printf(ctx->arena, "%s/api/v1/openapi.json", issuer));
    json_out_member_raw(&out, "response_types_supported", "[]");
    json_out_member_raw(&out, "grant_types_supported", "[\"client_credentials\"]");
    json_out_name(&out, "token_endpoint_auth_methods_supported");
    json_out_array_begin(&out);
    for (size_t i = 0; methods[i]; i++)
        json_out_text(&out, methods[i]);
    json_out_array_end(&out);
    json_out_name(&out, "scopes_supported");
    json_out_array_begin(&out);
    for (size_t i = 0; permission_scope_names[i]; i++)
        json_out_text(&out, permission_scope_names[i]);
    json_out_array_end(&out);
    json_out_member_raw(&out, "ui_locales_supported", "[\"ca\",\"es\",\"en\"]");
    json_out_object_end(&out);
    http_header_set(ctx, "Cache-Control", "public, max-age=900");
    return http_respond_json(ctx, 200, &out);
}
