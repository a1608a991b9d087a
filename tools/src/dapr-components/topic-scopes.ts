/** The lists of topics that Dapr keeps as one string each: `app=topic, topic; app=topic`. */
import type { Component } from './schema.ts';

export interface TopicScopes {
  readonly publishing: ReadonlyMap<string, readonly string[]>;
  readonly subscribing: ReadonlyMap<string, readonly string[]>;
  readonly protectedTopics: readonly string[];
}

export function topicScopesOf({ spec }: Component): TopicScopes {
  const textOf = (name: string): string => {
    const entry = spec.metadata.find((each) => each.name === name);
    return entry !== undefined && 'value' in entry ? entry.value.replaceAll(/\s/g, '') : '';
  };
  const byApp = (name: string) =>
    new Map(
      split(textOf(name), ';').map((part) => {
        const [appId = '', topics = ''] = part.split('=');
        return [appId, split(topics, ',')] as const;
      }),
    );
  return {
    publishing: byApp('publishingScopes'),
    subscribing: byApp('subscriptionScopes'),
    protectedTopics: split(textOf('protectedTopics'), ','),
  };
}

export function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}

function split(text: string, separator: string): string[] {
  return text.split(separator).filter((part) => part !== '');
}
