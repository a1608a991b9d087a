/** Copies what the operator needs to know of `dapr-components/`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { serviceNames } from '@ecommercestack/contracts';
import { parseAllDocuments } from 'yaml';

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/** `folder` is that of the components. */
export function daprBaseJson(folder: string): string {
  const read = (file: string): readonly Manifest[] => {
    const full = path.join(folder, file);
    if (!existsSync(full)) return [];
    return parseAllDocuments(readFileSync(full, 'utf8')).map((document) => document.toJS() as Manifest);
  };
  const subscriptions = (broker: string, service: string) =>
    read(`${broker}/subscriptions/${service}.yaml`).map(({ metadata: { name }, spec }) => ({ name, spec }));
  const base = serviceNames.map((service) => [
    service,
    {
      configuration: read(`configuration/${service}.yaml`)[0]?.spec,
      resiliency: read(`resiliency/${service}.yaml`)[0]?.spec,
      subscriptions: { kafka: subscriptions('kafka', service), redis: subscriptions('redis', service) },
    },
  ]);
  return JSON.stringify(Object.fromEntries(base));
}
