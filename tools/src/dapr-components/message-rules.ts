/** Rules of messages: every topic is read, every reader has its dead letters, and the broker knows who may do what. */
import { scopeProblems } from './component-rules.ts';
import { canaryOf, deadLetterTopicOf } from './platform.ts';
import type { Platform } from './platform.ts';
import { readerProblems } from './reader-rules.ts';
import { isBroker } from './resources.ts';
import type { Installation } from './resources.ts';
import { sameMembers, topicScopesOf } from './topic-scopes.ts';
import type { Component, Subscription } from './schema.ts';

export function messageProblems(installation: Installation, platform: Platform): string[] {
  const { components, subscriptions } = installation;
  const brokers = components.filter(isBroker);
  const [broker] = brokers;
  if (broker === undefined || brokers.length > 1) return [`${brokers.length} pub/sub components, not one`];
  const unread = platform.topics.filter((topic) => !subscriptions.some(({ spec }) => spec.topic === topic));
  return [
    ...unread.map((topic) => `${broker.file}: nobody subscribes to ${topic}`),
    ...subscriptions.flatMap((subscription) => [
      ...scopeProblems(subscription, platform),
      ...subscriptionProblems(subscription, broker, platform),
    ]),
    ...readerProblems(installation, broker),
    ...topicScopeProblems(broker, subscriptions, platform),
  ];
}

function subscriptionProblems(subscription: Subscription, broker: Component, platform: Platform): string[] {
  const { file, metadata, spec, scopes } = subscription;
  const { topic, routes, deadLetterTopic } = spec;
  const say = (text: string) => `${file}: ${metadata.name} ${text}`;
  const [reader] = scopes;
  if (reader === undefined) return [];
  const ownDeadLetters = deadLetterTopicOf(reader);
  const isLastStop = topic === ownDeadLetters;
  const route = isLastStop ? '/dead-letters' : `/messages/${topic}`;
  const problems: (string | false)[] = [
    scopes.length > 1 && say('has several readers, and one dead-letter topic'),
    reader === canaryOf(reader.replace(/-canary$/, '')) && say('is for a canary, which takes no messages'),
    spec.pubsubname !== broker.metadata.name && say(`reads ${spec.pubsubname}, which is no pub/sub`),
    !isLastStop && !platform.topics.includes(topic) && say(`reads ${topic}, which no contract has`),
    routes.default !== route && say(`is delivered to ${routes.default} and not to ${route}`),
    !isLastStop && deadLetterTopic === undefined && say('has no dead letters'),
    isLastStop && spec.metadata === undefined && say('cannot be delivered what is no CloudEvent'),
    !isLastStop && spec.metadata !== undefined && say('hides the CloudEvent from its handler'),
    isLastStop && deadLetterTopic !== undefined && say('is the last stop, and has dead letters of its own'),
    deadLetterTopic !== undefined &&
      deadLetterTopic !== ownDeadLetters &&
      say(`leaves its dead letters in ${deadLetterTopic} and not in ${ownDeadLetters}`),
  ];
  return problems.filter((problem) => problem !== false);
}

function topicScopeProblems(
  broker: Component,
  subscriptions: readonly Subscription[],
  platform: Platform,
): string[] {
  const { publishing, subscribing, protectedTopics } = topicScopesOf(broker);
  const readers = [...new Set(subscriptions.flatMap(({ scopes }) => scopes))];
  const topics = [...platform.topics, ...readers.map(deadLetterTopicOf)];
  const read = (reader: string) =>
    subscriptions.filter(({ scopes }) => scopes.includes(reader)).map(({ spec }) => spec.topic);
  const named = [...publishing, ...subscribing];
  const published = new Set([...publishing.values()].flat());
  const say = (text: string) => `${broker.file}: ${text}`;
  return [
    ...(sameMembers(protectedTopics, topics)
      ? []
      : [say('protectedTopics are not exactly the topics there are')]),
    ...named.flatMap(([appId, scoped]) => [
      ...(broker.scopes.includes(appId) ? [] : [say(`${appId} has topics, but not the component`)]),
      ...scoped
        .filter((topic) => !topics.includes(topic))
        .map((topic) => say(`${appId} has ${topic}, which is no topic`)),
    ]),
    ...[...new Set([...readers, ...subscribing.keys()])]
      .filter((reader) => !sameMembers(subscribing.get(reader) ?? [], read(reader)))
      .map((reader) => say(`subscriptionScopes of ${reader} are not what it subscribes to`)),
    ...readers
      .filter((reader) => publishing.get(reader)?.includes(deadLetterTopicOf(reader)) !== true)
      .map((reader) => say(`${reader} may not publish its dead letters`)),
    ...platform.topics
      .filter((topic) => !published.has(topic))
      .map((topic) => say(`nobody may publish ${topic}`)),
  ];
}
