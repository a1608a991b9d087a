/** What the cluster offers: looked up now and then, as extensions come and go without a word to us. */
import { createRepeated } from '@ecommercestack/kit';
import { z } from 'zod';
import { API_VERSIONS, OPTIONAL_KINDS, type Extension, type Kind } from '../desired/model.ts';
import { accepted, isOk, type Answer } from '../kube/answers.ts';
import type { Connection } from '../kube/connection.ts';
import { servedKinds, type ServedKinds } from '../kube/discovery.ts';
import { collectionPath } from '../kube/resources.ts';
import type { Cluster } from '../reconcile/world.ts';

export interface FactsOptions {
  readonly connection: Connection;
  /** As the configuration says; else it is read off Dapr's operator. */
  readonly daprVersion: string | undefined;
  readonly daprNamespace: string;
  readonly intervalMs: number;
  /** Makes ready for them; only then are they told. */
  readonly onChange: (cluster: Cluster) => Promise<void>;
  /** They are in force. */
  readonly onTold: () => void;
  readonly onError: (error: unknown) => void;
}

export interface Facts {
  /** Resolves when they are known for the first time. */
  start(): Promise<void>;
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

const NOTHING: Cluster = { extensions: new Set(), daprVersion: undefined };

export function createFacts(options: FactsOptions): Facts {
  const { connection, intervalMs, onChange, onTold, onError } = options;
  const first = Promise.withResolvers<void>();
  let cluster = NOTHING;
  let told: string | undefined;

  const look = async (stopping: AbortSignal): Promise<void> => {
    const extensions = extensionsOf(await servedKinds(connection));
    const daprVersion = options.daprVersion ?? (await daprVersionIn(connection, options.daprNamespace));
    const found: Cluster = { extensions, daprVersion };
    const text = JSON.stringify([[...extensions], daprVersion]);
    if (text === told) return;
    const stopped = Promise.withResolvers<void>();
    stopping.addEventListener('abort', () => stopped.resolve(), { once: true });
    await Promise.race([onChange(found), stopped.promise]);
    if (stopping.aborted) return;
    cluster = found;
    told = text;
    onTold();
    first.resolve();
  };
  const repeated = createRepeated({ work: look, pauseMs: intervalMs, onError });

  return {
    get cluster() {
      return cluster;
    },
    start: () => {
      repeated.start();
      return first.promise;
    },
    stop: () => repeated.stop(),
  };
}

/** An extension is there when all of its kinds are. */
function extensionsOf(served: ServedKinds): ReadonlySet<Extension> {
  const isServed = (kind: Kind) => served.get(API_VERSIONS[kind])?.has(kind) === true;
  const all = Object.entries(OPTIONAL_KINDS) as [Extension, readonly Kind[]][];
  return new Set(all.filter(([, kinds]) => kinds.every(isServed)).map(([extension]) => extension));
}

const deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
      spec: z.object({
        template: z.object({
          spec: z.object({ containers: z.array(z.object({ image: z.string().optional() })) }),
        }),
      }),
    }),
  ),
});

/** Of Dapr's operator, which the sidecars' injector is a sister of. Undefined where it is not, or may not be read. */
async function daprVersionIn(connection: Connection, namespace: string): Promise<string | undefined> {
  const answer = await connection.request('GET', collectionPath('apps/v1', 'Deployment', namespace), {
    query: { labelSelector: 'app=dapr-operator' },
  });
  // Anything else is no news of Dapr: to forget its version would restart every pod that reloads without.
  return isOk(accepted('the version of Dapr', answer, 403, 404)) ? versionOf(answer) : undefined;
}

function versionOf({ body }: Answer): string | undefined {
  const [found] = deployments.parse(body).items;
  const image = found?.spec.template.spec.containers[0]?.image;
  return found?.metadata.labels?.['app.kubernetes.io/version'] ?? /:v?(\d+\.\d+\.\d+)/.exec(image ?? '')?.[1];
}
