/* Settings come from OAM_* variables; config.def is the one list (name, type, default, limits, help). */
#ifndef OAM_BASE_CONFIG_H
#define OAM_BASE_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

struct config {
#define CONFIG_TEXT(field, variable, fallback, help)                     const char *field;
#define CONFIG_NUMBER(field, variable, fallback, minimum, maximum, help) int field;
#include "base/config.def"
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
};

/* Reads the environment. Every problem at once is told to `complaints`, one a line with what to do; false if there was
   one. Unknown OAM_* variables are problems too, but for OAM_TEST_*, OAM_STATE, OAM_URL, OAM_CREDENTIALS, OAM_ROLE,
   OAM_CLIENT_* (tools' own). */
bool config_load(struct config *ret, FILE *complaints);
void config_free(struct config *config);
/* One line a setting: name, default, limits, help (oamd help, README check). */
void config_describe(FILE *out);

#endif
