/* `oamd seed`: what a new desk starts with, from schema/seed/ and workflow/definitions/ as embedded in this binary. */
#ifndef OAM_SERVICE_SERVICE_SEED_H
#define OAM_SERVICE_SERVICE_SEED_H

#include <stdbool.h>
#include <stdio.h>

struct seed_options {
    bool demo;               /* also one person for each role, and an integration */
    const char *credentials; /* with demo: file for their passwords, written 0600 */
};

/* Territory, holidays, catalogue, units, workflow definitions, territorial agents. May be run again at any time: it
   adds what is missing and mends what differs; passwords that stand in the credentials file are kept. Connects as the
   URL's user, who must be a member of oam_owner (whoever migrated is). Tells `progress` a line for each step. */
bool seed_run(const char *url, const struct seed_options *options, FILE *progress, FILE *complaints);

#endif
