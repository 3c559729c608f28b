/* What a notification says: a subject and a short text, in the language of whoever reads it. */
#ifndef OAM_SERVICE_LETTER_H
#define OAM_SERVICE_LETTER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "workflow/workflow.h"

struct letter_facts {
    const struct workflow *workflow; /* of the event that it is about; NULL: unknown here */
    const char *ref, *title, *state; /* state: its key, when it was written */
    const char *role;                /* whom it is for, in the words of the definition */
    bool reminder;                   /* a timer came due, and nothing else */
    const char *timer;               /* which one brought it; NULL: a person did */
    const json_t *payload;
};

struct letter {
    const char *subject, *text;
};

/* Arena-owned. */
struct letter letter_write(const struct letter_facts *facts, enum text_language language, struct arena *arena);

#endif
