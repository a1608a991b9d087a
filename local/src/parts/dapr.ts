/** Dapr's programs: named by the environment, or built once from the pinned module. */
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findGoProgram } from './go-program.ts';
import type { GoProgram } from './go-program.ts';
import { isExecutable } from './programs.ts';

/** The path of the sidecar. `DAPRD` overrides it. Throws `MissingPartError` when Go is needed and not there. */
export function findDaprd(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  // Without a tag daprd has no component at all; only this one brings the sqlite name resolver.
  return find({ ...program('daprd'), tags: 'allcomponents' }, environment.daprd, environment);
}

/** The path of the certificate authority of the sidecars. `SENTRY` overrides it. Throws like `findDaprd`. */
export function findSentry(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  return find(program('sentry'), environment.sentry, environment);
}

/** The path of Dapr's own operator, which keeps a Service for each app-id in a cluster. Throws like `findDaprd`. */
export function findDaprOperator(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  return findGoProgram({ ...program('operator'), name: 'dapr-operator' }, environment);
}

function program(name: string): GoProgram {
  const module = 'github.com/dapr/dapr';
  const variables = (version: string) => ({ [`${module}/pkg/buildinfo.version`]: version });
  return { name, manifest: 'dapr', module, main: `cmd/${name}`, variables };
}

async function find(
  wanted: GoProgram,
  override: string | undefined,
  environment: PartsEnvironment,
): Promise<string> {
  if (override === undefined) return findGoProgram(wanted, environment);
  if (!isExecutable(override))
    throw new Error(`${wanted.name.toUpperCase()} names ${override}, which is no program`);
  return override;
}
