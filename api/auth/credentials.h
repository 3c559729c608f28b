/* Passwords and the secrets of API clients: how they are made, what of them is stored, how one is compared.
   A password is stored as an argon2id string; a client secret has 256 random bits, so its SHA-256 is enough. */
#ifndef OAM_AUTH_CREDENTIALS_H
#define OAM_AUTH_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/auth.h"

#define AUTH_PASSWORD_HASH_SIZE 128 /* with the terminator */
#define AUTH_PASSWORD_MIN       8   /* bytes of a password that is set; what is tried at login may be anything */
#define AUTH_PASSWORD_MAX                                                                                              \
    800 /* bytes: 200 characters; checked before hashing, so that a long one is cheap to refuse                        \
         */
#define AUTH_PASSWORD_SIZE      32 /* room for auth_password_new */
#define AUTH_CLIENT_SECRET_SIZE 64 /* room for auth_client_secret_new */

/* argon2id (19 MiB, 2 passes), as the string that user_account.password_hash holds. 20 ms: not for an IO thread. False
   when the password is longer than AUTH_PASSWORD_MAX or memory is short. */
bool auth_password_hash(const char *password, char ret[AUTH_PASSWORD_HASH_SIZE]);

/* Compares with a stored string. `stored` NULL (nobody has that login) does the same work and answers false. */
bool auth_password_verify(const char *stored, const char *password);

/* The same for the login: through the side queue of hashing slots. False with OVERLOADED when the line is full. The
   time it takes tells nothing: neither whether the login exists nor whether the password was right. */
bool auth_password_check(struct auth *auth, const char *stored, const char *password, bool *ret_matches,
                         struct error *err);

/* A new random password that people can read out: five groups of five of base32 without look-alikes, 125 bits. False
   when `size` is below AUTH_PASSWORD_SIZE. */
bool auth_password_new(char ret[], size_t size);

/* A new secret: "oam_live_", 32 random bytes in base62 and their CRC-32 in base62, so that scanners recognise a leaked
   one and a mistyped one is refused before any look-up. False when `size` is below AUTH_CLIENT_SECRET_SIZE. */
bool auth_client_secret_new(char ret[], size_t size);

/* True when the text has the form above with the right CRC. */
bool auth_client_secret_well_formed(const char *secret);

/* What api_client.secret_hash holds. */
void auth_client_secret_hash(const char *secret, unsigned char ret[AUTH_DIGEST_SIZE]);

/* Compares with the stored hash in constant time; `stored` NULL (no such client) answers false after the same work. */
bool auth_client_secret_verify(const unsigned char stored[AUTH_DIGEST_SIZE], const char *secret);

/* Overwrites a secret so that the optimiser cannot leave it in memory. */
void auth_wipe(void *secret, size_t length);

#endif
