/** The files of this repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from './scripts.ts';

export const root = path.join(import.meta.dirname, '../..');

const CODE_FOLDERS = '{packages,services,local,operator,tests,tools,bench}';

export function exists(file: string): boolean {
  return existsSync(path.join(root, file));
}

export function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Relative to the root, with forward slashes, in order. */
function find(pattern: string): string[] {
  const ignored = (name: string) => /(^|[/\\])(node_modules|\.data|\.git|coverage)$/.test(name);
  return globSync(pattern, { cwd: root, exclude: ignored })
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

export const codeFiles = (): string[] => find(`${CODE_FOLDERS}/**/*.{ts,mjs}`);
export const markdownFiles = (): string[] => find('**/*.md');

/** The resources of the sidecars, with paths below their folder. */
export function daprComponents(): { readonly path: string; readonly text: string }[] {
  const folder = 'dapr-components/';
  return find(`${folder}**/*.yaml`).map((file) => ({
    path: file.slice(folder.length),
    text: readText(file),
  }));
}

export const packageNames = (): string[] => readdirSync(path.join(root, 'packages'));

export function readManifest(): Manifest {
  return JSON.parse(readText('package.json')) as Manifest;
}

/** Runs a tool of node_modules with inherited output. Throws when it fails. */
export function runTool(name: string, args: readonly string[]): void {
  execFileSync(path.join(root, 'node_modules/.bin', name), args, { cwd: root, stdio: 'inherit' });
}
