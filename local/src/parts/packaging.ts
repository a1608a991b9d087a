/** The programs that look at what is installed into a cluster, built once from the pinned modules. */
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findGoModule, findGoProgram } from './go-program.ts';
import type { GoProgram } from './go-program.ts';

const SKAFFOLD = 'github.com/GoogleContainerTools/skaffold/v2';

const kubeconform: GoProgram = {
  name: 'kubeconform',
  manifest: 'kubeconform',
  module: 'github.com/yannh/kubeconform',
  main: 'cmd/kubeconform',
};
const skaffold: GoProgram = {
  name: 'skaffold',
  manifest: 'skaffold',
  module: SKAFFOLD,
  main: 'cmd/skaffold',
  variables: (version) => ({ [`${SKAFFOLD}/pkg/skaffold/version.version`]: `v${version}` }),
};

/** Holds manifests against schemas. Throws `MissingPartError` when it has to be built and there is no Go. */
export function findKubeconform(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  return findGoProgram(kubeconform, environment);
}

/** Builds and deploys from a checkout. Throws like `findKubeconform`. */
export function findSkaffold(environment: PartsEnvironment = partsEnvironment()): Promise<string> {
  return findGoProgram(skaffold, environment);
}

/** Builds both, so that no spec has to wait for them. Throws like `findKubeconform`. */
export async function preparePackaging(environment: PartsEnvironment = partsEnvironment()): Promise<void> {
  for (const program of [kubeconform, skaffold]) await findGoProgram(program, environment);
}

/** The folder with `swagger.json`, which describes what the pinned Kubernetes serves. Throws like `findKubeconform`. */
export async function findKubernetesSchemas(
  environment: PartsEnvironment = partsEnvironment(),
): Promise<string> {
  return `${await findGoModule('kubernetes', 'k8s.io/kubernetes', environment)}/api/openapi-spec`;
}
