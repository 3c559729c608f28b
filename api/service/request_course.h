/* What follows from the engine's answers for what is kept of a request: clocks are read and set, timers get their
   moments, effects are queued. One course may take several answers (born and submitted at once); its end is what the
   write carries. */
#ifndef OAM_SERVICE_REQUEST_COURSE_H
#define OAM_SERVICE_REQUEST_COURSE_H

#include "base/json_out.h"
#include "service/directory.h"
#include "service/request_stand.h"

/* What a step leaves waiting, in the words of request_step (schema/migrations/0004_runtime.sql); NULL: as it was. */
struct request_follow {
    const char *engine;                   /* request_stand_text() */
    int64_t due_at;                       /* µs, with the engine's state; 0: nothing is due */
    const char *due;                      /* JSON: which clock, and why then; which stand still */
    const char *timers, *clocks, *outbox; /* JSON arrays */
    const char *gone;                     /* the timers, where all of them only go: their names, as a text[] */
    const char *acts;                     /* JSON array, for request_acts_queue(); NULL: none */
    const char *adhered;                  /* joint_adhered() */
    bool undo;                            /* what was done outside is taken back */
};

/* When a timer is due, and from when that counts; 0 where its clock knows. */
struct course_moment {
    int64_t due, since;
};

struct request_course {
    const struct workflow *wf;
    const struct directory *directory;
    const struct directory_body *body;
    struct arena *arena;
    int64_t now;
    struct request_stand stand;
    uint64_t timers;                                   /* set, cancelled or moved */
    struct course_moment moments[WORKFLOW_TIMERS_MAX]; /* of those that were set, but for those of clocks */
    uint16_t clocks;                                   /* started, stopped, paused, resumed, extended */
    struct json_out rows, outbox;                      /* rows: timers of members and of an earlier definition */
    struct json_out clocks_gone;                       /* of an earlier definition */
    struct json_out acts;                              /* on the procedure's own action */
    const char *gone[WORKFLOW_TIMERS_MAX];             /* of the rows those that go, as many as there is room for */
    size_t n_rows, n_gone, n_effects, n_clocks_gone, n_acts;
    bool undo;
};

/* Begins where the request stands; NULL: it is born. */
void request_course_begin(struct request_course *ret, const struct workflow *wf, const struct directory *directory,
                          const struct directory_body *body, const struct request_stand *stand, int64_t now,
                          struct arena *arena);

/* A timer has fired, or is of a definition that is left: its row goes, unless an answer sets it anew. */
void request_course_fired(struct request_course *course, unsigned timer, int64_t member);
void request_course_gone(struct request_course *course, const char *row);

/* A clock that runs is of a definition that is left: its row goes. */
void request_course_clock_gone(struct request_course *course, const char *key);

/* Carries out an answer of the engine. */
void request_course_take(struct request_course *course, const struct workflow_out *out);

/* What the write carries. */
struct request_follow request_course_end(struct request_course *course);

/* Queues, behind a write, who may see the request as one of those who take part; nothing where that stays as it was. */
void request_join_queue(struct tx *tx, const char *ref, bool was_joint, bool is_joint, const char *adhered);

/* The name of a timer's row, and back: its key, and the body where it is a member's. */
const char *request_course_row(const struct workflow *wf, unsigned timer, int64_t member, struct arena *arena);
bool request_course_timer(const struct workflow *wf, const char *row, unsigned *ret_timer, int64_t *ret_member);

#endif
