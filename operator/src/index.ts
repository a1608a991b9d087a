/** The operator's decisions, free of any cluster: a world goes in, a plan comes out. */
export { GROUP, KIND, VERSION } from './crd/definition.ts';
export type { StackStatus } from './crd/status.ts';
export { API_VERSIONS, OPTIONAL_KINDS } from './desired/model.ts';
export type * from './kube/port.ts';
export { execute, type Execution } from './reconcile/execute.ts';
export { planFor } from './reconcile/phases.ts';
export type * from './reconcile/world.ts';
