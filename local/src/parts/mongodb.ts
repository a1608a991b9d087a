/**
 * A server on 127.0.0.1 that speaks the wire protocol of MongoDB and keeps documents in memory, for specs. It has no
 * sessions, transactions, change streams, replicas or shards, and forgets everything when it ends.
 */
import path from 'node:path';
import { freePort } from '../ports.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findJavaHome } from './java.ts';
import { fetchJars } from './maven.ts';
import { pinnedMongodb } from './pinned.ts';

export interface MongodbOptions {
  /** Holds the log. */
  readonly dir: string;
  /** A free one when left out. */
  readonly port?: number;
}

export interface Mongodb extends Child {
  readonly port: number;
  /** A `mongodb://` URL that names no database. */
  readonly url: string;
}

/** Throws `MissingPartError` without a JDK or, the first time, Maven. */
export async function startMongodb(options: MongodbOptions): Promise<Mongodb> {
  const environment = partsEnvironment();
  const javaHome = await findJavaHome(environment);
  const jars = await findJars(environment, javaHome);
  const port = options.port ?? (await freePort());
  const child = await startChild({
    name: 'mongodb',
    program: path.join(javaHome, 'bin/java'),
    args: [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      path.join(jars, '*'),
      path.join(pinnedMongodb().folder, 'MongodbServer.java'),
      String(port),
    ],
    env: { LC_ALL: 'C' },
    dir: path.resolve(options.dir),
    ready: /^listening on /m,
  });
  return { ...child, port, url: `mongodb://127.0.0.1:${port}` };
}

function findJars(environment: PartsEnvironment, javaHome: string): Promise<string> {
  const jars = { name: 'the server of the MongoDB specs', pinned: pinnedMongodb(), folder: 'mongodb' };
  return fetchJars(jars, environment, javaHome);
}
