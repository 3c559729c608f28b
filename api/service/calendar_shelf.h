/* Compiled calendars that a snapshot of the directory keeps: to compile one costs more than the step that counts by it,
   and most requests count by the same few. Any thread may look and add; nothing is taken away before the snapshot
   goes. */
#ifndef OAM_SERVICE_CALENDAR_SHELF_H
#define OAM_SERVICE_CALENDAR_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "workflow/calendar.h"

#define CALENDAR_SHELF_PLACES 512 /* 22 kB each, taken when they are used */

/* What makes a calendar what it is, within one snapshot. */
struct calendar_key {
    int64_t bodies[2]; /* whose local holidays, in the order of the places; 0: none */
    size_t n_places;
    const char *hours; /* NULL: whole days */
};

struct calendar_shelf;

struct calendar_shelf *calendar_shelf_new(void);
void calendar_shelf_free(struct calendar_shelf *shelf);

/* Lives as long as the shelf; NULL when it is not there. */
const struct workflow_calendar *calendar_shelf_find(const struct calendar_shelf *shelf, const struct calendar_key *key);

/* Compiles `source` and keeps it: the calendar that is on the shelf then, whoever was first. NULL when there is no
 * place left for it, or the source cannot be compiled. The source's holidays must live as long as the shelf. */
const struct workflow_calendar *calendar_shelf_add(struct calendar_shelf *shelf, const struct calendar_key *key,
                                                   const struct workflow_calendar_source *source);

#endif
