/* `oamd verify`: is the stored history whole, and does replaying it give the stored states? */
#ifndef OAM_SERVICE_VERIFY_H
#define OAM_SERVICE_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

/* Checks every hash chain, and runs the events of every request through its definition: each transition must be one
   that the engine knows in that state and must lead where it led, and the last state must be the stored one. Lists
   besides the roles of procedures that nobody can play today, which is no fault of the history. Tells `report` the
   counts and each fault (100 at most); false when there is one. */
bool verify_run(const char *url, FILE *report, FILE *complaints);

#endif
