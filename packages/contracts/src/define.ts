/** One declaration gives a message or a method its name, its schema and its type. */
import type { z } from 'zod';

export interface MessageContract<T extends string = string, D extends z.ZodType = z.ZodType> {
  readonly type: T;
  readonly topic: string;
  readonly schema: D;
}

export function defineMessage<T extends string, D extends z.ZodType>(
  topic: string,
  type: T,
  schema: D,
): MessageContract<T, D> {
  return { type, topic, schema };
}

/** The message a union of contracts describes: `{type, data}` pairs. */
export type MessageOf<C extends MessageContract> =
  C extends MessageContract<infer T, infer D> ? { readonly type: T; readonly data: z.infer<D> } : never;

/** A method of a service, called by its fixed name with JSON in and JSON out. */
export interface MethodContract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly input: I;
  /** What a unary method answers, or what each event of a stream carries. */
  readonly output: O;
  readonly stream?: true;
}

export function defineMethod<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return { input, output } satisfies MethodContract<I, O>;
}

export function defineStream<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return { input, output, stream: true } as const satisfies MethodContract<I, O>;
}

export type MethodContracts = Readonly<Record<string, MethodContract>>;
