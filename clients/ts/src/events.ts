import type { components } from './contract.js';
import { OamProblem, passes } from './problem.js';
import { backoff, sleep } from './wait.js';

export type OamEvent = components['schemas']['Event'];

export interface EventOptions {
  /** Only what came after this position: the `id` of the last event that was dealt with. Absent: from now on. */
  after?: string;
  /** Only of this request. */
  subject?: string;
  /** Only of these types. */
  types?: readonly string[];
  /** Only those for which this expression holds, e.g. `event.to in ['granted', 'denied']`. */
  filter?: string;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

/** A stream sends something every 15 s at least; a silent one is broken. */
const SILENCE_MS = 45_000;

interface Frame {
  id: string | null;
  data: string | null;
}

/** The frames of an event stream (WHATWG HTML 9.2.6), as our server writes them: one line for each field. */
async function* frames(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<Frame> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        yield { id: fields.get('id') ?? null, data: fields.get('data') ?? null };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Every event that the caller may see, once and in commit order, for as long as it is listened to: cuts, restarts and ended
 * tokens are gone on from by themselves. A refusal that asking again would not change is thrown.
 */
export async function* followEvents(base: string, send: (request: Request) => Promise<Response>, options: EventOptions): AsyncGenerator<OamEvent> {
  const { signal } = options;
  const query = new URLSearchParams();
  if (options.subject) query.set('subject', options.subject);
  if (options.types?.length) query.set('type', options.types.join(','));
  if (options.filter) query.set('filter', options.filter);
  let after = options.after ?? null;
  for (let attempt = 0; !signal?.aborted; attempt += 1) {
    /* Where "now" is must be settled before the first cut, or what happens during it would be lost. */
    let asked: number | null = null;
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal?.addEventListener('abort', stop);
    let timer = setTimeout(stop, SILENCE_MS);
    try {
      after ??= await latest(base, send, cut.signal);
      query.set('after', after);
      const response = await send(new Request(`${base}/api/v1/events/stream?${query}`, { headers: { Accept: 'text/event-stream' }, signal: cut.signal }));
      if (!response.ok || !response.body) throw await OamProblem.of(response);
      const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(stop, SILENCE_MS);
      };
      let opened = false;
      for await (const frame of frames(response.body, heard)) {
        /* It holds: the next cut is a first one again. Not so for a stream that opens and is cut at once. */
        if (opened || frame.data !== null) attempt = 0;
        opened = true;
        if (frame.data !== null) yield JSON.parse(frame.data) as OamEvent;
        /* Only now: whoever asked for the next one has dealt with this one. Without data it says how far was looked. */
        after = frame.id ?? after;
      }
    } catch (fault) {
      if (!passes(fault)) throw fault;
      if (fault instanceof OamProblem) asked = fault.retryAfterSeconds;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      cut.abort();
    }
    await sleep(backoff(attempt, asked), signal);
  }
}

async function latest(base: string, send: (request: Request) => Promise<Response>, signal: AbortSignal): Promise<string> {
  const response = await send(new Request(`${base}/api/v1/events?after=latest`, { signal }));
  if (!response.ok) throw await OamProblem.of(response);
  return ((await response.json()) as { next: string }).next;
}
