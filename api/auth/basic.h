/* HTTP Basic as OAuth clients use it. */
#ifndef OAM_AUTH_BASIC_H
#define OAM_AUTH_BASIC_H

#include <stdbool.h>

#include "base/arena.h"

/* Whether an Authorization header is of the Basic scheme. */
bool auth_basic_is(const char *authorization);

/* Client id and secret of it, each form-decoded after the colon was found (RFC 6749, 2.3.1). False when malformed. */
bool auth_basic_parse(struct arena *arena, const char *authorization, const char **ret_id, const char **ret_secret);

#endif
