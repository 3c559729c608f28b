import { passes } from './problem.js';
import type { TokenSource } from './token.js';
import { backoff, sleep } from './wait.js';

const PASSING = new Set([429, 502, 503, 504]);
const WAIT_MAX_S = 60; /* whoever is to wait longer is told, and decides */

/**
 * A fetch that carries the token and the language, and asks again what may be asked again: reads, and writes under an
 * Idempotency-Key, which every POST gets once for all its tries. A write without one (PATCH, DELETE) goes out once.
 */
export function sender(send: typeof fetch, tokens: TokenSource, language: string, retries: number): (request: Request) => Promise<Response> {
  return async (given) => {
    const headers = new Headers(given.headers);
    if (given.method === 'POST' && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', crypto.randomUUID());
    if (!headers.has('Accept-Language')) headers.set('Accept-Language', language);
    const body = given.body ? await given.arrayBuffer() : null;
    const again = given.method === 'GET' || given.method === 'HEAD' || headers.has('Idempotency-Key');
    for (let attempt = 0, renewed = false; ; attempt += 1) {
      const last = !again || attempt >= retries;
      let response: Response | null = null;
      try {
        headers.set('Authorization', `Bearer ${await tokens.token()}`);
        response = await send(new Request(given.url, { method: given.method, headers, body, signal: given.signal }));
      } catch (fault) {
        if (last || !passes(fault) || given.signal.aborted) throw fault;
      }
      if (response?.status === 401 && !renewed) {
        tokens.forget();
        renewed = true;
        continue;
      }
      const after = Number(response?.headers.get('retry-after') ?? 0) || 0;
      if (response && (last || after > WAIT_MAX_S || !PASSING.has(response.status))) return response;
      await response?.body?.cancel();
      await sleep(backoff(attempt, after), given.signal);
    }
  };
}
