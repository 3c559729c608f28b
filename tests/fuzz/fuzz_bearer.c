/* Whatever stands in an Authorization header or a cookie: it is refused or left to the database, never an accident. The
   first byte chooses the reader, the rest is the text. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth_internal.h"
#include "auth/basic.h"
#include "auth/credentials.h"
#include "auth/permission.h"
#include "auth/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1790000000000000LL

static struct auth *auth;

/* The private key is new in each run, so that no corpus can hold a token that is good. */
static void start(void)
{
    static const unsigned char secret[32] = "a secret of thirty-two bytes...";
    struct auth_key key;
    auth = auth_new(&(struct auth_settings){
        .secret = secret, .secret_length = sizeof secret, .issuer = "http://oam.test", .login_attempts = 10});
    if (!auth || !auth_key_new(auth, NOW, NOW, &key) || auth_keys_load(auth, &key, 1) != 1)
        abort();
}

static void read_text(uint8_t reader, const char *text, struct arena *arena)
{
    struct error err = {.arena = arena, .language = TEXT_CA};
    struct actor actor;
    struct auth_claims claims;
    uint32_t scopes;
    const char *id, *secret;
    switch (reader % 5) {
    case 0:
        if (auth_recall(auth, text, NULL, NOW, &actor, &err) == AUTH_OK && actor.role != ROLE_NONE)
            abort();
        break;
    case 1:
        if (auth_recall(auth, NULL, text, NOW, &actor, &err) == AUTH_OK)
            abort();
        break;
    case 2:
        if (auth_token_verify(auth, text, NOW, &claims) == AUTH_TOKEN_GOOD)
            abort();
        break;
    case 3:
        if (auth_basic_parse(arena, text, &id, &secret) && strlen(id) + strlen(secret) > strlen(text))
            abort();
        break;
    default:
        (void)permission_scopes_parse(text, &scopes);
        (void)auth_client_secret_well_formed(text);
        break;
    }
}

/* A header of our form in front, with the key id of this run, so that the payload is read too. */
static void read_payload(const uint8_t *data, size_t size)
{
    char kid[AUTH_KEY_ID_SIZE], pem[AUTH_PEM_SIZE], header[128], token[8192];
    struct auth_claims claims;
    if (size > 3000 || !auth_keys_private(auth, NOW, kid, pem))
        return;
    int n = snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
    size_t at = auth_base64url(token, sizeof token, header, (size_t)n);
    token[at++] = '.';
    at += auth_base64url(token + at, sizeof token - at, data, size);
    memset(token + at, 'A', 87);
    token[at] = '.';
    token[at + 87] = '\0';
    if (auth_token_verify(auth, token, NOW, &claims) == AUTH_TOKEN_GOOD)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!auth)
        start();
    if (size < 1)
        return 0;
    struct arena *arena = arena_new(4096);
    char *text = malloc(size);
    if (!arena || !text)
        abort();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] >= 0x80)
        read_payload(data + 1, size - 1);
    else
        read_text(data[0], text, arena);
    free(text);
    arena_free(arena);
    return 0;
}
