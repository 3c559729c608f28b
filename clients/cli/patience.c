/* What passes by itself is waited for: a server that starts again, a line that was cut, a token that could not be
 * renewed meanwhile. */
#include <time.h>

#include "cli.h"

#define PAUSE_MIN_MS 250
#define PAUSE_MAX_MS 5000

/* Begins: timeout_s seconds from now, 0 for ever. */
void patience_begin(struct patience *patience, long timeout_s)
{
    *patience = (struct patience){.ends_at_ms = timeout_s > 0 ? monotonic_ms() + timeout_s * 1000 : 0};
}

/* Whether the time is over. */
bool patience_is_over(const struct patience *patience)
{
    return patience->ends_at_ms != 0 && monotonic_ms() >= patience->ends_at_ms;
}

/* How many seconds a server may hold an answer: at_most, or what is left, rounded up. */
unsigned patience_wait_s(const struct patience *patience, unsigned at_most)
{
    if (patience->ends_at_ms == 0)
        return at_most;
    int64_t left_s = (patience->ends_at_ms - monotonic_ms() + 999) / 1000;
    return left_s < 1 ? 1 : left_s < (int64_t)at_most ? (unsigned)left_s : at_most;
}

static bool passes(const struct oam_error *err)
{
    switch (err->result) {
    case OAM_E_NETWORK:
    case OAM_E_TIMEOUT:
    case OAM_E_RATE_LIMITED:
        return true;
    case OAM_E_SERVER:
        return err->http_status == 502 || err->http_status == 503 || err->http_status == 504;
    default:
        return false;
    }
}

/* After a failure in cli->err: waits, saying so once, and gives whether to try again. */
bool patience_endure(const struct cli *cli, struct patience *patience)
{
    const struct oam_error *err = &cli->err;
    if (!passes(err) || patience_is_over(patience))
        return false;
    if (patience->failures == 0)
        note(cli, T_LINE_LOST, own_error(err->code) ? own_error(err->code) : err->title);
    int64_t pause_ms = PAUSE_MIN_MS;
    for (unsigned i = 0; i < patience->failures && pause_ms < PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    pause_ms = pause_ms < PAUSE_MAX_MS ? pause_ms : PAUSE_MAX_MS;
    pause_ms = err->retry_after_s * 1000 > pause_ms ? err->retry_after_s * 1000 : pause_ms;
    if (patience->ends_at_ms != 0 && pause_ms > patience->ends_at_ms - monotonic_ms())
        pause_ms = patience->ends_at_ms - monotonic_ms();
    patience->failures++;
    if (pause_ms > 0) {
        struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
    }
    return true;
}

/* After a success: says so where a failure was told. */
void patience_reward(const struct cli *cli, struct patience *patience)
{
    if (patience->failures > 0)
        note(cli, T_LINE_BACK);
    patience->failures = 0;
}

/* Gives up: reports the failure; the exit code is that of the time that is over, or its own. */
enum exit_code patience_fail(const struct cli *cli, const struct patience *patience)
{
    enum exit_code code = fail_call(cli);
    return patience_is_over(patience) ? CLI_TIMEOUT : code;
}
