/* `oamd import-holidays`: a year's holidays as they were published, checked, compared and written. */
#ifndef OAM_SERVICE_HOLIDAY_IMPORT_H
#define OAM_SERVICE_HOLIDAY_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { HOLIDAY_IMPORT_NUCLEI_MAX = 64 };

struct holiday_import_options {
    const char *path;  /* the table b4eh-r8up as CSV, or iCalendar: told apart by how it begins */
    bool dry_run;      /* do it all, report it, and take it back */
    bool skip_faulty;  /* leave out what cannot be read, rather than importing nothing */
    int year;          /* this one only; 0: those in which the file has a date */
    const char *scope; /* iCalendar: "catalunya", "aran" or "local" */
    const char *body;  /* iCalendar, local: the code of the body */
    const char *nuclei[HOLIDAY_IMPORT_NUCLEI_MAX]; /* "25243=011": the days of this hamlet are the town's */
    size_t n_nuclei;
};

/*
 * Imports a file in one transaction. A year of a body is taken over as a whole: days are added, changed and removed
 * until they are the file's, so that a correction is imported like the first version; other years and bodies stay as
 * they are. Tells `report` every change and what a person should look at, `complaints` why nothing was done, which is
 * when it returns false. Connects as the URL's user, who must be a member of oam_owner.
 */
bool holiday_import_run(const char *url, const struct holiday_import_options *options, FILE *report, FILE *complaints);

#endif
