/** A cluster of Elasticsearch on 127.0.0.1 for specs: two nodes in one process, so that replicas are real. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { findElasticsearch } from './elasticsearch-files.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';

export interface ElasticsearchOptions {
  /** Holds the data and the log. */
  readonly dir: string;
  /** For HTTP, of the first node; a free one when left out. */
  readonly port?: number;
  /** Default 2. */
  readonly nodes?: number;
  /** Compile as a server that runs for long, in place of one that starts fast; with more memory. Default false. */
  readonly lasting?: boolean;
}

export interface Elasticsearch extends Child {
  readonly port: number;
  /** Of the first node. */
  readonly url: string;
}

/** Restartable on the same folder, after a kill, too. Throws `MissingPartError` like `prepareElasticsearch`. */
export async function startElasticsearch(options: ElasticsearchOptions): Promise<Elasticsearch> {
  const { java, home } = await findElasticsearch(partsEnvironment());
  const dir = path.resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const ports: number[] = [];
  for (let node = 0; node < (options.nodes ?? 2); node += 1) ports.push(await freePort(), await freePort());
  const port = options.port ?? ports[0];
  if (port === undefined) throw new Error('a cluster needs a node');
  const child = await startChild({
    name: 'elasticsearch',
    program: java,
    args: [
      options.lasting === true
        ? ['-Xms2g', '-Xmx2g', '-XX:+UseParallelGC']
        : ['-Xmx768m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ['--enable-native-access=ALL-UNNAMED'],
      [`-Des.path.home=${home}`, '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false'],
      ['-cp', path.join(home, 'lib/*'), 'ecommercestack.server.Main', home, path.join(dir, 'data')],
      [port, ...ports.slice(1)].map(String),
    ].flat(),
    env: { LC_ALL: 'C' },
    dir,
    ready: /^Elasticsearch started$/m,
  });
  return { ...child, port, url: `http://127.0.0.1:${port}` };
}

/** Fetches and builds the server unless it is there. Throws `MissingPartError` without Java or, the first time, Maven. */
export async function prepareElasticsearch(
  environment: PartsEnvironment = partsEnvironment(),
): Promise<void> {
  await findElasticsearch(environment);
}
