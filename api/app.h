/* Start, wire, drain, stop. */
#ifndef OAM_APP_H
#define OAM_APP_H

#include "service/app.h"

/* Whether serve would find its secret; says on stderr what is wrong with it. */
bool app_check(const struct config *config);
/* Wires and starts everything; false, with the reason on stderr, when something is missing: nobody serves half a desk.
 */
bool app_start(struct app *app, const struct config *config);
/* To be called about once a second: gives memory that a busy time took back to the machine when it is over. */
void app_rest(struct app *app);
/* Drains (OAM_DRAIN_S at most) and frees all. */
void app_stop(struct app *app);

#endif
