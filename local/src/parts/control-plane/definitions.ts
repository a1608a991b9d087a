/** Definitions of other makers' resources, out of their own pinned modules. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { partsEnvironment } from '../environment.ts';
import { findGoModule } from '../go-program.ts';
import type { KubernetesApi, Manifest } from './api.ts';
import { until } from './until.ts';

interface Source {
  readonly manifest: string;
  readonly module: string;
  readonly folder: string;
  readonly only?: RegExp;
}

const SOURCES = {
  dapr: { manifest: 'dapr', module: 'github.com/dapr/dapr', folder: 'charts/dapr/crds' },
  gatewayApi: {
    manifest: 'crds',
    module: 'sigs.k8s.io/gateway-api',
    folder: 'config/crd/standard',
  },
  keda: { manifest: 'crds', module: 'github.com/kedacore/keda/v2', folder: 'config/crd/bases' },
  prometheus: {
    manifest: 'crds',
    module: 'github.com/prometheus-operator/prometheus-operator',
    folder: 'example/prometheus-operator-crd',
    // The others are of its servers, and long.
    only: /_(prometheusrules|servicemonitors)\.yaml$/,
  },
} as const;

export type DefinitionSource = keyof typeof SOURCES;
/** What a cluster of the specs has. */
export const definitionSources: readonly DefinitionSource[] = ['dapr', 'gatewayApi', 'keda'];

/** The CustomResourceDefinitions of one maker. Throws `MissingPartError` without Go. */
export async function readDefinitions(source: DefinitionSource): Promise<Manifest[]> {
  const { manifest, module, folder, only }: Source = SOURCES[source];
  const files = path.join(await findGoModule(manifest, module, partsEnvironment()), folder);
  const names = (await readdir(files)).filter((name) => (only ?? /\.yaml$/).test(name)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(path.join(files, name), 'utf8')));
  return texts.flatMap(parseManifests).filter(({ kind }) => kind === 'CustomResourceDefinition');
}

/** The objects of a file with one or more YAML documents. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** Resolves when their resources are served. Throws when one is refused. */
export async function installDefinitions(
  api: KubernetesApi,
  definitions: readonly Manifest[],
): Promise<void> {
  for (const definition of definitions) {
    const { status, body } = await api.apply(definition, { manager: 'definitions', force: true });
    if (status >= 300) throw new Error(`${definition.metadata.name} was refused: ${JSON.stringify(body)}`);
  }
  for (const { metadata } of definitions) {
    const at = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
    await until(`${metadata.name} is served`, async () => isEstablished((await api.request('GET', at)).body));
  }
}

function isEstablished(body: unknown): boolean {
  const { status } = body as {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
  return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
}
