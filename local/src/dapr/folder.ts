/** What the sidecars read: components, policies and configurations, copied into the data folder, and secrets. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Broker } from '../args.ts';
import { nameResolution } from '../parts/name-resolution.ts';

const source = fileURLToPath(new URL('../../../dapr-components/', import.meta.url));

export interface DaprFolder {
  /** One for all sidecars: every component in it names those that it is for. */
  readonly resources: string;
  /** The configurations of a service's sidecar; a later one adds to those before it. */
  configurations(service: string): readonly string[];
  /** Of the file secret store. */
  readonly secretsFile: string;
  /** Where the sidecars look each other up. */
  readonly names: string;
}

/** By app-id, then by key. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Made anew at every start, so that an edit of `dapr-components` counts. */
export async function writeDaprFolder(folder: string, broker: Broker): Promise<DaprFolder> {
  const resources = join(folder, 'resources');
  const configuration = join(folder, 'configuration');
  await Promise.all([resources, configuration].map((each) => rm(each, { recursive: true, force: true })));
  await Promise.all([resources, configuration].map((each) => mkdir(each, { recursive: true })));
  await cp(join(source, broker, 'pubsub.yaml'), join(resources, 'pubsub.yaml'));
  await cp(join(source, 'state', 'carts.yaml'), join(resources, 'carts.yaml'));
  await cp(join(source, 'secrets', 'file.yaml'), join(resources, 'secrets.yaml'));
  for (const [kind, files] of Object.entries({
    subscriptions: join(source, broker, 'subscriptions'),
    resiliency: join(source, 'resiliency'),
  })) {
    for (const file of await readdir(files)) await cp(join(files, file), join(resources, `${kind}-${file}`));
  }
  await cp(join(source, 'configuration'), configuration, { recursive: true });
  const local = join(configuration, 'local.yaml');
  // A new file for each run: a row of a process that was killed would be asked in vain.
  const names = join(folder, 'names.sqlite');
  await Promise.all(['', '-wal', '-shm'].map((end) => rm(names + end, { force: true })));
  await writeFile(local, localConfiguration(names));
  return {
    resources,
    configurations: (service) => [join(configuration, `${service}.yaml`), local],
    secretsFile: join(folder, 'secrets.json'),
    names,
  };
}

function localConfiguration(names: string): string {
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'local' },
    spec: { mtls: { enabled: true }, nameResolution: nameResolution(names) },
  });
}

/** Readable by its owner alone. */
export async function writeSecrets(folder: DaprFolder, secrets: Secrets): Promise<void> {
  await rm(folder.secretsFile, { force: true });
  await writeFile(folder.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
}
