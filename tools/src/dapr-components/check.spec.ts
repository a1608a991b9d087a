import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { daprComponents } from '../repository.ts';
import { daprComponentProblems } from './check.ts';
import { platformOf } from './platform.ts';

const files = daprComponents();
const platform = platformOf();

/** The problems after one edit of one file. */
function problemsAfter(path: string, edit: (text: string) => string): string[] {
  const text = files.find((file) => file.path === path)?.text ?? '';
  assert(edit(text) !== text, `the edit of ${path} changes nothing`);
  const edited = files.map((file) => (file.path === path ? { path, text: edit(text) } : file));
  return daprComponentProblems(edited, platform);
}

type Breach = readonly [path: string, from: string | RegExp, to: string, expected: RegExp];

function refuses(breaches: Readonly<Record<string, Breach>>): void {
  for (const [name, [path, from, to, expected]] of Object.entries(breaches)) {
    it(`refuses ${name}`, () => {
      const problems = problemsAfter(path, (text) => text.replace(from, to));
      assert.match(problems.join('\n'), expected);
    });
  }
}

it('finds nothing wrong with what is there', () => {
  assert.deepEqual(daprComponentProblems(files, platform), []);
});

describe('resources', () => {
  refuses({
    'what is no YAML': ['state/carts.yaml', 'spec:', 'spec: [', /state\/carts.yaml/],
    'a misspelt field': ['resiliency/order.yaml', 'maxRetries', 'maximumRetries', /maximumRetries/],
    'a Resiliency that is not alone': [
      'resiliency/payment.yaml',
      /$/,
      '---\napiVersion: dapr.io/v1alpha1\nkind: Component\n',
      /payment.yaml: daprd reads a Resiliency only when it is alone/,
    ],
    'a name that is there twice': [
      'resiliency/payment.yaml',
      'name: payment',
      'name: order',
      /order is there twice/,
    ],
  });
});

it('refuses a platform without a broker', () => {
  const others = files.filter(({ path }) => !/^(kafka|redis)/.test(path));
  assert.match(daprComponentProblems(others, platform).join(), /there is no broker/);
});

describe('components', () => {
  refuses({
    'one without scopes': ['state/carts.yaml', /scopes:[^]*$/, '', /carts is scoped to no app/],
    'a scope that is no app': ['state/carts.yaml', '- order\n', '- orders\n', /orders, which is no app/],
    'an app that is named twice': ['state/carts.yaml', 'order-canary', 'order', /names an app twice/],
    'a password in plain text': [
      'redis/pubsub.yaml',
      'secretKeyRef: { name: redis, key: password }',
      'value: hunter2',
      /holds its redisPassword in plain text/,
    ],
    'credentials in a URL': [
      'redis/pubsub.yaml',
      'envRef: REDIS_HOST',
      'value: redis://shop:hunter2@db:6379',
      /holds its redisHost in plain text/,
    ],
    'a password from the environment': [
      'state/carts.yaml',
      'secretKeyRef: { name: redis, key: password }',
      'envRef: REDIS_PASSWORD',
      /takes its redisPassword from no secret store/,
    ],
    'secrets of no store': ['state/carts.yaml', /auth:\n.*\n/, '', /does not say which store/],
    'secrets of a store there is not': [
      'state/carts.yaml',
      'secretStore: secrets',
      'secretStore: vault',
      /from vault, which is no secret store/,
    ],
  });
});

const payment = 'kafka/subscriptions/payment.yaml';
const commands = 'topic: payment.commands';

