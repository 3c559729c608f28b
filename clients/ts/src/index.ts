/**
 * OAM from TypeScript. The types are the contract's (api/openapi.yaml); `api` has every operation of it.
 *
 *     const oam = createOam({ url: 'https://oam.example.cat', clientId: '…', clientSecret: '…' });
 *     const filed = await oam.api.POST('/api/v1/requests', { … });
 *     for await (const event of oam.events({ after: last })) { … }
 */
import createClient, { type Client } from 'openapi-fetch';
import { Webhook } from 'standardwebhooks';

import type { components, paths } from './contract.js';
import { followEvents, type EventOptions, type OamEvent } from './events.js';
import { OamProblem } from './problem.js';
import { sender } from './send.js';
import { TokenSource } from './token.js';
import { backoff, sleep } from './wait.js';

export type { components, operations, paths } from './contract.js';
export type { EventOptions, OamEvent } from './events.js';
export { OamProblem, type Problem } from './problem.js';

export type Status = components['schemas']['Status'];

export interface OamOptions {
  /** Scheme, host and port of the server. */
  url: string;
  clientId: string;
  clientSecret: string;
  /** Of labels and of what is refused: ca (the default), es, en. */
  language?: 'ca' | 'es' | 'en';
  /** How often a call is tried again after a passing failure; 4. */
  retries?: number;
  /** Instead of the global one. */
  fetch?: typeof fetch;
}

export interface Oam {
  /** Every operation of the contract, typed. A POST has its Idempotency-Key by itself. */
  api: Client<paths>;
  /** The feed as it happens; goes on where it was cut. */
  events(options?: EventOptions): AsyncGenerator<OamEvent>;
  /** The status of a request now, and each time it has changed. */
  watchStatus(ref: string, options?: { signal?: AbortSignal }): AsyncGenerator<Status>;
}

export function createOam(options: OamOptions): Oam {
  const base = options.url.replace(/\/+$/, '');
  const raw = options.fetch ?? fetch;
  const tokens = new TokenSource(base, options.clientId, options.clientSecret, raw);
  const send = sender(raw, tokens, options.language ?? 'ca', options.retries ?? 4);
  return {
    api: createClient<paths>({ baseUrl: base, fetch: send }),
    events: (wanted = {}) => followEvents(base, send, wanted),
    watchStatus: (ref, { signal } = {}) => watchStatus(base, send, ref, signal),
  };
}

/** Long-polls: the server holds its 304 until something changes. */
async function* watchStatus(base: string, send: (request: Request) => Promise<Response>, ref: string, signal?: AbortSignal): AsyncGenerator<Status> {
  let etag: string | null = null;
  for (let attempt = 0; !signal?.aborted; ) {
    const began = Date.now();
    const headers: Record<string, string> = etag ? { 'If-None-Match': etag, Prefer: 'wait=25' } : {};
    let response: Response;
    try {
      response = await send(new Request(`${base}/api/v1/requests/${encodeURIComponent(ref)}/status`, { headers, ...(signal ? { signal } : {}) }));
    } catch (fault) {
      if (signal?.aborted) return;
      await sleep(backoff(attempt++), signal);
      continue;
    }
    if (response.status === 304) {
      /* One that was not held (the caller holds too many) must not become a storm. */
      if (!response.headers.has('preference-applied')) await sleep(Math.max(0, 5_000 - (Date.now() - began)), signal);
      continue;
    }
    if (!response.ok) throw await OamProblem.of(response);
    attempt = 0;
    etag = response.headers.get('etag');
    yield (await response.json()) as Status;
  }
}

/**
 * What a webhook brought, when its signature (Standard Webhooks 1.0) is of one of the secrets and its timestamp no older than
 * five minutes; throws otherwise. `body` is what came in, to the byte. Two secrets are good while one is being replaced.
 */
export function verifyWebhook(secrets: string | readonly string[], headers: Record<string, string>, body: string): OamEvent {
  const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  let fault: unknown;
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    try {
      return new Webhook(secret).verify(body, names) as OamEvent;
    } catch (refused) {
      fault = refused;
    }
  }
  throw fault;
}
