/** The environment of a service's container. */
import type { EnvVar, StackSpec } from '@ecommercestack/contracts';
import { hash } from './hash.ts';
import type { ContainerVar } from './model.ts';
import type { StackIdentity, Track } from './names.ts';
import type { ResolvedService } from './resolve.ts';

export const PORTS = {
  app: 3000,
  public: 8080,
  admin: 9091,
  sidecarHttp: 3500,
  sidecarMetrics: 9090,
  sidecarCalls: 50_002,
} as const;
export const SETTINGS_FOLDER = '/etc/ecommercestack';
export const SETTINGS_KEY = 'settings.json';

const fromSecret = (name: string, secret: string, key: string, optional = false): ContainerVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, ...(optional && { optional }) } },
});

type Data = StackSpec['data'];

/** `share` tells this shop from others that use the same servers. */
const DATA: Readonly<Record<string, (data: Data, share: string) => readonly ContainerVar[]>> = {
  gateway: ({ tokens: { secretName }, cache }, share) => [
    fromSecret('TOKEN_ISSUER', secretName, 'issuer'),
    fromSecret('TOKEN_AUDIENCE', secretName, 'audience', true),
    fromSecret('JWKS_URL', secretName, 'jwksUrl'),
    ...sharedCache(cache, share),
  ],
  order: ({ postgres }) => [
    fromSecret('DATABASE_URL', postgres.secretName, 'order'),
    { name: 'STATE_STORE', value: 'carts' },
  ],
  inventory: ({ postgres }) => [fromSecret('DATABASE_URL', postgres.secretName, 'inventory')],
  payment: ({ postgres, paymentProvider: { secretName } }) => [
    fromSecret('DATABASE_URL', postgres.secretName, 'payment'),
    fromSecret('PROVIDER_URL', secretName, 'url'),
    fromSecret('PROVIDER_API_KEY', secretName, 'apiKey', true),
    fromSecret('WEBHOOK_SECRET', secretName, 'webhookSecret'),
  ],
  catalog: ({ postgres, mongodb, elasticsearch, cache }, share) => [
    fromSecret('DATABASE_URL', postgres.secretName, 'catalog'),
    ...(mongodb === undefined
      ? []
      : [{ name: 'PRODUCT_STORE', value: 'mongodb' }, fromSecret('MONGODB_URL', mongodb.secretName, 'url')]),
    ...(elasticsearch === undefined
      ? []
      : [
          { name: 'SEARCH_INDEX', value: 'elasticsearch' },
          fromSecret('ELASTICSEARCH_URL', elasticsearch.secretName, 'url'),
          { name: 'ELASTICSEARCH_PREFIX', value: share },
        ]),
    ...sharedCache(cache, share),
  ],
  notification: ({ postgres, smtp }) => [
    fromSecret('DATABASE_URL', postgres.secretName, 'notification'),
    ...(smtp === undefined
      ? []
      : [
          { name: 'CHANNEL_EMAIL', value: 'smtp' },
          fromSecret('SMTP_URL', smtp.secretName, 'url'),
          fromSecret('SMTP_FROM', smtp.secretName, 'from', true),
        ]),
  ],
};

function sharedCache(cache: Data['cache'], share: string): readonly ContainerVar[] {
  if (cache === undefined) return [];
  return [
    { name: 'SHARED_CACHE', value: 'redis' },
    fromSecret('REDIS_URL', cache.secretName, 'url'),
    { name: 'CACHE_NAMESPACE', value: share },
  ];
}

interface Input {
  readonly stack: StackIdentity;
  readonly spec: StackSpec;
  readonly service: ResolvedService;
  readonly track: Track;
  /** Of a canary: it handles messages. */
  readonly shared: boolean;
}

/** What the user says wins over what `data` makes; the rest is refused to them by a rule. */
export function environment({ stack, spec, service, track, shared }: Input): ContainerVar[] {
  const isGateway = service.name === 'gateway';
  const variables: readonly ContainerVar[] = [
    { name: 'PORT', value: String(isGateway ? PORTS.public : PORTS.app) },
    // Only the sidecar calls a service; the gateway is called from outside its pod.
    { name: 'HOST', value: isGateway ? '::' : '127.0.0.1' },
    { name: 'ADMIN_PORT', value: String(PORTS.admin) },
    { name: 'ADMIN_HOST', value: '::' },
    { name: 'SETTINGS_FILE', value: `${SETTINGS_FOLDER}/${SETTINGS_KEY}` },
    { name: 'VARIANT', value: track },
    ...(shared ? [{ name: 'CONSUMERS', value: 'Shared' }] : []),
    { name: 'DAPR_HTTP_PORT', value: String(PORTS.sidecarHttp) },
    { name: 'PUBSUB_NAME', value: spec.dapr.pubsub },
    { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ...(DATA[service.name]?.(spec.data, shareOf(stack)) ?? []),
    ...service.env.map(ownVariable),
  ];
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
}

/** Not of the names alone: `a-b` in `c` and `b` in `c-a` are two shops. At most 60 characters. */
function shareOf({ name, namespace }: StackIdentity): string {
  return `${name}-${hash([namespace, name])}`;
}

function ownVariable({ name, value, secretKeyRef, configMapKeyRef }: EnvVar): ContainerVar {
  if (secretKeyRef) return { name, valueFrom: { secretKeyRef } };
  if (configMapKeyRef) return { name, valueFrom: { configMapKeyRef } };
  return { name, value: value ?? '' };
}

/** The ConfigMaps and Secrets that a container reads, as `Kind/name`. */
export function sourcesOf(
  variables: readonly ContainerVar[],
  envFrom: ResolvedService['envFrom'],
): readonly string[] {
  const single = variables.flatMap(({ valueFrom }) => {
    const { secretKeyRef, configMapKeyRef } = (valueFrom ?? {}) as Record<
      string,
      { readonly name: string } | undefined
    >;
    return [
      ...(secretKeyRef ? [`Secret/${secretKeyRef.name}`] : []),
      ...(configMapKeyRef ? [`ConfigMap/${configMapKeyRef.name}`] : []),
    ];
  });
  const whole = envFrom.map(({ secretRef, configMapRef }) =>
    secretRef === undefined ? `ConfigMap/${configMapRef ?? ''}` : `Secret/${secretRef}`,
  );
  return [...new Set([...single, ...whole])].toSorted();
}
