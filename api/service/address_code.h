/* The code of a letter that asks whether somebody reads an address: worked out, never stored. */
#ifndef OAM_SERVICE_ADDRESS_CODE_H
#define OAM_SERVICE_ADDRESS_CODE_H

#include "auth/auth.h"

enum { ADDRESS_CODE_SIZE = 10 }; /* "1234 5678" */

/* Eight digits of a MAC over who asked, for what, and the nonce of that letter. */
void address_code(const struct auth *auth, const char *principal, const char *address, const char *nonce,
                  char ret[ADDRESS_CODE_SIZE]);

/* Compares in constant time; blanks and hyphens do not count. */
bool address_code_is(const struct auth *auth, const char *principal, const char *address, const char *nonce,
                     const char *code);

#endif
