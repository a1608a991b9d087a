/** The image that the services' images are built on: Debian with Node and npm. */
import { randomUUID } from 'node:crypto';
import { cp, realpath, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import {
  MissingPartError,
  findProgram,
  makeOnce,
  partsEnvironment,
  runToEnd,
} from '@ecommercestack/local/parts';
import { root } from '../repository.ts';
import type { Engine } from './engine.ts';

const DEBIAN = 'bookworm';

/**
 * The image that DOCKER_BASE names, or one made here, without a registry: Debian by debootstrap (which takes root and
 * a minute; the result is kept in the cache), the pinned Node, and the machine's npm.
 */
export async function baseImage({
  docker,
}: Engine): Promise<{ readonly name: string; readonly remove: boolean }> {
  const named = process.env['DOCKER_BASE'];
  if (named !== undefined) return { name: named, remove: false };
  const { cache } = partsEnvironment();
  const version = process.versions.node;
  const archive = await makeOnce(path.join(cache, `docker-base-${DEBIAN}-node-${version}.tar`), makeArchive);
  const change = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  // A name, because a builder asks the registry for what an id stands for; one of its own for each run.
  const name = `ecommercestack-base:${randomUUID()}`;
  await docker('import', '--change', change, archive, name);
  return { name, remove: true };
}

async function makeArchive(fresh: string): Promise<void> {
  const searchPath = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const debootstrap = findProgram('debootstrap', searchPath);
  if (debootstrap === undefined)
    throw new MissingPartError('debootstrap', 'sudo apt-get install -y debootstrap');
  console.error(`Making a Debian ${DEBIAN} with Node, once …`);
  const system = `${fresh}.root`;
  const packages = '--include=ca-certificates,libstdc++6';
  await runToEnd(debootstrap, ['--variant=minbase', packages, DEBIAN, system], {
    cwd: '/',
    env: { PATH: searchPath },
  });
  const local = path.join(system, 'usr/local');
  await cp(path.join(root, 'node_modules/node/bin/node'), path.join(local, 'bin/node'));
  await cp(await npmFolder(), path.join(local, 'lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(local, 'bin/npm'));
  for (const waste of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man']) {
    await rm(path.join(system, waste), { recursive: true, force: true });
  }
  await runToEnd('tar', ['-C', system, '-cf', fresh, '.'], { cwd: '/' });
}

/** The npm on the PATH is a link to its `bin/npm-cli.js`. */
async function npmFolder(): Promise<string> {
  const npm = findProgram('npm', process.env['PATH'] ?? '');
  if (npm === undefined) throw new Error('There is no npm on the PATH.');
  return path.dirname(path.dirname(await realpath(npm)));
}
