/** The programs of a Kubernetes control plane, built once from the pinned modules. */
import { findDaprd, findDaprOperator, findSentry } from './dapr.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { findGoProgram } from './go-program.ts';
import type { GoProgram } from './go-program.ts';
import { pinnedModule } from './pinned.ts';

const KUBERNETES = 'k8s.io/kubernetes';

const etcd: GoProgram = { name: 'etcd', manifest: 'etcd', module: 'go.etcd.io/etcd/server/v3', main: '' };
const kwok: GoProgram = { name: 'kwok', manifest: 'kwok', module: 'sigs.k8s.io/kwok', main: 'cmd/kwok' };
const helm: GoProgram = {
  name: 'helm',
  manifest: 'helm',
  module: 'helm.sh/helm/v3',
  main: 'cmd/helm',
  variables: (version) => {
    const [major = '', minor = ''] = kubernetesVersion().split('.');
    // Without a cluster, it takes this for the cluster's version; else for one of the year 2020.
    const assumed = 'helm.sh/helm/v3/pkg/chartutil.k8sVersion';
    return {
      'helm.sh/helm/v3/internal/version.version': `v${version}`,
      [`${assumed}Major`]: major,
      [`${assumed}Minor`]: minor,
    };
  },
};

function ofKubernetes(name: string): GoProgram {
  return {
    name,
    manifest: 'kubernetes',
    module: KUBERNETES,
    main: `cmd/${name}`,
    // Without these it takes itself for a version that clients refuse to talk to.
    variables: (version) => {
      const [major = '', minor = ''] = version.split('.');
      const variable = 'k8s.io/component-base/version.git';
      return {
        [`${variable}Version`]: `v${version}`,
        [`${variable}Major`]: major,
        [`${variable}Minor`]: minor,
      };
    },
  };
}

const PROGRAMS = {
  etcd,
  apiserver: ofKubernetes('kube-apiserver'),
  controllerManager: ofKubernetes('kube-controller-manager'),
  scheduler: ofKubernetes('kube-scheduler'),
  kubectl: ofKubernetes('kubectl'),
  kwok,
  helm,
};

export type KubernetesProgram = keyof typeof PROGRAMS;

/** The path of one of the programs. Throws `MissingPartError` when it has to be built and there is no Go. */
export function findKubernetes(
  program: KubernetesProgram,
  environment: PartsEnvironment = partsEnvironment(),
): Promise<string> {
  return findGoProgram(PROGRAMS[program], environment);
}

/** Builds all that is not there yet, Dapr's part included. Throws like `findKubernetes`. */
export async function prepareKubernetes(environment: PartsEnvironment = partsEnvironment()): Promise<void> {
  for (const program of Object.values(PROGRAMS)) await findGoProgram(program, environment);
  for (const find of [findDaprd, findSentry, findDaprOperator]) await find(environment);
}

/** Of the API server. */
export function kubernetesVersion(): string {
  return pinnedModule('kubernetes', KUBERNETES).version;
}
