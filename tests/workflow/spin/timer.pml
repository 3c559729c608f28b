/*
 * The timer of one request, two workers that fire it, and people who cancel it or set it anew at any moment.
 * What it is the model of: timer_claim() in schema/migrations, api/service/timer.c.
 *
 * A worker looks for due rows without a lock (its snapshot grows old at once), takes the request's row lock or passes by
 * (SKIP LOCKED), looks again under the lock, and writes event and timer in one transaction. A crash frees the lock and
 * leaves nothing behind. Controls that must fail: -DNO_RECHECK (fires what it saw before the lock), -DNO_LOCK (looks
 * again, but holds nothing while it does).
 */
#define GENERATIONS 4
#define CHANGES     3
#define CRASHES     2

byte locked_by;               /* the request's row lock: 0, or who holds it */
bool armed = true;            /* the timer's row, as committed */
byte generation;              /* of that row, and the last one ever given */
bool due[GENERATIONS];        /* its moment has come */
bool over[GENERATIONS];       /* cancelled or replaced, committed */
byte fired[GENERATIONS];
byte crashes;

#ifdef NO_LOCK
#define take(me)  true
#define release() skip
#else
#define take(me)  locked_by == 0 -> locked_by = me
#define release() locked_by = 0
#endif

/* One transaction's effect, all of it or nothing. */
inline commit_firing(g)
{
    d_step {
        assert(!over[g]); /* a person saw it gone, and then it fired */
        fired[g]++;
        assert(fired[g] == 1);
        armed = (generation == g -> false : armed);
        release();
    }
}

inline commit_change(rearm)
{
    d_step {
        if
        :: armed -> over[generation] = true
        :: else
        fi;
        if
        :: rearm -> generation++; armed = true
        :: else -> armed = false
        fi;
        release();
    }
}

active [2] proctype worker()
{
    byte seen;
    bool holds;
end_idle:
    do
    :: atomic { armed && due[generation] -> seen = generation } /* the claim's snapshot */
       if
       :: atomic { take(_pid + 1) }
          if
          :: crashes < CRASHES -> atomic { crashes++; release() } /* killed: PostgreSQL rolls back */
          :: true ->
#ifdef NO_RECHECK
             holds = true;
#else
             atomic { holds = armed && generation == seen }
#endif
             if
             :: holds -> commit_firing(seen)
             :: else -> release() /* stale: somebody was faster */
             fi
          fi
#ifndef NO_LOCK
       :: atomic { locked_by != 0 -> skip } /* SKIP LOCKED: never waits */
#endif
       fi
    od
}

active proctype person()
{
    byte changes;
    do
    :: changes < CHANGES && generation < GENERATIONS - 1 ->
       atomic { take(_pid + 1) };
       if
       :: commit_change(true)
       :: commit_change(false)
       :: release() /* changed their mind, or their server was killed */
       fi;
       changes++
    :: break
    od
}

active proctype wall_clock()
{
    byte g;
    for (g : 0 .. GENERATIONS - 1) {
        due[g] = true
    }
}

/* Nothing is lost: what is due is fired, or a person took it back. */
ltl served { [] ((armed && due[generation]) -> <> !(armed && due[generation])) }
