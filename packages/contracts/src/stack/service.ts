/** One service of the stack: what differs from the defaults. */
import { z } from 'zod';
import { circuitBreakerSettings, serviceNames } from '../settings.ts';
import { blueGreen, canary } from './canary.ts';
import { env, envFrom, pod, resources } from './pod.ts';
import { callBreaker, callRetry, timeout } from './policies.ts';
import { celGiven, given, ruled } from './rule.ts';
import { autoscale, keda, pdb, replicas } from './scaling.ts';
import { image, label, setOf, version } from './values.ts';

const OURS = `[${serviceNames.map((name) => `'${name}'`).join(', ')}]`;
const isOurs = (name: string): boolean => (serviceNames as readonly string[]).includes(name);

const serviceLabel = label(30);

const fields = z.strictObject({
  name: serviceLabel.meta({ description: 'A service of the platform, or one of your own with an `image`.' }),
  version: version.optional().meta({ description: 'Tag of its image; `spec.version` otherwise.' }),
  image: image.optional().meta({ description: 'Another image altogether.' }),
  replicas: replicas.optional().meta({ description: 'Processes that share its work.' }),
  autoscale: autoscale.optional(),
  keda: keda.optional(),
  resources: resources.optional(),
  env: env.optional(),
  envFrom: envFrom.optional(),
  pod: pod.optional(),
  circuitBreaker: callBreaker.optional(),
  timeout: timeout.optional().meta({ description: 'After this, its callers give up.' }),
  retry: callRetry.optional(),
  provider: z
    .strictObject({
      circuitBreaker: circuitBreakerSettings.meta({
        description: 'Towards the payment provider; a decline is not a failure.',
      }),
    })
    .optional()
    .meta({ description: 'Of payment alone.' }),
  canary: canary.optional(),
  blueGreen: blueGreen.optional(),
  dependsOn: setOf(serviceLabel, 10)
    .optional()
    .meta({ description: 'Services that must be ready before a version of this one starts.' }),
  pdb: pdb.optional(),
});
type Fields = z.output<typeof fields>;

const whole = (value: number): boolean => Number.isInteger(value);

export const stackService = ruled<typeof fields>(fields, [
  {
    cel: `self.name in ${OURS} || has(self.image)`,
    message: `is none of ${serviceNames.join(', ')}: correct the name, or set image to add a service of your own`,
    at: 'name',
    holds: (service: Fields) => isOurs(service.name) || service.image !== undefined,
  },
  {
    cel: `!self.name.endsWith('-canary') && !self.name.endsWith('-dapr') && self.name != 'dapr'`,
    message: 'such a name is taken by what is made for canaries and sidecars: choose another',
    at: 'name',
    holds: ({ name }) => !/(-canary|(^|-)dapr)$/.test(name),
  },
  {
    cel: `${celGiven('version', 'image')} <= 1`,
    message: 'set either version or image; the image names its version already',
    at: 'version',
    holds: (service) => given(service.version, service.image) <= 1,
  },
  {
    cel: `${celGiven('replicas', 'autoscale', 'keda')} <= 1`,
    message: 'set one of replicas, autoscale and keda: two would fight over the number of pods',
    holds: (service) => given(service.replicas, service.autoscale, service.keda) <= 1,
  },
  {
    cel: `${celGiven('canary', 'blueGreen')} <= 1`,
    message: 'set either canary or blueGreen: a service has one second version at most',
    at: 'blueGreen',
    holds: (service) => given(service.canary, service.blueGreen) <= 1,
  },
  {
    cel: `!has(self.provider) || self.name == 'payment'`,
    message: 'only payment has a provider: move the block there',
    at: 'provider',
    holds: ({ provider, name }) => provider === undefined || name === 'payment',
  },
  {
    cel: `!(has(self.canary) || has(self.blueGreen)) || self.name in ${OURS}`,
    message: 'nobody splits the calls of a service of your own: remove canary and blueGreen',
    holds: (service) => isOurs(service.name) || given(service.canary, service.blueGreen) === 0,
  },
  {
    cel: `!has(self.dependsOn) || !(self.name in self.dependsOn)`,
    message: 'a service cannot wait for itself: remove it from its dependsOn',
    at: 'dependsOn',
    holds: ({ dependsOn = [], name }) => !dependsOn.includes(name),
  },
  {
    cel: `self.name != 'gateway' || !has(self.canary) || double(int(self.canary.weight)) == double(self.canary.weight)`,
    message: 'routes in front of the gateway know whole per cents only: round the weight of its canary',
    at: 'canary',
    holds: (service) => service.name !== 'gateway' || whole(service.canary?.weight ?? 0),
  },
  {
    cel: `!has(self.canary) || !has(self.canary.headers) || self.name == 'gateway'`,
    message: 'headers choose a version in front of the gateway only: remove them',
    at: 'canary',
    holds: (service) => service.name === 'gateway' || service.canary?.headers === undefined,
  },
  {
    cel: `self.name != 'gateway' || (!has(self.circuitBreaker) && !has(self.retry))`,
    message: 'no service calls the gateway: remove its circuitBreaker and retry',
    holds: (service) => service.name !== 'gateway' || given(service.circuitBreaker, service.retry) === 0,
  },
]);
export type StackService = z.infer<typeof stackService>;
