/** The versions of the parts, read from the files that pin them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Pinned {
  /** The folder with the manifest. */
  readonly folder: string;
  readonly version: string;
}

export function pinnedDapr(): Pinned {
  return pinned('daprd', 'go.mod', /^require github\.com\/dapr\/dapr v(\S+)$/m);
}

export function pinnedKafka(): Pinned {
  return pinned('kafka', 'pom.xml', /<kafka\.version>(.+)<\/kafka\.version>/);
}

function pinned(part: string, manifest: string, pattern: RegExp): Pinned {
  const folder = fileURLToPath(new URL(`../../../tools/${part}/`, import.meta.url));
  const version = pattern.exec(readFileSync(folder + manifest, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`tools/${part}/${manifest} names no version`);
  return { folder, version };
}
