/** A Kafka broker on 127.0.0.1 that keeps what it has acknowledged when it is killed. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findJavaHome } from './java.ts';
import { logging, serverProperties } from './kafka-config.ts';
import type { KafkaAccess, KafkaUser } from './kafka-config.ts';
import { fetchJars } from './maven.ts';
import { pinnedKafka } from './pinned.ts';
import { runToEnd } from './programs.ts';

export interface KafkaOptions extends KafkaAccess {
  /** Holds the data, the configuration and the log. */
  readonly dir: string;
  /** A free one when left out. */
  readonly port?: number;
}

export interface Kafka extends Child {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly brokers: string;
}

/** Restartable on the same folder, after a kill, too. Throws `MissingPartError` without Java or, the first time, Maven. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const environment = partsEnvironment();
  const javaHome = await findJavaHome(environment);
  const jars = await findJars(environment, javaHome);
  const port = options.port ?? (await freePort());
  const dir = path.resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const properties = path.join(dir, 'server.properties');
  const ports = { clients: port, controller: await freePort() };
  await writeFile(properties, serverProperties(dir, ports, options), { mode: 0o600 });
  const log4j = path.join(dir, 'log4j2.properties');
  await writeFile(log4j, logging);
  const java = {
    program: path.join(javaHome, 'bin/java'),
    flags: [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      `-Dlog4j2.configurationFile=${log4j}`,
      '-cp',
      path.join(jars, '*'),
    ],
  };
  await formatStorage(dir, java, options.user);
  const child = await startChild({
    name: 'kafka',
    program: java.program,
    args: [...java.flags, 'kafka.Kafka', properties],
    env: { LC_ALL: 'C' },
    dir,
    ready: /Kafka Server started/,
  });
  return { ...child, port, brokers: `127.0.0.1:${port}` };
}

interface Java {
  readonly program: string;
  readonly flags: readonly string[];
}

/** The storage appears under its name by this program's last act, the file that is looked for. */
async function formatStorage(dir: string, java: Java, user: KafkaUser | undefined): Promise<void> {
  const data = path.join(dir, 'data');
  if (existsSync(path.join(data, 'formatted'))) return;
  await rm(data, { recursive: true, force: true });
  const properties = path.join(dir, 'server.properties');
  const scram = user && `SCRAM-SHA-512=[name=${user.name},password=${user.password}]`;
  await runToEnd(
    java.program,
    [
      ...java.flags,
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      newClusterId(),
      '--config',
      properties,
      ...(scram === undefined ? [] : ['--add-scram', scram]),
    ],
    { cwd: dir },
  );
  await writeFile(path.join(data, 'formatted'), '');
}

/** A UUID as Kafka writes them. It begins with a zero, since a leading hyphen would be taken for an option. */
function newClusterId(): string {
  return Buffer.from(`0${crypto.randomUUID().replaceAll('-', '').slice(1)}`, 'hex').toString('base64url');
}

/** Fetches the server unless it is there. Throws like `startKafka`. */
export async function prepareKafka(environment: PartsEnvironment = partsEnvironment()): Promise<void> {
  await findJars(environment, await findJavaHome(environment));
}

/** The folder of the server's jar files. */
function findJars(environment: PartsEnvironment, javaHome: string): Promise<string> {
  return fetchJars({ name: 'Kafka', pinned: pinnedKafka(), folder: 'kafka' }, environment, javaHome);
}
