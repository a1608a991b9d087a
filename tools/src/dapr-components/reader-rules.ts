/** Rules of whoever reads messages: dead letters of its own, and a delivery that is tried long enough, but not too long. */
import { leastRetryMs, millisecondsOf } from './durations.ts';
import { deadLetterTopicOf } from './platform.ts';
import type { Installation } from './resources.ts';
import type { Component, Retry } from './schema.ts';

/** App health takes three failed probes, a second apart, to stop the deliveries to a service that is gone. */
const NOTICED_MS = 4_000;
/** What daprd waits for deliveries under way when their subscription stops. */
const STOP_MS = 30_000;

export function readerProblems(installation: Installation, broker: Component): string[] {
  const { subscriptions, resiliencies } = installation;
  const readers = new Map(subscriptions.map(({ scopes, file }) => [scopes[0] ?? '', file]));
  return [...readers].flatMap(([reader, file]) => {
    const own = subscriptions.filter(({ spec }) => spec.topic === deadLetterTopicOf(reader));
    const retries = resiliencies
      .filter(({ scopes }) => scopes.includes(reader))
      .flatMap(({ spec, file: at }) => {
        const name = spec.targets.components[broker.metadata.name]?.inbound?.retry;
        const retry = name === undefined ? undefined : spec.policies.retries[name];
        return retry === undefined ? [] : retryProblems(retry, broker).map((text) => `${at}: ${text}`);
      });
    const tried = resiliencies.some(
      ({ scopes, spec }) =>
        scopes.includes(reader) && spec.targets.components[broker.metadata.name]?.inbound?.retry,
    );
    return [
      ...(own.length === 1
        ? []
        : [`${file}: ${reader} reads its dead letters ${own.length} times, not once`]),
      ...(tried ? [] : [`${file}: ${reader} has no inbound retry, so the first failure is a dead letter`]),
      ...retries,
    ];
  });
}

function retryProblems(retry: Retry, broker: Component): string[] {
  const least = leastRetryMs(retry);
  const setting = broker.spec.metadata.find(({ name }) => name === 'processingTimeout');
  const given = setting !== undefined && 'value' in setting ? millisecondsOf(setting.value) : 60_000;
  const acknowledges = broker.spec.type === 'pubsub.redis' && least <= given;
  return [
    ...(least > NOTICED_MS ? [] : ['a restart of the service would make dead letters']),
    ...(least < STOP_MS ? [] : ['a delivery is tried longer than a stopping subscription waits']),
    ...(acknowledges ? [`within its processingTimeout ${broker.file} acknowledges what nobody handled`] : []),
  ];
}
