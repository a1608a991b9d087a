/** The simulator as a process. Prints `{"url": …}` when it listens; SIGTERM and SIGINT stop it. */
import { parseArgs } from 'node:util';
import { startSimulator } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['PORT'] ?? '0' },
    host: { type: 'string', default: process.env['HOST'] ?? '127.0.0.1' },
    'data-dir': { type: 'string', default: process.env['DATA_DIR'] ?? '' },
    'webhook-url': { type: 'string', default: process.env['WEBHOOK_URL'] ?? '' },
    'webhook-secret': { type: 'string', default: process.env['WEBHOOK_SECRET'] ?? '' },
    'exit-with-stdin': { type: 'boolean', default: false },
    'hang-ms': { type: 'string', default: process.env['HANG_MS'] ?? '10000' },
  },
});
if (values['data-dir'] === '')
  throw new Error('DATA_DIR (or --data-dir) is needed: where the ledger is kept');
if (values['webhook-url'] !== '' && values['webhook-secret'] === '') {
  throw new Error('WEBHOOK_SECRET is needed with WEBHOOK_URL');
}

const simulator = await startSimulator({
  port: Number(values.port),
  host: values.host,
  dataDir: values['data-dir'],
  hangMs: Number(values['hang-ms']),
  ...(values['webhook-url'] === ''
    ? {}
    : { webhook: { url: values['webhook-url'], secret: values['webhook-secret'] } }),
});
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);

async function stop(): Promise<never> {
  await simulator.close();
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void stop());
}

// A parent that is killed closes the pipe: the simulator does not outlive it.
if (values['exit-with-stdin']) process.stdin.once('close', () => void stop()).resume();
