import { createLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';

/** A logger for specs; `lines` keeps what was logged. */
export function memoryLogger(service = 'test'): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({ service, level: 'trace', sink: { write: (line) => void lines.push(line) } });
  return Object.assign(logger, { lines });
}
