/** All that is watched, and whose turn it is when something of it changes. */
import { KIND } from '../crd/definition.ts';
import { API_VERSIONS, OPTIONAL_KINDS, type Extension, type Kind } from '../desired/model.ts';
import { LABELS, MANAGER } from '../desired/names.ts';
import type { Entry } from '../kube/cache.ts';
import { createInformer, type Informer, type InformerScope } from '../kube/informer.ts';
import { createPacker } from '../kube/packer.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { childEntry, componentEntry, podEntry, stackEntry, versionEntry } from '../kube/slim.ts';
import type { RawObject } from '../kube/watch.ts';
import type { Pubsub } from '../desired/dapr.ts';
import type { LiveObject } from '../reconcile/live.ts';
import type { LivePod, StackObject } from '../reconcile/world.ts';

export interface View {
  readonly stacks: Informer<StackObject>;
  readonly pods: Informer<LivePod>;
  /** Versions of ConfigMaps, whoever made them. */
  readonly configMaps: Informer<number>;
  /** Whoever made them. */
  readonly components: Informer<Pubsub>;
  /** Children of a stack, by its `namespace/name`. */
  childrenOf(key: string): readonly LiveObject[];
  /** Watches the kinds of these extensions, and no others of optional ones; resolves when all of them were listed. */
  follow(extensions: ReadonlySet<Extension>): Promise<void>;
  /** What an answer to a write of ours says. */
  readonly stored: (kind: string, object: RawObject) => void;
  /** It is the turn of all of them. */
  everyStack(): void;
  /** Kinds without a complete list so far. */
  missing(): readonly string[];
  synced(): Promise<unknown>;
  start(): void;
  stop(): Promise<void>;
}

export interface ViewOptions extends InformerScope {
  /** `namespace/name` of a stack. */
  readonly onStack: (key: string) => void;
}

export function createView(options: ViewOptions): View {
  const stacks = createInformer<StackObject>(options, {
    kind: KIND,
    toEntry: stackEntry,
    onChange: (before, after) => turns.stack(before, after),
    onListed: () => turns.every(),
  });
  const turns = createTurns(stacks, options.onStack);
  const others = createOthers(options, turns);
  const { children, components, configMaps, pods } = others;
  const informers = new Map([...children].map(([kind, { informer }]) => [kind, informer]));
  const always: readonly Informer<unknown>[] = [
    stacks,
    pods,
    configMaps,
    ...KINDS.filter((kind) => !OPTIONAL.has(kind)).flatMap((kind) => informers.get(kind) ?? []),
  ];
  const followed = new Map<Extension, readonly Informer<unknown>[]>();
  const informersOf = (extension: Extension) => [
    ...OPTIONAL_KINDS[extension].flatMap((kind) => informers.get(kind) ?? []),
    ...(extension === 'dapr' ? [components] : []),
  ];
  const running = () => [...always, ...[...followed.values()].flat()];

  return {
    stacks,
    pods,
    configMaps,
    components,
    childrenOf: (key) =>
      [...children.values()].flatMap(
        ({ informer, packer }) => informer.in(namespaceIn(key))?.inGroup(key).map(packer.unpack) ?? [],
      ),
    follow: async (extensions) => {
      for (const extension of [...followed.keys()].filter((one) => !extensions.has(one))) {
        const informers = followed.get(extension) ?? [];
        followed.delete(extension);
        await Promise.all(informers.map((informer) => informer.stop()));
      }
      for (const extension of [...extensions].filter((one) => !followed.has(one))) {
        followed.set(extension, informersOf(extension));
        for (const informer of informersOf(extension)) informer.start();
      }
      await Promise.all([...followed.values()].flat().map((informer) => informer.synced()));
    },
    stored: (kind, object) => {
      if (kind === KIND) stacks.stored(object);
      else if (kind === 'Pod') pods.stored(object);
      else informers.get(kind as Kind)?.stored(object);
    },
    missing: () => running().flatMap((informer) => (informer.hasSynced() ? [] : [informer.kind])),
    synced: () => Promise.all(running().map((informer) => informer.synced())),
    everyStack: turns.every,
    start: () => {
      for (const informer of always) informer.start();
    },
    stop: async () => {
      await Promise.all(running().map((informer) => informer.stop()));
    },
  };
}

type Changed<T> = [before: Entry<T> | undefined, after: Entry<T> | undefined];
type Turns = ReturnType<typeof createTurns>;

/** Whose turn it is when something changes. */
function createTurns(stacks: Informer<StackObject>, onStack: (key: string) => void) {
  const inNamespace = (namespace: string): void => {
    for (const { metadata } of stacks.in(namespace)?.inGroup(namespace) ?? []) onStack(keyOf(metadata));
  };
  return {
    every: (): void => {
      for (const cache of stacks.all()) for (const { metadata } of cache.values()) onStack(keyOf(metadata));
    },
    stack: (...[before, after]: Changed<StackObject>): void => {
      const id = (after ?? before)?.id ?? '';
      onStack(id);
      // Stacks of one namespace are in each other's way: who comes first changes when one comes or goes.
      if (before === undefined || after === undefined) inNamespace(namespaceIn(id));
    },
    /** A child that lost its label is still missed by the stack that it was of. */
    child: <T>(...[before, after]: Changed<T>): void => {
      for (const group of new Set([before?.group, after?.group]))
        if (group !== undefined && stacks.in(namespaceIn(group))?.get(group) !== undefined) onStack(group);
    },
    /** Who refers to it is not known here; a namespace has one stack, and looking at it again is cheap. */
    neighbour: <T>(...[before, after]: Changed<T>): void =>
      inNamespace(namespaceIn((after ?? before)?.id ?? '')),
  };
}

function createOthers(options: ViewOptions, turns: Turns) {
  const ours = `${LABELS.managedBy}=${MANAGER}`;
  const child = (kind: Kind) => {
    const packer = createPacker<LiveObject>();
    const informer = createInformer<string>(options, {
      kind,
      labels: ours,
      toEntry: (object) => childEntry({ apiVersion: apiVersionOf(kind), kind }, object, packer),
      onChange: turns.child,
    });
    return { informer, packer };
  };
  return {
    children: new Map(KINDS.map((kind) => [kind, child(kind)])),
    pods: createInformer<LivePod>(options, {
      kind: 'Pod',
      labels: ours,
      metadataOnly: true,
      toEntry: podEntry,
      onChange: turns.child,
    }),
    configMaps: createInformer<number>(options, {
      kind: 'ConfigMap',
      metadataOnly: true,
      toEntry: versionEntry,
      onChange: turns.neighbour,
    }),
    components: createInformer<Pubsub>(options, {
      kind: 'Component',
      toEntry: componentEntry,
      onChange: turns.neighbour,
    }),
  };
}

const KINDS = Object.keys(API_VERSIONS) as readonly Kind[];
const OPTIONAL: ReadonlySet<Kind> = new Set(Object.values(OPTIONAL_KINDS).flat());

function keyOf({ namespace, name }: StackObject['metadata']): string {
  return `${namespace}/${name}`;
}

function namespaceIn(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
