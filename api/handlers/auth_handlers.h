/* Access: sessions, tokens, who I am, and the documents that describe it. */
#ifndef OAM_HANDLERS_AUTH_HANDLERS_H
#define OAM_HANDLERS_AUTH_HANDLERS_H

#include "http/http.h"

/* http_settings.authenticate: what auth_recall left to the database. */
bool auth_handlers_authenticate(struct context *ctx, const char *authorization, const char *session_cookie,
                                struct error *err);

bool handle_session_create(struct context *ctx, struct error *err); /* POST /api/v1/session, public, KB(16) */
bool handle_session_delete(struct context *ctx, struct error *err); /* DELETE /api/v1/session, ME */
bool handle_me(struct context *ctx, struct error *err);             /* GET /api/v1/me, ME, memory */
bool handle_token_issue(struct context *ctx, struct error *err);    /* POST /api/v1/oauth/token, public, form, KB(16) */
bool handle_jwks(struct context *ctx, struct error *err);           /* GET /.well-known/jwks.json, public, memory */
bool handle_oauth_metadata(struct context *ctx,
                           struct error *err); /* GET /.well-known/oauth-authorization-server, the same */

#endif
