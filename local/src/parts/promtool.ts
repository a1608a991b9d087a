/** promtool, by which Prometheus itself judges rules: a program of the machine. */
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { MissingPartError, installCommand } from './missing.ts';
import { findProgram } from './programs.ts';

/** The path of the program. Throws `MissingPartError`. */
export function findPromtool(environment: PartsEnvironment = partsEnvironment()): string {
  const program = findProgram('promtool', environment.path);
  if (program === undefined)
    throw new MissingPartError('promtool', installCommand('prometheus', 'prometheus'));
  return program;
}
