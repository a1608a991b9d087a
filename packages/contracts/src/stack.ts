/** The EcommerceStack resource: one schema for the file that `npm start` reads and for the resource in a cluster. */
import { z } from 'zod';
import { stackSpec } from './stack/spec.ts';

export { versionOf } from './stack/canary.ts';
export { settingsOf } from './stack/settings-of.ts';
export { stackSpec, type StackSpec, type StackSpecInput } from './stack/spec.ts';
export type { StackService } from './stack/service.ts';
export type { BlueGreen, Canary } from './stack/canary.ts';
export type { CallBreaker, CallRetry } from './stack/policies.ts';
export type { EnvVar, Pod, Resources } from './stack/pod.ts';
export type { Autoscale, Keda, Pdb } from './stack/scaling.ts';
export { amountOf, duration } from './stack/values.ts';

const texts = z.record(z.string(), z.string());

/** The file. What needs a cluster is refused where it would change what the file means on one machine. */
export const stack = z.strictObject({
  apiVersion: z.literal('ecommercestack.io/v1alpha1'),
  kind: z.literal('EcommerceStack'),
  metadata: z.strictObject({
    name: z.string().min(1).max(63),
    namespace: z.string().min(1).max(63).optional(),
    labels: texts.optional(),
    annotations: texts.optional(),
  }),
  spec: stackSpec.superRefine(({ services }, context) => {
    const at = services.findIndex(
      ({ name, canary, blueGreen }) => name === 'gateway' && (canary ?? blueGreen),
    );
    if (at < 0) return;
    context.addIssue({
      code: 'custom',
      path: ['services', at, 'canary'],
      message: 'the gateway splits the others; its own canary needs a cluster',
    });
  }),
});
export type Stack = z.infer<typeof stack>;
export type StackInput = z.input<typeof stack>;
