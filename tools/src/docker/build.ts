/** Builds an image by the Dockerfile, as `docker build` by hand does. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runToEnd } from '@ecommercestack/local/parts';
import { root } from '../repository.ts';
import type { Engine } from './engine.ts';

export interface BuildOptions {
  readonly base: string;
  readonly args: Readonly<Record<string, string>>;
}

/** Resolves with the image's id. What npm needs on this machine goes in as secrets, which no layer keeps. */
export async function buildImage({ docker }: Engine, { base, args }: BuildOptions): Promise<string> {
  const secrets = {
    npmrc: path.join(homedir(), '.npmrc'),
    ca: process.env['NODE_EXTRA_CA_CERTS'] ?? '/etc/ssl/certs/ca-certificates.crt',
  };
  const pairs = Object.entries({ BASE: base, ...args });
  const given = Object.entries(secrets).filter(([, file]) => existsSync(file));
  const output = await docker(
    'build',
    '--quiet',
    '--network=host',
    ...pairs.map(([name, value]) => `--build-arg=${name}=${value}`),
    ...given.map(([id, file]) => `--secret=id=${id},src=${file}`),
    root,
  );
  const id = output.trim().split('\n').at(-1);
  if (id === undefined || !id.startsWith('sha256:'))
    throw new Error(`docker build named no image: ${output}`);
  return id;
}

export async function revision(): Promise<string> {
  return (await runToEnd('git', ['rev-parse', 'HEAD'], { cwd: root })).trim();
}
