/* Where one is written to: an address of one's own, to which nothing goes before its owner has shown that they read it.
 */
#ifndef OAM_SERVICE_ADDRESS_H
#define OAM_SERVICE_ADDRESS_H

#include <jansson.h>

#include "base/json_out.h"
#include "service/call.h"

/* A MailAddress of the contract; NULL with violations. */
const char *address_from_json(const json_t *json, struct error *err);

/* Writes the caller's as the contract's Address. */
bool address_write(const struct call *call, struct json_out *out);

/* A letter with a code goes there. False with TOO_MANY_REQUESTS when the caller has asked too often. */
bool address_ask(const struct call *call, const char *address);

/* The code of that letter, from the contract's AddressCode: the address is the caller's from then on. False with a
 * violation when it is another, with CONFLICT when nothing waits for one. */
bool address_confirm(const struct call *call, const json_t *json);

/* No letters any more. */
bool address_forget(const struct call *call);

#endif
