/** The charts as helm sees them, without a cluster. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { findKubernetes, kubernetesVersion, parseManifests } from '@ecommercestack/local/cluster';
import type { Manifest } from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import { root } from '../repository.ts';

export const CHARTS = ['operator', 'platform'] as const;
export type Chart = (typeof CHARTS)[number];

/** A folder below `examples/` of a chart: the values of somebody, and what comes of them. */
export interface Example {
  readonly chart: Chart;
  readonly name: string;
  readonly values: string;
  readonly manifests: string;
}

export function chartFolder(chart: Chart): string {
  return path.join(root, 'charts', chart);
}

export async function examplesOf(chart: Chart): Promise<readonly Example[]> {
  const folder = path.join(chartFolder(chart), 'examples');
  const names = (await readdir(folder)).toSorted();
  return names.map((name) => ({
    chart,
    name,
    values: path.join(folder, name, 'values.yaml'),
    manifests: path.join(folder, name, 'manifests.yaml'),
  }));
}

/** Throws with what helm said when it fails. */
export async function helm(...args: readonly string[]): Promise<string> {
  return runToEnd(await findKubernetes('helm'), args, { cwd: root });
}

/** What would be installed as release `shop` into namespace `shops`; `more` are further options of helm. */
export function render(chart: Chart, ...more: readonly string[]): Promise<string> {
  const version = `--kube-version=${kubernetesVersion()}`;
  return helm('template', 'shop', chartFolder(chart), '--namespace=shops', version, ...more);
}

export async function rendered(chart: Chart, ...more: readonly string[]): Promise<readonly Manifest[]> {
  return parseManifests(await render(chart, ...more));
}

/** As it is kept in the repository: the definition of EcommerceStack is long, and is there already. */
export async function renderExample({ chart, name, values }: Example): Promise<string> {
  const text = await render(chart, `--values=${values}`);
  const documents = text
    .split(/^---$/m)
    .filter((document) => !/^kind: CustomResourceDefinition$/m.test(document));
  return `# charts/${chart} with the values beside it (${name}), without the definition; npm run charts${documents.join('---')}`;
}

export function readExample({ manifests }: Example): Promise<string> {
  return readFile(manifests, 'utf8');
}
