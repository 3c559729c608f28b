/* The side queue of password hashing: slots, a bounded line, and OVERLOADED for the rest. */
#include "auth/auth_internal.h"
#include "auth/credentials.h"

static bool gate_enter(struct hash_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    bool let_in = gate->running + gate->waiting < gate->threads_max;
    if (let_in) {
        gate->waiting++;
        while (gate->running >= gate->slots)
            pthread_cond_wait(&gate->freed, &gate->lock);
        gate->waiting--;
        gate->running++;
    }
    pthread_mutex_unlock(&gate->lock);
    return let_in;
}

static void gate_leave(struct hash_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->running--;
    pthread_cond_signal(&gate->freed);
    pthread_mutex_unlock(&gate->lock);
}

bool auth_password_check(struct auth *auth, const char *stored, const char *password, bool *ret_matches,
                         struct error *err)
{
    if (!gate_enter(&auth->gate)) {
        err->retry_after_s = 1;
        return error_set(err, ERROR_OVERLOADED, TEXT_AUTH_BUSY);
    }
    *ret_matches = auth_password_verify(stored, password);
    gate_leave(&auth->gate);
    return true;
}
