/** Edits what the sidecars of a running platform have been given; they notice by themselves. */
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { eventually } from '../eventually.ts';
import type { Platform } from '../platform.ts';

/** Replaces the first occurrence, which must be there. */
export async function editResource(
  { data }: Platform,
  name: string,
  [found, replacement]: readonly [string, string],
): Promise<void> {
  const file = join(data, 'dapr', 'resources', `${name}.yaml`);
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(found), `${name} says nothing of ${found}`);
  await writeFile(
    `${file}.new`,
    text.replace(found, () => replacement),
  );
  await rename(`${file}.new`, file);
}

/** Of the only policy file of the service's sidecars; resolves when they follow it and all can be called. */
export async function editPolicies(
  platform: Platform,
  service: string,
  edit: readonly [string, string],
): Promise<void> {
  const log = join(platform.data, 'logs', `${service}-1.daprd.log`);
  const timesLoaded = async () =>
    (await readFile(log, 'utf8')).split('Loading Resiliency configuration').length;
  const before = await timesLoaded();
  await editResource(platform, `resiliency-${service}`, edit);
  await eventually(
    `the sidecar of ${service} loads its policies`,
    async () => (await timesLoaded()) > before,
  );
  await eventually('everybody is ready', async () => {
    const response = await fetch(`${platform.access.adminUrl}/readyz`);
    await response.body?.cancel();
    return response.status === 200;
  });
}
