/* What an event is: "cat.oam.request.submitted" outside, "request.submitted" inside. */
#ifndef OAM_MODEL_EVENT_TYPE_H
#define OAM_MODEL_EVENT_TYPE_H

#include <stdbool.h>

#define EVENT_PREFIX "cat.oam."

/* Written as types are, whether or not there is such a one. */
bool event_type_is_written(const char *text);

/* The type inside, which `text` ends with. NULL where there is no such type, with the nearest one as it is outside:
   whoever mistypes one would wait for it for ever. */
const char *event_type_find(const char *text, const char **ret_nearest);

#endif
