/* From what PostgreSQL says to what a client may know: the only translator of SQLSTATEs. */
#ifndef OAM_STORE_SQLSTATE_H
#define OAM_STORE_SQLSTATE_H

#include <stdbool.h>

#include "base/error.h"

struct sqlstate_report {
    const char *sqlstate;   /* five characters; NULL or "": the connection broke before the server could say */
    const char *constraint; /* name of the violated constraint, or NULL */
    const char *table;
    const char *message; /* PostgreSQL's primary message: for the log, never for the client */
    const char *query;   /* name of our statement */
};

/* Fills `err`, logs what the client must not see. Always false. */
bool sqlstate_translate(const struct sqlstate_report *report, struct error *err);

/* True when the connection must not be used again: it is dying, it lost its prepared statements, or its server stopped
   taking writes. */
bool sqlstate_drops_connection(const char *sqlstate);

/* True when a transaction that was refused so, whole, may be sent again at once: a deadlock's victim, a server that
   went away, prepared statements that are gone. */
bool sqlstate_may_repeat(const char *sqlstate);

#endif