describe('subscriptions', () => {
  refuses({
    'a topic that nobody reads': [
      payment,
      commands,
      'topic: payment.events',
      /subscribes to payment.commands/,
    ],
    'a topic of no contract': [
      payment,
      commands,
      'topic: payment.orders',
      /payment.orders, which no contract has/,
    ],
    'no dead letters': [payment, /  deadLetterTopic.*\n/, '', /has no dead letters/],
    'dead letters of another': [
      payment,
      'deadLetterTopic: payment',
      'deadLetterTopic: order',
      /dead letters in order.dead-letters and not in payment.dead-letters/,
    ],
    'dead letters of dead letters': [
      payment,
      '  topic: payment.dead-letters\n',
      '  topic: payment.dead-letters\n  deadLetterTopic: payment.dead-letters\n',
      /is the last stop/,
    ],
    'dead letters that nobody reads': [
      payment,
      /---[^]*$/,
      '',
      /payment reads its dead letters 0 times, not once/,
    ],
    'a route of its own': [payment, '/messages/payment.commands', '/commands', /delivered to \/commands/],
    'another pub/sub': [payment, 'pubsubname: pubsub', 'pubsubname: bus', /reads bus, which is no pub\/sub/],
    'one without scopes': [payment, /scopes:\n {2}- payment\n---/, '---', /scoped to no app/],
    'two readers': [payment, '  - payment\n---', '  - payment\n  - order\n---', /has several readers/],
    'a canary': [payment, '  - payment\n---', '  - payment-canary\n---', /is for a canary/],
    'one in bulk': [
      payment,
      '  deadLetterTopic: payment.dead-letters\n',
      '  deadLetterTopic: payment.dead-letters\n  bulkSubscribe: { enabled: true }\n',
      /bulkSubscribe/,
    ],
    'dead letters that are no CloudEvents': [
      payment,
      /  metadata:\n.*\n {4}rawPayload.*\n/,
      '',
      /cannot be delivered what is no CloudEvent/,
    ],
    'a handler that sees no CloudEvent': [
      payment,
      commands,
      `${commands}\n  metadata: { rawPayload: 'true' }`,
      /hides the CloudEvent/,
    ],
    'an inbound retry shorter than a restart': [
      'resiliency/payment.yaml',
      'maxRetries: 20',
      'maxRetries: 4',
      /a restart of the service would make dead letters/,
    ],
    'an inbound retry longer than a stop': [
      'resiliency/payment.yaml',
      'duration: 1s',
      'duration: 1m30s',
      /tried longer than a stopping subscription waits/,
    ],
    'an inbound retry that Redis Streams takes for success': [
      'redis/pubsub.yaml',
      'value: 10s',
      'value: 20s',
      /acknowledges what nobody handled/,
    ],
    'exponential retries that might be too short': [
      'resiliency/payment.yaml',
      /constant\n.*\n {8}maxRetries: 20/,
      'exponential\n        maxInterval: 2s\n        maxRetries: 5',
      /would make dead letters/,
    ],
    'no inbound retry': [
      'resiliency/payment.yaml',
      'inbound: { retry: delivery }',
      'outbound: { retry: delivery }',
      /payment has no inbound retry/,
    ],
  });
});

const kafka = 'kafka/pubsub.yaml';

describe('topics of the broker', () => {
  refuses({
    'a topic that is not protected': [
      kafka,
      'inventory.stock, payment.commands',
      'payment.commands',
      /protected/,
    ],
    'an unknown topic': [
      kafka,
      'payment-canary=payment.events',
      'payment-canary=refunds',
      /refunds, which is no/,
    ],
    'an app without the component': [kafka, '  - payment-canary\n', '', /payment-canary has topics, but not/],
    'a reader that may not read': [
      kafka,
      'payment=payment.commands, ',
      'payment=',
      /subscriptionScopes of payment/,
    ],
    'dead letters that cannot be published': [
      kafka,
      'payment=payment.events, payment.dead-letters',
      'payment=payment.events',
      /payment may not publish its dead letters/,
    ],
    'a topic that nobody may publish': [
      kafka,
      /inventory\.stock(?=[,;])/g,
      'inventory.events',
      /publish inventory.stock/,
    ],
  });
});

const order = 'resiliency/order.yaml';

