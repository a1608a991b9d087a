/** What the sidecars of `docker compose` read. */
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '@ecommercestack/contracts';
import { parse, stringify } from 'yaml';
import type { Broker } from '../args.ts';
import { StartError } from '../start-error.ts';

const source = fileURLToPath(new URL('../../../dapr-components/', import.meta.url));

/** By app-id or component, then by key. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Made anew at every start, so that an edit of `dapr-components` counts. */
export async function writeResources(folder: string, broker: Broker, secrets: Secrets): Promise<void> {
  const [components, configuration] = [join(folder, 'components'), join(folder, 'configuration')];
  for (const each of [components, configuration]) {
    await rm(each, { recursive: true, force: true });
    await mkdir(each, { recursive: true });
  }
  const copies = [
    [join(broker, 'pubsub.yaml'), 'pubsub.yaml'],
    [join('state', 'carts.yaml'), 'carts.yaml'],
    [join('secrets', 'file.yaml'), 'secrets.yaml'],
    ...(await filesOf(join(broker, 'subscriptions'), 'subscriptions')),
    ...(await filesOf('resiliency', 'resiliency')),
  ] as const;
  for (const [from, to] of copies) await cp(join(source, from), join(components, to));
  for (const [from, name] of await filesOf('configuration', 'configuration')) {
    const text = await readFile(join(source, from), 'utf8');
    await writeFile(join(configuration, name.replace('configuration-', '')), withoutIdentities(text));
  }
  const file = join(folder, 'secrets.json');
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
}

/** Pairs of a path and a name that is unique over all kinds. */
async function filesOf(folder: string, kind: string): Promise<[string, string][]> {
  const names = await readdir(join(source, folder));
  return names.map((name) => [join(folder, name), `${kind}-${name}`]);
}

/** Here is no authority that gives the sidecars identities, and without identities access control refuses every call. */
function withoutIdentities(text: string): string {
  const document = parse(text) as { spec: Record<string, unknown> };
  delete document.spec['accessControl'];
  return stringify(document);
}

/** Throws `StartError`: a canary would be sent its share of the calls, and nobody would be there. */
export function refuseCanaries(settings: Settings): void {
  const names = Object.entries(settings.services).flatMap(([name, { canary }]) => (canary ? [name] : []));
  if (names.length === 0) return;
  throw new StartError(
    `docker-compose.yaml runs no canary (asked for: ${names.join(', ')}). \`npm run start:dapr\` does.`,
  );
}
