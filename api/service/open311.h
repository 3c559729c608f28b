/* Open311 GeoReport v2 over the same requests, for the services that a body publishes: its code is the jurisdiction.
   Who has no key sees what the body published and nothing of people; who holds one files and reads as the client that
   it was given to. */
#ifndef OAM_SERVICE_OPEN311_H
#define OAM_SERVICE_OPEN311_H

#include "base/json_out.h"
#include "model/open311.h"
#include "service/call.h"

/* ---- what is published ---- */

/* Writes the Open311List. */
void open311_list(const struct call *call, struct json_out *out);

/* Publishes these services of a body, and no others. NOT_FOUND, INVALID. */
bool open311_publish(const struct call *call, const char *body_code, const struct open311_input *input);
bool open311_withdraw(const struct call *call, const char *body_code);

/* A new key for a client, in place of the one that it had; `ret` has room for AUTH_CLIENT_SECRET_SIZE. NOT_FOUND when
   the body publishes nothing, or has no such client. */
bool open311_key_give(const struct call *call, const char *body_code, const char *client_id, char ret[], size_t size);
bool open311_key_take(const struct call *call, const char *body_code, const char *client_id);

/* ---- where the caller is ---- */

/* What jurisdiction_id names; with NULL the only one that there is. NULL with NOT_FOUND, or INVALID_PARAMETER where
   there are several. */
const struct directory_open311 *open311_jurisdiction(const struct call *call, const char *jurisdiction_id);

/* A service that is published there, or NULL with NOT_FOUND. */
const struct directory_service *open311_service(const struct call *call, const struct directory_open311 *endpoint,
                                                const char *code);

/* The client that a key was given to, for that body alone. FORBIDDEN, TOO_MANY_REQUESTS. `address`: where the caller
 * is, or NULL. */
bool open311_key_holder(const struct call *call, const struct directory_open311 *endpoint, const char *key,
                        const char *address, struct actor *ret);

/* Whoever has no key: sees that body's requests, which the statements then narrow to what is published. */
struct actor open311_public(const struct directory_open311 *endpoint);

/* ---- what is asked when filing ---- */

struct open311_attribute {
    const char *code, *datatype, *description;
    const char *hint; /* what a value looks like, or NULL */
    const struct workflow_field_info *field;
};
/* The fields that filing takes, all of them required; arena-owned. */
const struct open311_attribute *open311_attributes(const struct call *call, const struct directory_service *service,
                                                   size_t *ret_count);

#endif
