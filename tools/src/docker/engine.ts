/** A Docker Engine for a test: the one that runs on this machine, or one of our own in a folder that goes away. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MissingPartError, findProgram, runToEnd, startChild } from '@ecommercestack/local/parts';

export interface Engine {
  /** Runs the client; resolves with what it wrote. Throws with the end of that when it fails. */
  readonly docker: (...args: string[]) => Promise<string>;
  /** Ends what was started, and deletes its folder. */
  readonly close: () => Promise<void>;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/sbin:/sbin';
const INSTALL = 'sudo apt-get install -y docker.io';

/** Throws `MissingPartError` when Docker is not installed. Starting one of our own takes root. */
export async function openEngine(): Promise<Engine> {
  const searchPath = `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`;
  const client = await findClient(searchPath);
  if (await answers(client)) return { docker: clientOf(client, {}), close: async () => {} };
  const program = findProgram('dockerd', searchPath);
  if (program === undefined) throw new MissingPartError('Docker Engine', INSTALL);
  const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-docker-'));
  const host = `unix://${dir}/docker.sock`;
  const engine = await startChild({
    name: 'dockerd',
    program,
    // Builds and containers use the network of the machine: no bridge, so no rule of its firewall is touched.
    args: [
      ['-H', host],
      ['--data-root', path.join(dir, 'data'), '--exec-root', path.join(dir, 'exec')],
      ['--pidfile', path.join(dir, 'docker.pid')],
      ['--bridge=none', '--iptables=false', '--ip6tables=false'],
    ].flat(),
    env: { PATH: searchPath },
    dir,
    ready: /API listen on/,
  });
  return {
    docker: clientOf(client, { DOCKER_HOST: host }),
    close: async () => {
      await engine.stop();
      await unmountBelow(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** An engine that has ended leaves the network namespace of its containers mounted. */
async function unmountBelow(dir: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1]);
  const ours = mounts.flatMap((point) => (point?.startsWith(`${dir}/`) === true ? [point] : []));
  for (const point of ours.toReversed()) await runToEnd('umount', [point], { cwd: '/' });
}

/** The first client that can use BuildKit: from version 23 on that takes a plug-in. */
async function findClient(searchPath: string): Promise<string> {
  const clients = searchPath.split(':').flatMap((folder) => findProgram('docker', folder) ?? []);
  for (const client of clients) {
    const version = await runToEnd(client, ['--version'], { cwd: '/' });
    const major = Number(/version (\d+)/.exec(version)?.[1]);
    if (major < 23 || (await succeeds(client, ['buildx', 'version']))) return client;
  }
  throw new MissingPartError('A Docker client with BuildKit', INSTALL);
}

function answers(client: string): Promise<boolean> {
  return succeeds(client, ['version']);
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return await runToEnd(program, args, { cwd: '/' }).then(
    () => true,
    () => false,
  );
}

function clientOf(client: string, env: Readonly<Record<string, string>>): Engine['docker'] {
  return (...args) => runToEnd(client, args, { cwd: '/', env: { ...env, DOCKER_BUILDKIT: '1' } });
}
