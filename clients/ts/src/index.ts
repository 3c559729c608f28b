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
import { OamProblem, passes } from './problem.js';
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
  if (!/^https?:\/\/[^/]/.test(options.url)) throw new TypeError(`An URL as https://oam.example.cat is needed, not «${options.url}».`);
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
    let status: Status | null;
    try {
      response = await send(new Request(`${base}/api/v1/requests/${encodeURIComponent(ref)}/status`, { headers, ...(signal ? { signal } : {}) }));
      if (!response.ok && response.status !== 304) throw await OamProblem.of(response);
      status = response.ok ? ((await response.json()) as Status) : null;
    } catch (fault) {
      if (signal?.aborted) return;
      if (!passes(fault)) throw fault;
      await sleep(backoff(attempt++, fault instanceof OamProblem ? fault.retryAfterSeconds : null), signal);
      continue;
    }
    attempt = 0;
    if (!status) {
      /* One that was not held (the caller holds too many) must not become a storm. */
      if (!response.headers.has('preference-applied')) await sleep(Math.max(0, 5_000 - (Date.now() - began)), signal);
      continue;
    }
    etag = response.headers.get('etag');
    yield status;
  }
}

/** Headers as fetch has them, or as those of a Node server come. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * What a webhook brought, when its signature (Standard Webhooks 1.0) is of one of the secrets and its timestamp no older than
 * five minutes; throws otherwise. `body` is what came in, to the byte. Two secrets are good while one is being replaced.
 */
export function verifyWebhook(secrets: string | readonly string[], headers: WebhookHeaders, body: string | Uint8Array): OamEvent {
  const given = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const names = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value ?? '')]));
  const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  let fault: unknown = new Error('No secret of the webhook was given');
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    try {
      return new Webhook(secret).verify(text, names) as OamEvent;
    } catch (refused) {
      fault = refused;
    }
  }
  throw fault;
}
