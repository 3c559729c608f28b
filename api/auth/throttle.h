/* Who guesses passwords is slowed down: failures are counted for the login and for the address, in memory for this
   process and in login_failure for all of them. Subjects are keyed hashes: neither place holds an address. */
#ifndef OAM_AUTH_THROTTLE_H
#define OAM_AUTH_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth.h"

#define THROTTLE_SUBJECT_SIZE   16
#define THROTTLE_WINDOW_SECONDS (15 * 60)

struct throttle;
struct throttle *throttle_new(int attempts);
void throttle_free(struct throttle *throttle);

/* How many failures are allowed in the window. */
int throttle_attempts(const struct throttle *throttle);

/* Counts an attempt before its outcome is known, so that guesses made at the same moment count too. Answers 0, or for
   how many seconds the subject is blocked (the attempt is then not counted). */
int throttle_reserve(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE], int64_t now);

/* The attempt was none: it succeeded, or was refused for another subject. */
void throttle_release(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE]);

/* Forgets the subject's failures. */
void throttle_clear(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE]);

/* Other processes saw too many: blocked until then. */
void throttle_block(struct throttle *throttle, const unsigned char subject[THROTTLE_SUBJECT_SIZE], int64_t until);

/* ---- through `struct auth` ---- */

/* Integrations have an address of their own: a wrong secret in a town's server locks nobody out of the portal. */
enum auth_subject { AUTH_SUBJECT_LOGIN, AUTH_SUBJECT_ADDRESS, AUTH_SUBJECT_CLIENT_ADDRESS };
void auth_subject(const struct auth *auth, enum auth_subject kind, const char *text,
                  unsigned char ret[THROTTLE_SUBJECT_SIZE]);
struct throttle *auth_throttle(const struct auth *auth);

#endif
