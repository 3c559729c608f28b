/* Rows of schema/queries/auth.sql as actors. */
#ifndef OAM_SERVICE_SERVICE_AUTH_ACTOR_H
#define OAM_SERVICE_SERVICE_AUTH_ACTOR_H

#include "model/actor.h"
#include "store/store.h"

/* Columns that the auth_person_* queries share. */
enum {
    PERSON_USER_ID,
    PERSON_LOGIN,
    PERSON_NAME,
    PERSON_ROLE,
    PERSON_BODY_ID,
    PERSON_UNIT_ID,
    PERSON_AGENT_ID,
    PERSON_AGENT_UNIT_ID,
    PERSON_CREDENTIAL,
    PERSON_PASSWORD_HASH,
    PERSON_SESSION_EXPIRES_AT = PERSON_PASSWORD_HASH,
    PERSON_SESSION_SEEN_AT
};
/* … and the auth_client_* queries. */
enum {
    CLIENT_ID,
    CLIENT_CLIENT_ID,
    CLIENT_NAME,
    CLIENT_SECRET_HASH,
    CLIENT_ALL_BODIES,
    CLIENT_SCOPES,
    CLIENT_BODY_ID,
    CLIENT_PREVIOUS_HASH, /* NULL: there is none, or it is good no more */
    CLIENT_PREVIOUS_UNTIL,
    CLIENT_LAST_USED_AT /* of auth_client_by_client_id */
};

/* One actor has one role: the highest of its memberships, with the bodies (or the unit) of that role only, so that who
   signs for one town does not sign for another where it may only file. False without a membership. */
bool actor_of_person(const struct rows *rows, struct actor *ret);

/* An integration with all its scopes. False when there is no such client. */
bool actor_of_client(const struct rows *rows, struct actor *ret);

#endif
