/** Tells an outage of a server from a bug, once for all methods of a port. */
import { Unavailable } from '../domain/unavailable.ts';
import type { Part } from '../domain/unavailable.ts';

type Method = (...args: never[]) => unknown;

/**
 * The same port, whose promises reject with `Unavailable` where they would have rejected with an error that
 * `isOutage` recognises. What is no function, and what returns no promise, is passed on as it is.
 */
export function namingOutages<Port extends object>(
  port: Port,
  part: Part,
  isOutage: (error: unknown) => boolean,
): Port {
  const named = (error: unknown): never => {
    throw isOutage(error) ? new Unavailable(part, { cause: error }) : error;
  };
  const entries = Object.entries(port).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member];
    const call = (...args: never[]): unknown => {
      const answer = (member as Method).apply(port, args);
      return answer instanceof Promise ? answer.catch(named) : answer;
    };
    return [name, call];
  });
  return Object.fromEntries(entries) as Port;
}
