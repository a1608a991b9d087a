/** The scripts of package.json: what they do, and whether their files exist. */

export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly 'scripts-info': Readonly<Record<string, string>>;
}

/** One line for each script. */
export function describeScripts({ scripts, 'scripts-info': info }: Manifest): string {
  const commandOf = (name: string) => (['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`);
  const width = Math.max(...Object.keys(scripts).map((name) => commandOf(name).length));
  return Object.keys(scripts)
    .map((name) => `${commandOf(name).padEnd(width)}  ${info[name] ?? ''}`.trimEnd())
    .join('\n');
}

/** What is wrong with the scripts, one sentence each. */
export function scriptProblems(manifest: Manifest, exists: (file: string) => boolean): string[] {
  const { scripts, 'scripts-info': info } = manifest;
  const undescribed = Object.keys(scripts).filter((name) => (info[name] ?? '').trim() === '');
  const stale = Object.keys(info).filter((name) => scripts[name] === undefined);
  const missing = Object.entries(scripts).flatMap(([name, command]) =>
    command
      .split(/\s+/)
      .filter((word) => /\.(ts|mjs|sh)$/.test(word) && !exists(word))
      .map((file) => `script "${name}" runs ${file}, which does not exist`),
  );
  return [
    ...undescribed.map((name) => `script "${name}" has no description in scripts-info`),
    ...stale.map((name) => `scripts-info describes "${name}", which is no script`),
    ...missing,
  ];
}
