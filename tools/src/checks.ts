/** Every check of `npm run check`. A check returns what is wrong, as text for a person; nothing when all is well. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { daprComponentProblems } from './dapr-components/check.ts';
import { platformOf } from './dapr-components/platform.ts';
import { violationsOf } from './import-rules.ts';
import { brokenLinks } from './links.ts';
import {
  codeFiles,
  daprComponents,
  exists,
  markdownFiles,
  packageNames,
  readManifest,
  readText,
  root,
} from './repository.ts';
import { scriptProblems } from './scripts.ts';

export interface Check {
  readonly name: string;
  readonly run: () => Promise<string>;
}

/** The slow ones first: they run beside the others. */
export const CHECKS: readonly Check[] = [
  { name: 'types', run: () => tool('tsc', ['-p', 'tsconfig.json']) },
  { name: 'lint', run: () => tool('oxlint', ['--type-aware', '--deny-warnings']) },
  { name: 'formatting', run: () => tool('prettier', ['--check', '--log-level=warn', '.']) },
  { name: 'unused', run: () => tool('knip', ['--no-progress', '--no-config-hints']) },
  { name: 'generated', run: () => run(process.execPath, ['operator/src/crd/generate.ts', '--check']) },
  { name: 'imports', run: async () => importProblems().join('\n') },
  { name: 'scripts', run: async () => scriptProblems(readManifest(), exists).join('\n') },
  {
    name: 'components',
    run: async () => daprComponentProblems(daprComponents(), platformOf()).join('\n'),
  },
  { name: 'links', run: async () => linkProblems().join('\n') },
];

function tool(name: string, args: readonly string[]): Promise<string> {
  return run(path.join(root, 'node_modules/.bin', name), args);
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      const output = Buffer.concat(chunks).toString('utf8').trim();
      resolve(code === 0 ? '' : output || `${command} ended with ${code ?? 'a signal'}`);
    });
  });
}

function importProblems(): string[] {
  const packages = packageNames();
  return codeFiles()
    .flatMap((file) => violationsOf(file, readText(file), packages))
    .map(({ file, specifier, rule }) => `${file} imports ${specifier}: ${rule}`);
}

function linkProblems(): string[] {
  return markdownFiles().flatMap((file) =>
    brokenLinks(file, readText(file), exists).map(
      (target) => `${file} links to ${target}, which does not exist`,
    ),
  );
}
