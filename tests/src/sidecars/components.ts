/** Components for specs, as YAML. */

/**
 * `concurrency` 1 keeps the order of a stream; more is what services use. What fails within the processing time is
 * acknowledged all the same, so the retries of the sidecar must last longer.
 */
export const redisPubSub = (address: string, concurrency = 128, processingTimeout = '8s'): string =>
  component('pubsub', 'pubsub.redis', {
    redisHost: address,
    concurrency: String(concurrency),
    queueDepth: '128',
    processingTimeout,
    redeliverInterval: '1000',
  });

export const kafkaPubSub = (brokers: string): string =>
  component('pubsub', 'pubsub.kafka', {
    brokers,
    authType: 'none',
    disableTls: 'true',
    initialOffset: 'oldest',
    version: '2.1.0',
  });

export function component(name: string, type: string, metadata: Readonly<Record<string, string>>): string {
  const entries = Object.entries(metadata).map(
    ([key, value]) => `    - { name: ${key}, value: ${JSON.stringify(value)} }`,
  );
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${name} }
spec:
  type: ${type}
  version: v1
  metadata:${entries.length === 0 ? ' []' : `\n${entries.join('\n')}`}
`;
}

/** One for each topic and one for the dead letters of the app. */
export function subscriptions(appId: string, topics: readonly string[]): string {
  const deadLetters = `${appId}.dead-letters`;
  const reading = topics.map((topic, index) =>
    subscription(
      `topic-${index}`,
      `  topic: ${topic}
  routes: { default: /messages/${topic} }
  deadLetterTopic: ${deadLetters}`,
    ),
  );
  const setAside = subscription(
    'dead-letters',
    `  topic: ${deadLetters}
  routes: { default: /dead-letters }
  metadata: { rawPayload: "true" }`,
  );
  return [...reading, setAside].join('---\n');
}

function subscription(name: string, spec: string): string {
  return `apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata: { name: ${name} }
spec:
  pubsubname: pubsub
${spec}
`;
}

/** What the sidecar does with a message that it cannot hand over. */
export const inboundRetry = (maxRetries: number, duration = '200ms'): string => `apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: { name: inbound }
spec:
  policies:
    retries:
      delivery: { policy: constant, duration: ${duration}, maxRetries: ${maxRetries} }
  targets:
    components:
      pubsub: { inbound: { retry: delivery } }
`;
