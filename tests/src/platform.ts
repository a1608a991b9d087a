/** Starts and stops the whole platform as a user would: `npm start` or `npm run start:dapr`, in a child process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { discardFolder } from '@ecommercestack/local/postgres';

const root = fileURLToPath(new URL('../..', import.meta.url));
const START_DEADLINE_MS = 120_000;

/** What `npm start` writes to `<data>/access.json`. */
export interface Access {
  readonly url: string;
  readonly adminUrl: string;
  readonly adminToken: string;
  readonly customerToken: string;
  readonly providerUrl: string;
  readonly databases: Readonly<Record<string, string>>;
  /** With sidecars only. */
  readonly processes?: readonly ProcessEntry[];
}

export interface ProcessEntry {
  readonly name: string;
  readonly kind: 'service' | 'sidecar' | 'broker' | 'store' | 'authority';
  readonly appId?: string;
  /** Absent while it is down. */
  readonly pid?: number;
  readonly ports: Readonly<Record<string, number>>;
}

/** `embedded`: everything in one process. */
export type Runtime = 'embedded' | 'dapr';
const programs: Readonly<Record<Runtime, string>> = {
  embedded: 'local/src/main.ts',
  dapr: 'local/src/dapr/main.ts',
};

export interface StartOptions {
  /** Default `embedded`. */
  readonly runtime?: Runtime;
  readonly data?: string;
  /** The text of stack.yaml. */
  readonly stack?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until the shop is open. Milliseconds, default 120,000. */
  readonly readyMs?: number;
}

export type StartPlatform = (options?: StartOptions) => Promise<Platform>;

/** Limits high enough that a test meets them only when it wants to. */
export const testStack = (services = ''): string => `
apiVersion: ecommercestack.io/v1alpha1
kind: EcommerceStack
metadata: { name: test }
spec:
  version: 0.1.0
  rateLimit:
    customer: { requestsPerSecond: 10000, burst: 10000 }
    guest: { requestsPerSecond: 10000, burst: 10000 }
${services === '' ? '' : `  services: [${services}]\n`}`;

export class Platform {
  readonly data: string;
  readonly stackFile: string;
  readonly #options: StartOptions;
  readonly #ownsData: boolean;
  #child: ChildProcess | undefined;
  #output = '';
  #access: Access | undefined;

  private constructor(data: string, ownsData: boolean, options: StartOptions) {
    this.data = data;
    this.stackFile = join(data, '..', `${data.split('/').at(-1)}.stack.yaml`);
    this.#options = options;
    this.#ownsData = ownsData;
  }

  static async start(options: StartOptions = {}): Promise<Platform> {
    const data = options.data ?? join(await mkdtemp(join(tmpdir(), 'ecommercestack-')), 'data');
    const platform = new Platform(data, options.data === undefined, options);
    await platform.editStack();
    await platform.start();
    return platform;
  }

  get access(): Access {
    if (!this.#access) throw new Error('The platform is not running');
    return this.#access;
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('The platform is not running');
    return pid;
  }

  /** Without a text: back to the one that it was started with. */
  async editStack(text = this.#options.stack ?? testStack()): Promise<void> {
    await writeFile(this.stackFile, text);
  }

  /** Starts the process and waits until it says that it is ready. */
  async start(): Promise<void> {
    const child = spawnPlatform(
      [
        '--data',
        this.data,
        '--stack',
        this.stackFile,
        '--port',
        '0',
        '--admin-port',
        '0',
        ...(this.#options.args ?? []),
      ],
      this.#options.env,
      this.#options.runtime,
    );
    this.#child = child;
    this.#output = '';
    const exited = once(child, 'exit');
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    const deadline = Date.now() + (this.#options.readyMs ?? START_DEADLINE_MS);
    while (!this.#output.includes('Ready')) {
      const ended = await Promise.race([exited.then(() => true), sleep(50, false)]);
      if (ended) throw new Error(`The platform ended while starting:\n${this.#output}`);
      if (Date.now() > deadline) {
        await this.interrupt();
        throw new Error(`The platform did not become ready:\n${this.#output}`);
      }
    }
    this.#access = await this.#readAccess();
  }

  /** What runs at this moment, with sidecars. */
  async processes(): Promise<readonly ProcessEntry[]> {
    return (await this.#readAccess()).processes ?? [];
  }

  async #readAccess(): Promise<Access> {
    return JSON.parse(await readFile(join(this.data, 'access.json'), 'utf8')) as Access;
  }

  /** Ctrl-C: resolves with the exit code once everything has drained. */
  async interrupt(): Promise<number | null> {
    return await this.#end('SIGINT');
  }

  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    this.#child = undefined;
    return child.exitCode;
  }

  /** Ends the process and removes what it left, unless the caller named the data folder or KEEP_DATA is set. */
  async stop(): Promise<void> {
    await this.interrupt();
    if (process.env['KEEP_DATA'] !== undefined) console.log(`kept: ${this.data}`);
    else if (this.#ownsData) await discardFolder(join(this.data, '..'));
  }

  /** One access token per customer, minted by the same command that a developer uses. */
  async tokens(customers: readonly string[], role?: string): Promise<Map<string, string>> {
    const args = customers.flatMap((customer) => ['--customer', customer]);
    const output = await run('local/src/token.ts', [
      '--data',
      this.data,
      ...args,
      ...(role === undefined ? [] : ['--role', role]),
    ]);
    const tokens = output.trim().split('\n');
    return new Map(customers.map((customer, index) => [customer, tokens[index] ?? '']));
  }
}

/** A platform process that the caller watches on its own, for starts that must fail. It dies with this one. */
export function spawnPlatform(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  runtime: Runtime = 'embedded',
): ChildProcess {
  // As tools/bootstrap.mjs starts it.
  const hooks = ['tools/parent-watch.mjs', 'packages/kit/src/otel.ts'];
  const imports = hooks.flatMap((file) => ['--import', join(root, file)]);
  const flags = [...imports, '--max-semi-space-size=8'];
  const child = spawn(process.execPath, [...flags, join(root, programs[runtime]), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  // Or the channel would keep a spec from ending that has killed its platform.
  child.channel?.unref();
  return child;
}

/** Runs a script of the repository to its end and returns what it printed. */
export async function run(script: string, args: readonly string[]): Promise<string> {
  return await outputOf(process.execPath, [join(root, script), ...args]);
}

/** Runs lines as they would be typed. */
export async function shell(lines: string): Promise<string> {
  return await outputOf('bash', ['-c', lines]);
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${output}${errors}`);
  return output;
}
