import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { ConfigError } from '@ecommercestack/kit';
import { Unavailable } from '../domain/unavailable.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
export type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/** Runs a command to its exit code; what is wrong with its arguments, configuration or servers is told in a line. */
export async function runCommand<const O extends Options>(
  options: O,
  run: (values: Values<O>) => Promise<number>,
  complain: (line: string) => void,
): Promise<never> {
  // Connections are left to the end of the process.
  process.exit(await exitCode(options, run, complain));
}

async function exitCode<const O extends Options>(
  options: O,
  run: (values: Values<O>) => Promise<number>,
  complain: (line: string) => void,
): Promise<number> {
  try {
    return await run(parseArgs({ options }).values);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof TypeError) {
      complain(error.message);
      return 2;
    }
    if (!(error instanceof Error)) throw error;
    const { cause } = error;
    complain(
      error instanceof Unavailable && cause instanceof Error
        ? `${error.message}: ${cause.message}`
        : error.message,
    );
    return 1;
  }
}
