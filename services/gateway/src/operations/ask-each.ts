/** Asks several services at once; one that cannot be asked is named, and the others' answers stand. */
import { deadLetterMethods, type MessageReader } from '@ecommercestack/contracts';
import { createClient, UpstreamError } from '@ecommercestack/kit';
import type { CallContext, Client, Invoker, Outcome, Refusal } from '@ecommercestack/kit';

export type DeadLetterClient = Client<typeof deadLetterMethods>;
export type DeadLetterClients = Readonly<Record<MessageReader, DeadLetterClient>>;

/** Always the stable version: a canary has no messages, and so no dead letters of its own. */
export function clientsOf(invoker: Invoker, services: readonly MessageReader[]): DeadLetterClients {
  const clients = services.map((service) => [service, createClient(deadLetterMethods, invoker, service)]);
  return Object.fromEntries(clients) as DeadLetterClients;
}

export interface Asked<T> {
  readonly answers: readonly { readonly service: MessageReader; readonly value: T }[];
  readonly refusals: readonly Refusal[];
  readonly unavailable: MessageReader[];
}

/** Less than the time limit of a request, so that one slow service does not cost the others' answers. */
const PATIENCE_MS = 4_000;

/** Throws an `UpstreamError` when nobody could be asked. */
export async function askEach<T>(
  services: readonly MessageReader[],
  context: CallContext,
  ask: (service: MessageReader, context: CallContext) => Promise<Outcome<T>>,
): Promise<Asked<T>> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const asked = await Promise.all(
    services.map(async (service) => {
      try {
        return { service, outcome: await ask(service, { ...context, signal }) };
      } catch (error) {
        if (error instanceof UpstreamError) return { service, error };
        throw error;
      }
    }),
  );
  const errors = asked.flatMap(({ error }) => error ?? []);
  if (errors[0] !== undefined && errors.length === services.length) throw errors[0];
  return {
    answers: asked.flatMap(({ service, outcome }) =>
      outcome?.ok === true ? [{ service, value: outcome.value }] : [],
    ),
    refusals: asked.flatMap(({ outcome }) => (outcome?.ok === false ? [outcome.problem] : [])),
    unavailable: asked.flatMap(({ service, error }) => (error === undefined ? [] : [service])),
  };
}
