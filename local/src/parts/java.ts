/** Finds a Java that is new enough. */
import { globSync } from 'node:fs';
import path from 'node:path';
import type { PartsEnvironment } from './environment.ts';
import { MissingPartError, installCommand } from './missing.ts';
import { findProgram, isExecutable, runToEnd } from './programs.ts';

const OLDEST = 17;
/** Where Linux distributions and macOS put them. */
const HOMES = [
  '/usr/lib/jvm/*',
  '/Library/Java/JavaVirtualMachines/*/Contents/Home',
  '/opt/homebrew/opt/openjdk*',
];

/** The folder of a JDK or JRE. Throws `MissingPartError` when none is as new as `oldest`. */
export async function findJavaHome(
  { javaHome, path: searchPath }: PartsEnvironment,
  oldest = OLDEST,
): Promise<string> {
  const onPath = findProgram('java', searchPath);
  const homes = [
    ...(javaHome === undefined ? [] : [javaHome]),
    ...(onPath === undefined ? [] : [path.dirname(path.dirname(onPath))]),
    ...HOMES.flatMap((pattern) => globSync(pattern)),
  ].filter((home) => isExecutable(path.join(home, 'bin/java')));
  for (const home of homes) {
    if ((await versionOf(home)) >= oldest) return home;
  }
  throw new MissingPartError(
    `Java ${oldest} or newer`,
    installCommand('default-jdk-headless maven', 'openjdk maven'),
  );
}

/** 0 for a launcher without a Java behind it, as macOS has one. */
async function versionOf(home: string): Promise<number> {
  try {
    const output = await runToEnd(path.join(home, 'bin/java'), ['-version'], { cwd: home });
    return Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  } catch (error) {
    if (error instanceof Error) return 0;
    throw error;
  }
}
