/* What the files of service_auth share. */
#ifndef OAM_SERVICE_SERVICE_AUTH_KEYS_H
#define OAM_SERVICE_SERVICE_AUTH_KEYS_H

#include "auth/auth.h"
#include "store/store.h"

/* Bytes as a bytea parameter: \x…. */
const char *auth_hex(struct arena *arena, const unsigned char *bytes, size_t length);

/* Reads the keys of the database into memory. */
bool auth_keys_reload(struct store *store, struct auth *auth, struct arena *arena, int64_t now, struct error *err);

#endif
