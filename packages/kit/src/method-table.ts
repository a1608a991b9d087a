/** Turns a contract (schemas by method name) into the method table of an app, and into a typed client. */
import type { z } from 'zod';
import type { CallContext, Invoker, MethodTable, Outcome, Refusal, StreamEvent } from './ports.ts';
import { UpstreamError } from './ports.ts';

export interface MethodContract {
  readonly input: z.ZodType;
  /** Of a unary answer; of the `data` of each event, for a stream. */
  readonly output: z.ZodType;
  readonly stream?: true;
}

export type Contract = Readonly<Record<string, MethodContract>>;

type Answer<M extends MethodContract> = M extends { readonly stream: true }
  ? AsyncIterable<StreamEvent>
  : z.output<M['output']>;

export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (
    input: z.output<C[K]['input']>,
    context: CallContext,
  ) => Promise<Outcome<Answer<C[K]>>>;
};

export type Client<C extends Contract> = {
  readonly [K in keyof C]: (
    input: z.input<C[K]['input']>,
    context: CallContext,
  ) => Promise<Outcome<Answer<C[K]>>>;
};

/** One entry of the `errors` of a refused request; `path` in dots, empty for the whole. */
export interface InputProblem {
  readonly path: string;
  readonly message: string;
}

export function inputProblems(error: z.ZodError): readonly InputProblem[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

/** The refusal of an input that does not fit its schema. */
export function invalidRequest(error: z.ZodError): Refusal {
  const extra = { errors: inputProblems(error) };
  return { code: 'invalid-request', detail: 'The request does not have the expected form.', extra };
}

/**
 * Every method parses its input first. `checkOutputs` also parses what leaves, and throws where it does not
 * fit: for tests, since an answer that breaks its contract is a bug.
 */
export function defineMethods<const C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  options: { readonly checkOutputs?: boolean } = {},
): MethodTable {
  const unary = new Map<string, (input: unknown, context: CallContext) => Promise<Outcome<unknown>>>();
  const stream = new Map<
    string,
    (input: unknown, context: CallContext) => Promise<Outcome<AsyncIterable<StreamEvent>>>
  >();
  for (const [name, method] of Object.entries(contract)) {
    const handler = handlers[name] as (input: unknown, context: CallContext) => Promise<Outcome<unknown>>;
    const parsed = async (input: unknown, context: CallContext): Promise<Outcome<unknown>> => {
      const checked = method.input.safeParse(input);
      if (!checked.success) return { ok: false, problem: invalidRequest(checked.error) };
      return handler(checked.data, context);
    };
    if (method.stream === true) {
      stream.set(name, async (input, context) => {
        const opened = (await parsed(input, context)) as Outcome<AsyncIterable<StreamEvent>>;
        if (!opened.ok || options.checkOutputs !== true) return opened;
        return { ok: true, value: checkEvents(method.output, opened.value) };
      });
    } else {
      unary.set(name, async (input, context) => {
        const outcome = await parsed(input, context);
        if (outcome.ok && options.checkOutputs === true) method.output.parse(outcome.value);
        return outcome;
      });
    }
  }
  return { unary, stream };
}

/** The methods of one app as functions. An answer that breaks the contract is an `UpstreamError`. */
export function createClient<const C extends Contract>(
  contract: C,
  invoker: Invoker,
  appId: string,
): Client<C> {
  const call = async (name: string, method: MethodContract, input: unknown, context: CallContext) => {
    if (method.stream === true) return invoker.stream(appId, name, input, context);
    const outcome = await invoker.call(appId, name, input, context);
    if (!outcome.ok) return outcome;
    const answer = method.output.safeParse(outcome.value);
    if (answer.success) return { ok: true, value: answer.data };
    throw new UpstreamError(appId, 'failed', { cause: answer.error });
  };
  const methods = Object.entries(contract).map(([name, method]) => [
    name,
    (input: unknown, context: CallContext) => call(name, method, input, context),
  ]);
  return Object.fromEntries(methods) as Client<C>;
}

async function* checkEvents(
  schema: z.ZodType,
  events: AsyncIterable<StreamEvent>,
): AsyncGenerator<StreamEvent> {
  for await (const event of events) {
    schema.parse(event.data);
    yield event;
  }
}
