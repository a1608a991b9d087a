/** The jar files of a server in Java, fetched once by the pom.xml that pins them. */
import path from 'node:path';
import { makeOnce } from './cache.ts';
import type { PartsEnvironment } from './environment.ts';
import { MissingPartError, installCommand } from './missing.ts';
import type { Pinned } from './pinned.ts';
import { findProgram, runToEnd } from './programs.ts';

export interface JarFiles {
  /** For messages. */
  readonly name: string;
  readonly pinned: Pinned;
  /** In the cache, with the version after it. */
  readonly folder: string;
}

/** The folder that holds them. Throws `MissingPartError` when they have to be fetched and there is no Maven. */
export function fetchJars(
  { name, pinned, folder }: JarFiles,
  environment: PartsEnvironment,
  javaHome: string,
): Promise<string> {
  return makeOnce(path.join(environment.cache, `${folder}-${pinned.version}`), async (fresh) => {
    const maven = findProgram('mvn', environment.path);
    if (maven === undefined) throw new MissingPartError('Maven', installCommand('maven', 'maven'));
    console.error(`Fetching ${name} ${pinned.version} with Maven …`);
    await runToEnd(
      maven,
      ['--batch-mode', '--quiet', 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`],
      { cwd: pinned.folder, env: { JAVA_HOME: javaHome } },
    );
  });
}
