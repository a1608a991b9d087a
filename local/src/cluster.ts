/** A Kubernetes control plane beside which the operator runs, on this machine: found or built once, started, stopped. */
export { kubernetesApi } from './parts/control-plane/api.ts';
export type {
  Answer,
  ApplyParameters,
  KubernetesApi,
  Manifest,
  WatchEvent,
} from './parts/control-plane/api.ts';
export {
  definitionSources,
  installDefinitions,
  parseManifests,
  readDefinitions,
} from './parts/control-plane/definitions.ts';
export type { DefinitionSource } from './parts/control-plane/definitions.ts';
export { startControlPlane } from './parts/control-plane/start.ts';
export type { ControlPlane, ControlPlaneOptions } from './parts/control-plane/start.ts';
export { findKubernetes, kubernetesVersion, prepareKubernetes } from './parts/kubernetes.ts';
export { findKubeconform, findKubernetesSchemas, findSkaffold, preparePackaging } from './parts/packaging.ts';
export { findPromtool } from './parts/promtool.ts';
