import type { components } from './contract.js';

export type Problem = components['schemas']['Problem'];

/** What the server refused, as it said it (RFC 9457). Decide on `code`, never on the sentence. */
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
    const problem = response.headers.get('content-type')?.startsWith('application/problem+json') ? JSON.parse(text) : {};
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new OamProblem(response.status, problem, Number.isFinite(after) ? after : null);
  }
}
