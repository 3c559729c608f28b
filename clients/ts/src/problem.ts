import type { components } from './contract.js';

export type Problem = components['schemas']['Problem'];

/** What the server refused, as it said it (RFC 9457; RFC 6749 where it is about a token). Decide on `code`, never on the sentence. */
export class OamProblem extends Error {
  override readonly name = 'OamProblem';

  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly retryAfterSeconds: number | null,
  ) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
  }

  get code(): string {
    return this.problem.code ?? '';
  }

  /** Every violation, each with a pointer into what was sent or the name of a parameter. */
  get errors(): NonNullable<Problem['errors']> {
    return this.problem.errors ?? [];
  }

  /** Of an answer that is not fine; its body is read. */
  static async of(response: Response): Promise<OamProblem> {
    const text = await response.text();
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new OamProblem(response.status, problemOf(text), Number.isFinite(after) ? after : null);
  }
}

/** Whatever stands between may answer with something else, or with half of it: then the status has to do. */
function problemOf(text: string): Partial<Problem> {
  try {
    const said = JSON.parse(text) as Partial<Problem> & { error?: string; error_description?: string };
    return said.error ? { code: said.error, ...(said.error_description ? { detail: said.error_description } : {}) } : said;
  } catch {
    return {};
  }
}

/** Whether the same may go well later. A token that ended is asked for anew, one that is not given will not be; what answers whole and
 * no JSON is somebody else. */
export function passes(fault: unknown): boolean {
  if (!(fault instanceof OamProblem)) return !(fault instanceof SyntaxError);
  return fault.status >= 500 || fault.status === 429 || (fault.status === 401 && fault.code !== 'invalid_client');
}
