/** Dapr's programs: named by the environment, or built once from the pinned module. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { makeOnce } from './cache.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findGo } from './go.ts';
import { pinnedDapr } from './pinned.ts';
import { isExecutable, runToEnd } from './programs.ts';

/** The path of the sidecar. `DAPRD` overrides it. Throws `MissingPartError` when Go is needed and not there. */
export function findDaprd(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  // Without a tag daprd has no component at all; only this one brings the sqlite name resolver.
  return find('daprd', environment.daprd, ['-tags', 'allcomponents'], environment);
}

/** The path of the certificate authority of the sidecars. `SENTRY` overrides it. Throws like `findDaprd`. */
export function findSentry(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  return find('sentry', environment.sentry, [], environment);
}

async function find(
  name: 'daprd' | 'sentry',
  override: string | undefined,
  flags: readonly string[],
  environment: PartsEnvironment,
): Promise<string> {
  if (override !== undefined) {
    if (!isExecutable(override))
      throw new Error(`${name.toUpperCase()} names ${override}, which is no program`);
    return override;
  }
  const { folder, version } = pinnedDapr();
  const target = path.join(environment.cache, `dapr-${version}`, name);
  return makeOnce(target, async (fresh) => {
    const go = await findGo(environment);
    console.error(`Building ${name} ${version} from source; the first time this takes up to ten minutes …`);
    const progress = reportProgress(name);
    const ldflags = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${version}`;
    const main = `github.com/dapr/dapr/cmd/${name}`;
    try {
      await mkdir(path.dirname(fresh), { recursive: true });
      await runToEnd(go, ['build', '-v', '-trimpath', ...flags, '-ldflags', ldflags, '-o', fresh, main], {
        cwd: folder,
        env: { CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'auto' },
        onOutput: progress.count,
      });
    } finally {
      progress.end();
    }
  });
}

const REPORT_MS = 15_000;

/** `go build -v` prints a line for each module it fetches and each package it compiles. */
function reportProgress(name: string) {
  const started = performance.now();
  let steps = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.error(`  ${name}: ${steps} packages fetched or compiled in ${seconds} s …`);
  }, REPORT_MS);
  return {
    count: (chunk: string) => void (steps += chunk.split('\n').length - 1),
    end: () => clearInterval(timer),
  };
}
