/** One JSON line per event, tied to the active trace, with secrets and card numbers taken out. */
import { pino } from 'pino';
import { redactLine } from './redact.ts';
import { traceFields } from './telemetry.ts';

/** `child({ requestId, orderId, messageId })` binds fields to every line of one piece of work. */
export type Logger = Pick<
  pino.Logger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'level' | 'flush'
> & {
  child(bindings: Record<string, unknown>): Logger;
};

export interface LineSink {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly service: string;
  readonly version?: string;
  readonly variant?: 'stable' | 'canary';
  readonly level?: string;
  /** One readable line instead of JSON, for a terminal. */
  readonly pretty?: boolean;
  /** Defaults to standard output, written synchronously, so that no line is lost when the process ends. */
  readonly sink?: LineSink;
}

export function createLogger(options: LoggerOptions): Logger {
  const sink = options.sink ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service, version: options.version, variant: options.variant },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      serializers: { error: pino.stdSerializers.errWithCause, err: pino.stdSerializers.errWithCause },
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => traceFields(),
      hooks: { streamWrite: redactLine },
    },
    options.pretty === true ? { write: (line: string) => sink.write(prettyLine(line)) } : sink,
  );
}

const PLAIN = new Set([
  'time',
  'level',
  'service',
  'message',
  'version',
  'variant',
  'trace_id',
  'span_id',
  'error',
]);

/** `12:00:01.123 info  order  message  key=value …`; a stack follows on its own lines. */
function prettyLine(line: string): string {
  const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const text = (key: string) => {
    const value = entry[key];
    return typeof value === 'string' ? value : '';
  };
  const fields = Object.entries(entry)
    .filter(([key]) => !PLAIN.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${text('time').slice(11, 23)} ${text('level').padEnd(5)} ${text('service').padEnd(12)}`;
  return `${head} ${text('message')}${fields.join('')}${stackOf(entry['error'])}\n`;
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return `\n  ${String(error.stack).replaceAll('\n', '\n  ')}`;
}
