/** When a call is given up: its time is over, the client has left, or the gateway stops. */
import type { Response } from 'express';

export interface Deadline {
  readonly signal: AbortSignal;
  /** The client closed the connection before it had its whole answer. */
  clientLeft(): boolean;
  /** Ends the time limit and keeps the rest: for an event stream that has begun. */
  lift(): void;
  /** Tells the service that nobody listens any more. */
  abort(): void;
  end(): void;
}

export function startDeadline(res: Response, timeoutMs: number): Deadline {
  const aborter = new AbortController();
  const late = () => aborter.abort(new DOMException('the time for the call is over', 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  let left = false;
  const leave = () => {
    left = !res.writableFinished;
    if (left) aborter.abort();
  };
  res.once('close', leave);
  return {
    signal: aborter.signal,
    clientLeft: () => left,
    lift: () => clearTimeout(timer),
    abort: () => aborter.abort(),
    end: () => {
      clearTimeout(timer);
      res.removeListener('close', leave);
    },
  };
}
