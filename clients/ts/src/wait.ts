/** Ends early, without complaint, when the signal says so. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}

const WAIT_MAX_S = 3600;

/** Milliseconds before try number `attempt` (from 0): doubling from 200 ms to 30 s, at random between half and whole, so that
 * thousands who were cut at once do not come back at once; what the server asked for when that is longer. */
export function backoff(attempt: number, retryAfterSeconds: number | null = null): number {
  const most = Math.min(30_000, 200 * 2 ** attempt);
  return Math.max(most * (0.5 + Math.random() / 2), Math.min(retryAfterSeconds ?? 0, WAIT_MAX_S) * 1000);
}
