/** Programs and files out of pinned Go modules: built or fetched once for all checkouts of a user. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { makeOnce } from './cache.ts';
import type { PartsEnvironment } from './environment.ts';
import { findGo } from './go.ts';
import { pinnedModule } from './pinned.ts';
import { runToEnd } from './programs.ts';

export interface GoProgram {
  /** Of the file, and in messages. */
  readonly name: string;
  /** The folder below tools/ whose go.mod pins the module. */
  readonly manifest: string;
  readonly module: string;
  /** Its main package, below the module; the module itself when empty. */
  readonly main: string;
  readonly tags?: string;
  /** Variables of Go packages that the linker sets. */
  readonly variables?: (version: string) => Readonly<Record<string, string>>;
}

/** The path of the program in the cache. Throws `MissingPartError` when it has to be built and there is no Go. */
export function findGoProgram(program: GoProgram, environment: PartsEnvironment): Promise<string> {
  const { name, manifest, module, main, tags } = program;
  const { folder, version } = pinnedModule(manifest, module);
  const target = path.join(environment.cache, `${manifest}-${version}`, name);
  return makeOnce(target, async (fresh) => {
    const go = await findGo(environment);
    console.error(`Building ${name} ${version} from source; the first time this takes up to ten minutes …`);
    const progress = reportProgress(name);
    const variables = Object.entries(program.variables?.(version) ?? {});
    const ldflags = ['-s -w', ...variables.map(([key, value]) => `-X ${key}=${value}`)].join(' ');
    const flags = ['-v', '-trimpath', ...(tags === undefined ? [] : ['-tags', tags]), '-ldflags', ldflags];
    try {
      await mkdir(path.dirname(fresh), { recursive: true });
      await runToEnd(go, ['build', ...flags, '-o', fresh, path.posix.join(module, main)], {
        cwd: folder,
        env: BUILD_ENVIRONMENT,
        onOutput: progress.count,
      });
    } finally {
      progress.end();
    }
  });
}

/** The folder of a pinned module's files, fetched and held against go.sum. Only to be read. Throws like `findGoProgram`. */
export async function findGoModule(
  manifest: string,
  module: string,
  environment: PartsEnvironment,
): Promise<string> {
  const { folder, version } = pinnedModule(manifest, module);
  const go = await findGo(environment);
  const answer = await runToEnd(go, ['mod', 'download', '-json', `${module}@v${version}`], {
    cwd: folder,
    env: BUILD_ENVIRONMENT,
  });
  // Progress of a download comes first.
  const { Dir: files } = JSON.parse(answer.slice(answer.indexOf('{'))) as { Dir: string };
  return files;
}

const BUILD_ENVIRONMENT = { CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'auto' };

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
