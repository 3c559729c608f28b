import { OamProblem } from './problem.js';

/** Keeps a token of the client credentials (RFC 6749 4.4) and asks for another before it ends. */
export class TokenSource {
  private kept: { token: string; until: number } | null = null;
  private asking: Promise<string> | null = null;

  constructor(
    private readonly base: string,
    private readonly clientId: string,
    private readonly clientSecret: string,
    private readonly send: typeof fetch,
  ) {}

  /** Callers who come meanwhile wait for the same answer. */
  async token(): Promise<string> {
    if (this.kept && Date.now() < this.kept.until) return this.kept.token;
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  /** After a 401: what was kept is not good any more. */
  forget(): void {
    this.kept = null;
  }

  private async ask(): Promise<string> {
    const response = await this.send(`${this.base}/api/v1/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: this.clientId, client_secret: this.clientSecret }),
    });
    if (!response.ok) throw await OamProblem.of(response);
    const { access_token: token, expires_in: seconds } = (await response.json()) as { access_token: string; expires_in: number };
    this.kept = { token, until: Date.now() + seconds * 800 };
    return token;
  }
}