describe('policies', () => {
  refuses({
    'retries without end': [order, /.*maxRetries: 20\n/, '', /maxRetries/],
    'endless retries that are written down': [order, 'maxRetries: 20', 'maxRetries: -1', /maxRetries/],
    'a duration that Go does not know': [order, '200ms', '200 ms', /a duration such as/],
    'a policy that is not there': [
      order,
      'inbound: { retry: delivery }',
      'inbound: { retry: patience }',
      /no retry patience/,
    ],
    'a policy that nothing uses': [
      order,
      'circuitBreaker: call',
      'circuitBreaker: shut',
      /nothing uses the circuit breaker call/,
    ],
    'an app that is none': [order, 'catalog:', 'catalogue:', /catalogue is no app/],
    'a call without a breaker': [
      order,
      ', circuitBreaker: call',
      '',
      /order calls catalog without a circuit breaker/,
    ],
    'a call with hidden retries': [order, 'retry: read, ', '', /how often a call to catalog is tried/],
    'a time limit that ends streams': [
      order,
      'catalog: {',
      'catalog: { timeout: call,',
      /would end event streams/,
    ],
    'a component that is not there': [order, '      pubsub:', '      queue:', /there is no component queue/],
    'a component of others': [order, '      pubsub:', '      email:', /order has no component email/],
    'a breaker on both sides': [
      order,
      'inbound: { retry: delivery }',
      'inbound: { retry: delivery, circuitBreaker: call }\n        outbound: { circuitBreaker: call }',
      /a breaker on both sides/,
    ],
    'two for one app': [order, '- order-canary', '- payment', /payment has another Resiliency already/],
    'one without scopes': [order, /scopes:[^]*$/, '', /order is scoped to no app/],
  });
});

const catalog = 'configuration/catalog.yaml';
const search = '{ name: /methods/search-products, httpVerb: [POST], action: allow }';

describe('access', () => {
  refuses({
    'a service without a Configuration': [
      catalog,
      'name: catalog\n',
      'name: cat\n',
      /catalog has no Configuration/,
    ],
    'a Configuration of no service': [catalog, 'name: catalog\n', 'name: cat\n', /cat is no service/],
    'what is allowed to everybody': [
      catalog,
      'defaultAction: deny',
      'defaultAction: allow',
      /not named may call/,
    ],
    'what is allowed to one caller': [
      catalog,
      /(gateway[^]*?defaultAction:) deny/,
      '$1 allow',
      /gateway may call what is not named/,
    ],
    'a method that nobody may call': [
      catalog,
      `          - ${search}\n`,
      '',
      /nobody may call search-products/,
    ],
    'a method that is none': [
      catalog,
      'methods/search-products',
      'methods/search',
      /methods\/search, which is no/,
    ],
    'a path beside the methods': [
      catalog,
      '/methods/search-products',
      '/healthz',
      /healthz, which is no method/,
    ],
    'a method that its caller does not call': [
      catalog,
      'appId: order\n',
      'appId: gateway\n',
      /gateway may call other methods than it does/,
    ],
    'a method that is named twice': [catalog, 'search-products', 'get-product', /gateway has a method twice/],
    'another verb': [catalog, '[POST]', "['*']", /by other verbs than POST/],
    'a rule that refuses': [
      catalog,
      'action: allow',
      'action: deny',
      /is refused \/methods\/search-products/,
    ],
    'a caller that is no app': [catalog, 'appId: order\n', 'appId: orders\n', /orders is no app/],
    'a caller that is named twice': [catalog, 'appId: order\n', 'appId: gateway\n', /gateway is named twice/],
    'a caller without its canary': [
      catalog,
      'appId: order-canary',
      'appId: payment',
      /other methods than its canary/,
    ],
    'another trust domain': [
      catalog,
      '        trustDomain: public',
      '        trustDomain: other',
      /another trust/,
    ],
    'secrets of others': [
      catalog,
      '[catalog, catalog-canary]',
      '[catalog, order]',
      /other secrets of secrets/,
    ],
    'secrets of the namespace': [
      catalog,
      /      - storeName: kubernetes\n.*\n/,
      '',
      /other secrets of kubernetes/,
    ],
    'a metric per path': [
      catalog,
      'increasedCardinality: false',
      'increasedCardinality: true',
      /without bound/,
    ],
    'traces that end': [catalog, /samplingRate: .*/, "samplingRate: '0'", /stops passing traces on/],
  });
});
