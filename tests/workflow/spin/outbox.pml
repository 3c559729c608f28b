/*
 * One effect that leaves the house, two workers that deliver it, an outside system, and two people who look after
 * incidents. What it is the model of: outbox_claim(), outbox_done(), outbox_failed(), incident_* in schema/migrations.
 *
 * A worker leases the row, sends, and answers. A lease runs out while its holder is slow or dead: then another sends the
 * same again, with the same key (request, seq, ordinal). After the last try the row becomes an incident. Controls that must
 * fail: -DNO_KEY (the outside system cannot tell a repetition), -DNO_TOKEN (a failure is believed from whom lost the
 * lease), -DNO_STATE (a decision on an incident that somebody else has decided already), -DNO_EXPIRY (a lease is for ever).
 */
#define TRIES   2 /* of one life in the queue */
#define CRASHES 2
#define SLOW    2 /* leases that run out although their holder lives */
#define RETRIES 1 /* by people */

bool queued = true;   /* the outbox row */
byte lease;           /* 0: free; otherwise a token, new with each claim */
byte tokens;
bool orphaned;        /* the holder of the lease is dead */
byte slow;
byte tries;
bool incident;        /* open */
bool acknowledged;    /* the row was deleted as done */
bool skipped;         /* a person said: not this one */
byte applied;         /* how often the outside system did it */
byte crashes, retries;
bool working = true;  /* the outside system; comes and goes, stays in the end */

inline receive()
{
    d_step {
#ifdef NO_KEY
        applied++;
#else
        applied = 1; /* the key is known: the answer of the first time is given again */
#endif
        assert(applied <= 1);
    }
}

inline die(token)
{
    d_step { crashes++; orphaned = (lease == token -> true : orphaned) }
}

active [2] proctype worker()
{
    byte mine;
    bool done;
end_idle:
    do
    :: atomic { queued && lease == 0 -> tokens++; mine = tokens; lease = mine; orphaned = false; tries++ }
       if
       :: working -> receive(); done = true
       :: done = false /* refused, or nobody answered */
       :: crashes < CRASHES -> die(mine); goto end_idle /* killed before it sent */
       :: working && crashes < CRASHES -> receive(); die(mine); goto end_idle /* killed between send and answer */
       fi;
       if
       :: done -> d_step { /* whoever holds the lease now: the thing is done */
              if
              :: queued -> queued = false; lease = 0; acknowledged = true
              :: else
              fi }
       :: else -> d_step {
#ifdef NO_TOKEN
              if
              :: tries >= TRIES -> queued = false; lease = 0; incident = true
#else
              if
              :: !queued || lease != mine -> skip
              :: queued && lease == mine && tries >= TRIES -> queued = false; lease = 0; incident = true
#endif
              :: else -> lease = 0
              fi;
              assert(!(incident && queued));
              assert(!(incident && acknowledged)) }
       fi;
       mine = 0; done = false
    od
}

#ifndef NO_EXPIRY
/* Time passes: a lease runs out, also that of somebody who is only slow. */
active proctype lease_clock()
{
end_watch:
    do
    :: atomic { queued && lease != 0 && orphaned -> lease = 0; orphaned = false }
    :: atomic { queued && lease != 0 && !orphaned && slow < SLOW -> slow++; lease = 0 }
    od
}
#endif

active proctype outside()
{
    working = false;
    working = true
}

active [2] proctype person()
{
    bool open;
end_off_duty:
    do
    :: atomic { incident -> open = true } /* reads the page */
       if
       :: atomic {
#ifdef NO_STATE
              open ->
#else
              incident ->
#endif
              if
              :: retries < RETRIES -> assert(!skipped); retries++; incident = false; queued = true; tries = 0
              :: assert(!queued); incident = false; skipped = true
              fi }
       :: atomic { !incident -> skip } /* somebody else decided: 409 */
       fi;
       open = false
    od
}

/* Nothing is lost, nothing stays where nobody looks. */
ltl settled { <> (acknowledged || skipped) }
