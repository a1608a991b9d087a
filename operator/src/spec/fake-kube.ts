/** A port to a cluster that writes down what it is asked. */
import type { StackStatus } from '../crd/status.ts';
import type { ApplyBody, ApplyOutcome, Kube } from '../kube/port.ts';
import type { Live, LiveObject } from '../reconcile/live.ts';
import type { Key } from '../desired/model.ts';

export interface FakeKube extends Kube {
  readonly calls: readonly string[];
  readonly bodies: readonly ApplyBody[];
  readonly status: StackStatus | undefined;
}

export interface FakeKubeOptions {
  /** What the next applies of an object are answered; applied, when nothing is left. */
  readonly answers?: ReadonlyMap<string, readonly ApplyOutcome[]>;
  readonly fails?: (call: string) => boolean;
  /** Called with the number of calls so far. */
  readonly after?: (count: number) => unknown;
  readonly live?: Live;
}

export function fakeKube({ answers = new Map(), fails, after, live }: FakeKubeOptions = {}): FakeKube {
  const calls: string[] = [];
  const bodies: ApplyBody[] = [];
  const left = new Map([...answers].map(([key, list]) => [key, [...list]]));
  let status: StackStatus | undefined;

  const note = async (call: string): Promise<void> => {
    calls.push(call);
    after?.(calls.length);
    if (fails?.(call) === true) throw new Error(`${call}: refused`);
  };

  return {
    calls,
    bodies,
    get status() {
      return status;
    },
    apply: async (body, { manager, force, dryRun }) => {
      const key: Key = `${body.kind}/${body.metadata.name}`;
      const as = manager === 'ecommercestack' ? '' : ` as ${manager}`;
      bodies.push(body);
      await note(`apply ${key}${force ? ' force' : ''}${dryRun ? ' dry' : ''}${as}`);
      return left.get(key)?.shift() ?? { kind: 'applied', object: merged(live?.get(key), body) };
    },
    delete: (_, { kind, name }) => note(`delete ${kind}/${name}`),
    disown: (_, { kind, name }) => note(`disown ${kind}/${name}`),
    annotatePod: (_, name) => note(`annotate ${name}`),
    addFinalizer: () => note('finalizer'),
    removeFinalizer: () => note('no finalizer'),
    writeStatus: async (_, next) => {
      status = next;
      await note('status');
    },
    record: (_, { reason }) => note(`event ${reason}`),
  };
}

/** As an API server answers: with what others hold beside what was applied. */
function merged(before: LiveObject | undefined, body: ApplyBody): LiveObject {
  return { ...before, ...body, metadata: { ...before?.metadata, ...body.metadata } };
}
