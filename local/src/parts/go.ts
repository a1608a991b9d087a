/** A Go that can build the pinned modules. */
import { chmod, glob } from 'node:fs/promises';
import path from 'node:path';
import type { PartsEnvironment } from './environment.ts';
import { MissingPartError, installCommand } from './missing.ts';
import { findProgram, runToEnd } from './programs.ts';

/** Go 1.21 and later fetch by themselves the toolchain that a module asks for. */
const SELF_UPDATING = 21;
/** What an older Go is asked to fetch instead; at least what the go.mod files in tools/ name. */
const TOOLCHAIN = 'go1.26.5';

/**
 * The path of `go`. An old one, such as Debian 12 has, fetches a newer one as the module that Go publishes its
 * toolchains as. Throws `MissingPartError` when there is none at all.
 */
export async function findGo(environment: PartsEnvironment): Promise<string> {
  const go = findProgram('go', environment.path);
  if (go === undefined) throw new MissingPartError('Go', installCommand('golang-go', 'go'));
  const version = await runToEnd(go, ['version'], { cwd: environment.cache });
  const minor = Number(/go1\.(\d+)/.exec(version)?.[1]);
  return minor >= SELF_UPDATING ? go : fetchToolchain(go, environment);
}

async function fetchToolchain(go: string, { cache }: PartsEnvironment): Promise<string> {
  const arch = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  const module = `golang.org/toolchain@v0.0.1-${TOOLCHAIN}.${process.platform}-${arch}`;
  const answer = await runToEnd(go, ['mod', 'download', '-json', module], { cwd: cache });
  const { Dir: folder } = JSON.parse(answer) as { Dir: string };
  // Modules are unpacked without permission to run anything.
  for await (const program of glob('{bin,pkg/tool/*}/*', { cwd: folder })) {
    await chmod(path.join(folder, program), 0o755);
  }
  return path.join(folder, 'bin/go');
}
