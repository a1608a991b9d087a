/** Runs the payment provider simulator as a process of its own and starts it again when it dies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@ecommercestack/kit';

const program = fileURLToPath(import.meta.resolve('@ecommercestack/provider-simulator/main'));
const RESTART_MS = 250;

export interface ProviderOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly webhookSecret: string;
  readonly logger: Logger;
}

export interface Provider {
  readonly url: string;
  /** Where the provider tells of changes; known once the gateway listens. */
  sendWebhooksTo(url: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { logger } = options;
  let stopping = false;
  let webhookUrl: string | undefined;
  let child = launch(options, options.port);
  const url = await addressOf(child);
  const port = Number(new URL(url).port);

  function supervise(): void {
    child.once('exit', (code, signal) => {
      if (stopping) return;
      logger.error({ code, signal }, 'the payment provider simulator ended; starting it again');
      setTimeout(() => {
        if (stopping) return;
        child = launch(options, port, webhookUrl);
        supervise();
      }, RESTART_MS);
    });
  }
  supervise();

  return {
    url,
    sendWebhooksTo: async (target) => {
      webhookUrl = target;
      const body = new URLSearchParams({ webhook_url: target, webhook_secret: options.webhookSecret });
      const answer = await fetch(`${url}/v1/test/mode`, { method: 'POST', body, redirect: 'error' });
      if (!answer.ok)
        throw new Error(`the payment provider simulator refused its webhook address: ${answer.status}`);
    },
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** In a process group of its own: a Ctrl-C reaches the platform alone, which still needs the provider to drain. */
function launch(options: ProviderOptions, port: number, webhookUrl?: string): ChildProcess {
  const child = spawn(process.execPath, ['--max-semi-space-size=1', program, '--exit-with-stdin'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PORT: String(port),
      DATA_DIR: options.dataDir,
      ...(webhookUrl !== undefined && { WEBHOOK_URL: webhookUrl, WEBHOOK_SECRET: options.webhookSecret }),
    },
  });
  child.on('error', (error) =>
    options.logger.error({ error }, 'the payment provider simulator could not be started'),
  );
  return child;
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the simulator has no standard output');
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit').then(() => undefined);
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), exited]);
  if (line === undefined)
    throw new Error(`the payment provider simulator ended at its start (code ${child.exitCode})`);
  return (JSON.parse(line) as { url: string }).url;
}
