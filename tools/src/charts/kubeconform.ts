/** Holds manifests against the schemas of the pinned Kubernetes, of the resources of others and of our own. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  findKubeconform,
  findKubernetesSchemas,
  parseManifests,
  readDefinitions,
} from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import { readText } from '../repository.ts';
import { FILE_TEMPLATE, builtInSchemas, customSchemas } from './schemas.ts';
import type { Definition, Swagger } from './schemas.ts';

/** Writes all schemas into `folder`. */
export async function writeSchemas(folder: string): Promise<void> {
  const swagger = await readFile(path.join(await findKubernetesSchemas(), 'swagger.json'), 'utf8');
  const others = await Promise.all(
    (['dapr', 'gatewayApi', 'keda', 'prometheus'] as const).map(readDefinitions),
  );
  const ours = parseManifests(readText('operator/crd/ecommercestacks.yaml'));
  const definitions = [...others.flat(), ...ours] as unknown as readonly Definition[];
  await mkdir(folder, { recursive: true });
  for (const files of [builtInSchemas(JSON.parse(swagger) as Swagger), customSchemas(definitions)]) {
    for (const [name, schema] of files) await writeFile(path.join(folder, name), JSON.stringify(schema));
  }
}

/** Throws with every mistake; a kind that no schema describes is one. */
export async function conform(schemas: string, ...files: readonly string[]): Promise<void> {
  const location = path.join(schemas, FILE_TEMPLATE);
  await runToEnd(await findKubeconform(), ['-strict', '-schema-location', location, ...files], {
    cwd: schemas,
  });
}
