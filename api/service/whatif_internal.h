/* Inside what-if: one request on two tracks, and what is gathered of all of them. */
#ifndef OAM_SERVICE_WHATIF_INTERNAL_H
#define OAM_SERVICE_WHATIF_INTERNAL_H

#include <jansson.h>

#include "service/request_past.h"
#include "service/whatif.h"
#include "workflow/course.h"

/* How a request goes: as it was, or as it would have been. */
struct whatif_track {
    const struct workflow *wf;
    const struct directory *directory; /* its holidays */
    bool stands, reads_clocks;
    struct workflow_course course;
    struct workflow_out out;
    struct workflow_memory scratch;
    const struct workflow_calendar *calendars[WORKFLOW_CLOCKS_MAX + 1];
};

/* A calendar that does not depend on the applicant is compiled once. */
struct whatif_calendar {
    const struct workflow *wf;
    const struct directory *directory;
    int number;
    const struct workflow_calendar *compiled;
};

/* What of one version becomes what of another, as a migration did it. */
struct whatif_map {
    const struct workflow *from, *to;
    const char *text;
    bool extends;
    const struct workflow_map *map; /* NULL: it does not fit them */
};

/* Somebody was to be chosen, or was given a request in fact: by a person, by an absence, or by what is not followed. */
struct whatif_choice {
    int64_t request_id, at, ends; /* ends: when it was closed, 0: not yet */
    int64_t hours;                /* that it is expected to take */
    const struct directory_body *body;
    const struct directory_service *service;
    const char *ref, *recorded; /* login; NULL: nobody */
    const struct workflow *workflow_before, *workflow_after;
    const char *policy_before, *policy_after; /* keys; NULL: nobody is to be chosen then */
    bool is_given;
    const struct directory_agent *given; /* NULL: it was taken from them, and nobody has it */
    const struct directory_agent *giver; /* who passed it on; NULL: whoever has it */
    const struct directory_agent *before, *after;
};

/* At how many points of what was lived an action is possible under one definition only. */
struct whatif_act {
    const char *state, *event;
    int64_t gained, lost;
};

enum {
    WHATIF_ACTS_MAX = 512,
    WHATIF_CALENDARS_MAX = 64,
    WHATIF_MAPS_MAX = 32,
    WHATIF_CHOICES_FOLLOWED = WHATIF_CHOICES_MAX + 1000, /* the last request is followed to its end */
    WHATIF_GIVEN_MAX = 40000,                            /* of requests that are not followed */
    WHATIF_CHOICES_ROOM = WHATIF_CHOICES_FOLLOWED + WHATIF_GIVEN_MAX
};

/* What somebody carries in one of the two worlds. */
struct whatif_load {
    int64_t open, hours, last_us, turn, chosen;
};

struct whatif {
    const struct call *call;
    const struct whatif_input *input;
    const struct workflow *draft;    /* NULL: the definition stays */
    const struct directory *changed; /* the directory with the changed holidays, or the same */
    struct arena *request_arena;     /* of the request that is followed */
    struct whatif_calendar calendars[WHATIF_CALENDARS_MAX];
    size_t n_calendars;
    struct whatif_map maps[WHATIF_MAPS_MAX];
    size_t n_maps;
    struct whatif_track *before, *after;
    /* of the request that is followed: */
    int64_t id, seq, at, submitted, closed, hours;
    char ref[32], previous[32]; /* the one that is followed, the last one that is over */
    const struct directory_body *body;
    const struct directory_service *service;
    struct workflow_value ticket;
    const struct request_past *past; /* what people did so far */
    const json_t *voters;            /* of the ballot that is followed, or NULL */
    bool skipped, diverged;
    struct whatif_choice pending; /* the last choice of this request */
    /* of all of them: */
    int64_t requests, events, unreplayed, diverging, moved, earlier, breached, saved;
    int64_t shift_us;
    size_t n_divergent, n_deadlines, n_acts, n_choices;
    struct json_out divergent, deadlines;
    struct whatif_act *acts;
    struct whatif_choice *choices;
};

/* One event of QUERY_WHATIF_PAGE (whatif_follow.c); what is over when the next request begins, or none does. */
void whatif_event(struct whatif *whatif, const struct rows *rows, size_t row);
int64_t whatif_request_of(const struct rows *rows, size_t row);
void whatif_request_end(struct whatif *whatif);

/* Track (whatif_track.c): begins before anything, takes what is sent, and steps. */
void whatif_track_begin(struct whatif *whatif, struct whatif_track *track, const struct workflow *wf,
                        const struct directory *directory);
void whatif_track_send(struct whatif *whatif, struct whatif_track *track, const json_t *sent);
struct workflow_world whatif_track_world(struct whatif *whatif, struct whatif_track *track, int64_t at, int64_t actor);
enum workflow_rc whatif_track_start(struct whatif *whatif, struct whatif_track *track, int64_t at);
enum workflow_rc whatif_track_step(struct whatif *whatif, struct whatif_track *track,
                                   const struct workflow_event *event, const struct workflow_world *world);
const char *whatif_track_state(const struct whatif_track *track);
/* Fires what is due on the second track and not, at the same moment, on the first. */
void whatif_track_fire_due(struct whatif *whatif, int64_t until);

/* Takes the request over to another version, through the map and the class of that change (whatif_move.c). */
enum whatif_moved { WHATIF_MOVED_NOT, WHATIF_MOVED_BEFORE, WHATIF_MOVED_BOTH };
enum whatif_moved whatif_move(struct whatif *whatif, const struct workflow *to, const char *map, const char *change,
                              const struct request_past *past);

/* Where the tracks part (whatif_compare.c): the first place of a request is told; states; the ends of clocks, once a
 * request is over; and what could be done next on either track. */
void whatif_diverge(struct whatif *whatif, const char *kind, const char *event, uint32_t why);
void whatif_compare_places(struct whatif *whatif, const char *event);
void whatif_compare_clocks(struct whatif *whatif);
void whatif_compare_options(struct whatif *whatif);

/* Choices of the request that is followed (whatif_note.c): somebody was chosen (after: NULL where nobody would have
 * been) or given it; none of it counts. */
void whatif_note_choice(struct whatif *whatif, const struct workflow_out *before, const struct workflow_out *after,
                        const char *recorded);
void whatif_note_given(struct whatif *whatif, const char *given, const char *giver);
void whatif_forget_choices(struct whatif *whatif);

/* What is recorded of everything that is not followed (whatif_burdens.c): what each agent carried when the first choice
 * was made, into loads by the agent's place in the directory, with the number of turns so far; who ended the last
 * request of a town and area; and, as choices behind those that are there, who was given what since. */
bool whatif_burdens_read(struct whatif *whatif, struct whatif_load *loads, int64_t *referents, int64_t *ret_turns);
int64_t *whatif_referent(const struct directory *dir, int64_t *referents, const struct directory_body *body,
                         const struct directory_area *area);

/* Decides every choice again, in the order of time, by the policies of both (whatif_choices.c), and writes what
 * differs. */
bool whatif_choices_write(struct whatif *whatif, struct json_out *out);

/* The directory with other holidays, in the arena of the call (whatif_holidays.c). */
const struct directory *whatif_directory(const struct call *call, const struct whatif_holiday *holidays, size_t n);

#endif
