/** Runs the simulator as its own process, as it runs beside the platform. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LedgerEntry } from './book.ts';

export interface SpawnedSimulator {
  readonly url: string;
  /** Sends a signal (SIGTERM by default) and waits for the end of the process. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Changes faults live; see `POST /v1/test/mode`. */
  mode(fields: Readonly<Record<string, string>>): Promise<void>;
  ledger(): Promise<readonly LedgerEntry[]>;
}

export async function spawnSimulator(options: {
  readonly dataDir: string;
  readonly port?: number;
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly hangMs?: number;
}): Promise<SpawnedSimulator> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const env = {
    ...process.env,
    PORT: String(options.port ?? 0),
    DATA_DIR: options.dataDir,
    WEBHOOK_URL: options.webhookUrl ?? '',
    WEBHOOK_SECRET: options.webhookSecret ?? '',
    HANG_MS: String(options.hangMs ?? 10_000),
  };
  const child = spawn(process.execPath, [main, '--exit-with-stdin'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first: unknown = await Promise.race([once(lines, 'line').then(([line]) => line as string), ended]);
  if (typeof first !== 'string') throw new Error('the simulator ended before it listened');
  const { url } = JSON.parse(first) as { url: string };
  return {
    url,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
    async mode(fields) {
      const response = await fetch(`${url}/v1/test/mode`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
      if (!response.ok) throw new Error(`test mode refused: ${await response.text()}`);
      await response.body?.cancel();
    },
    ledger: () => readLedger(url),
  };
}

export async function readLedger(url: string): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let more = true; more;) {
    const response = await fetch(`${url}/v1/ledger?limit=10000&after=${entries.length}`);
    const page = (await response.json()) as { data: LedgerEntry[]; has_more: boolean };
    entries.push(...page.data);
    more = page.has_more;
  }
  return entries;
}
