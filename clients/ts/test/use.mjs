/* What tests/clients/test_typescript.py has the package do: node use.mjs COMMAND ARGUMENT… against OAM_URL. One line of JSON for each thing. */
import { createOam, OamProblem, verifyWebhook } from 'oam-client';

const [command, ...given] = process.argv.slice(2);
const { OAM_URL: url, OAM_CLIENT_ID: clientId, OAM_CLIENT_SECRET: clientSecret, OAM_RETRIES: retries } = process.env;
const oam = url ? createOam({ url, clientId, clientSecret, retries: Number(retries ?? 30) }) : null;
const tell = (thing) => process.stdout.write(`${JSON.stringify(thing)}\n`);

const commands = {
  async file(count) {
    for (let number = 1; number <= Number(count); number += 1) {
      const { data, response } = await oam.api.POST('/api/v1/requests', {
        params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
        body: { service: 'OAM-GEN', body: '0800230008', title: `Consulta ${number}`, submit: true },
      });
      tell({ status: response.status, ref: data?.ref });
    }
  },
  async refuse() {
    const { error, response } = await oam.api.POST('/api/v1/requests', { body: { service: 'OAM-GEN', title: '' } });
    tell({ status: response.status, code: error.code, errors: error.errors.map((one) => one.pointer) });
    try {
      for await (const event of oam.events({ filter: 'event.nothing' })) tell(event);
    } catch (fault) {
      tell({ problem: fault instanceof OamProblem, status: fault.status, code: fault.code, parameter: fault.errors[0]?.parameter });
    }
  },
  async follow(after, last) {
    for await (const event of oam.events({ after })) {
      tell({ id: event.id, subject: event.subject });
      if (event.id === last) return;
    }
  },
  async hear() {
    try {
      for await (const event of oam.events({ after: '7' })) tell({ id: event.id });
    } catch (fault) {
      tell({ fault: fault.name });
    }
  },
  async watch(ref, changes) {
    let seen = 0;
    for await (const status of oam.watchStatus(ref)) {
      tell({ version: status.version, phase: status.phase });
      if ((seen += 1) > Number(changes)) return;
    }
  },
  async knock(ref) {
    for (const listening of [oam.api.GET('/api/v1/me'), oam.events({ after: '0' }).next(), oam.watchStatus(ref).next()])
      await listening.then(tell, (fault) => tell({ problem: fault instanceof OamProblem, status: fault.status, code: fault.code, said: fault.message }));
  },
  async where() {
    for (const nowhere of ['', 'localhost:8080', 'ftp://localhost', 'https://'])
      try {
        createOam({ url: nowhere, clientId: 'x', clientSecret: 'x' });
      } catch (fault) {
        tell({ refused: fault.message });
      }
  },
  async verify(secrets, given, body) {
    const plain = JSON.parse(given);
    const listed = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, [value]]));
    for (const headers of [plain, new Headers(plain), { ...listed, 'x-none': undefined }])
      for (const bytes of [body, new TextEncoder().encode(body)])
        try {
          tell({ event: verifyWebhook(secrets ? secrets.split(',') : [], headers, bytes) });
        } catch (fault) {
          tell({ refused: fault.message });
        }
  },
};
await commands[command](...given);
