/* What webhooks are signed with (Standard Webhooks 1.0.0): made here, shown once, sealed for the database under a key
   of its own. */
#ifndef OAM_AUTH_WEBHOOK_SECRET_H
#define OAM_AUTH_WEBHOOK_SECRET_H

#include "auth/auth.h"

#define WEBHOOK_SECRET_BYTES       32
#define WEBHOOK_SECRET_TEXT_SIZE   51  /* "whsec_" and 44 of base64, with the terminator */
#define WEBHOOK_SEALED_HEX_SIZE    177 /* nonce, MAC, the webhook's id and the secret in hex, with the terminator */
#define WEBHOOK_SIGNATURE_SIZE     48  /* "v1," and 44 of base64, with the terminator */
#define WEBHOOK_SECRETS_MAX        2   /* valid at once: while one takes the place of another */
#define WEBHOOK_SIGNATURE_ALL_SIZE (WEBHOOK_SECRETS_MAX * WEBHOOK_SIGNATURE_SIZE)

/* A new secret for the webhook of that id (a UUID): the text to show, and what to keep. */
void webhook_secret_new(const struct auth *auth, const char *webhook, char ret_text[WEBHOOK_SECRET_TEXT_SIZE],
                        char ret_sealed_hex[WEBHOOK_SEALED_HEX_SIZE]);

/* Signs one message with each of the sealed secrets, hex with a blank between them: the value of webhook-signature.
   What does not open under our secret, or is another webhook's, signs nothing. False: none of them did. */
bool webhook_secret_sign(const struct auth *auth, const char *webhook, const char *sealed_hex, const char *id,
                         int64_t timestamp_s, const char *body, size_t length,
                         char ret_signatures[WEBHOOK_SIGNATURE_ALL_SIZE]);

#endif
