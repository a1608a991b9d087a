/** The versions of the parts, read from the files that pin them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Pinned {
  /** The folder with the manifest. */
  readonly folder: string;
  readonly version: string;
}

/** A Go module required by the go.mod in a folder of tools/; its version is without the `v`. */
export function pinnedModule(manifest: string, module: string): Pinned {
  const name = module.replaceAll('.', String.raw`\.`);
  return pinned(manifest, 'go.mod', new RegExp(String.raw`^(?:require |\t)${name} v(\S+)`, 'm'));
}

export function pinnedKafka(): Pinned {
  return pinned('kafka', 'pom.xml', /<kafka\.version>(.+)<\/kafka\.version>/);
}

export function pinnedMongodb(): Pinned {
  return pinned('mongodb', 'pom.xml', /<mongodb\.version>(.+)<\/mongodb\.version>/);
}

export function pinnedElasticsearch(): Pinned {
  return pinned('elasticsearch', 'pom.xml', /<elasticsearch\.version>(.+)<\/elasticsearch\.version>/);
}

function pinned(part: string, manifest: string, pattern: RegExp): Pinned {
  const folder = fileURLToPath(new URL(`../../../tools/${part}/`, import.meta.url));
  const version = pattern.exec(readFileSync(folder + manifest, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`tools/${part}/${manifest} names no version`);
  return { folder, version };
}
