/* The schema's history: schema/migrations/ as embedded in this binary, and what a database says was applied to it. */
#ifndef OAM_STORE_MIGRATE_H
#define OAM_STORE_MIGRATE_H

#include <stdbool.h>
#include <stdio.h>

#include "store/store.h"

/* Applies what is missing, in order, each migration in a transaction of its own under a lock_timeout, tried again when
   somebody is in the way. One runs at a time for a database. With `dry_run` only says what would be done. A migration
   whose file changed since it was applied is refused; migrations that we do not know (a newer binary made them) are
   left alone. Tells `progress` a line for each, and `complaints` why it failed and what to do. */
bool migrate_run(const char *url, bool dry_run, FILE *progress, FILE *complaints);

/* True when the database has every migration of this binary, unaltered; newer ones are fine, since each must leave the
   previous binary working. UNAVAILABLE otherwise, err->where says which is missing. */
bool migrate_current(struct store *store, struct arena *arena, struct error *err);

#endif
