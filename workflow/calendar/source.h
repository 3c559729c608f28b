/* Inside the readers of holidays: how a fault is told. */
#ifndef OAM_WORKFLOW_CALENDAR_SOURCE_H
#define OAM_WORKFLOW_CALENDAR_SOURCE_H

#include "workflow/holidays.h"

/* Fills a fault: what is wrong, and (unless NULL) the piece of the file that it is about, cut where there is no more
 * room. Always returns false. */
bool source_fault(struct workflow_source_fault *ret_fault, size_t line, const char *what, const char *piece);
/* Tells whether a text is a word that is given in upper case, however it is written. */
bool source_is_word(const char *text, const char *upper);
/* Reads n digits. False when they are not digits. */
bool source_digits(const char *text, size_t n, int *ret_number);
/* Reads a date that lies in four digits of year, two of month and two of day. */
bool source_date(const char *year, const char *month, const char *day, int32_t *ret_day);

#endif
