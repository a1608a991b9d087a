/** Switches faults while the simulator runs. */
import type { Form } from './form.ts';
import { errorAnswer } from './simulator.ts';
import type { Answer, Mode, Simulator } from './simulator.ts';

const modes: readonly Mode[] = ['ok', 'errors', 'slow', 'down'];

/** Fields, each optional: `mode`, `slow_ms`, `hang_ms`, and together `webhook_url` and `webhook_secret`. Answers what is in force. */
export function changeMode(simulator: Simulator, { fields }: Form): Answer {
  const behaviour = simulator.behaviour;
  const mode = modes.find((known) => known === (fields.get('mode') ?? behaviour.mode));
  const slowMs = milliseconds(fields.get('slow_ms'), behaviour.slowMs);
  const hangMs = milliseconds(fields.get('hang_ms'), behaviour.hangMs);
  const url = fields.get('webhook_url');
  const secret = fields.get('webhook_secret');
  if (
    mode === undefined ||
    slowMs === undefined ||
    hangMs === undefined ||
    (url === undefined) !== (secret === undefined)
  ) {
    return invalid;
  }
  if (url !== undefined && !URL.canParse(url)) return invalid;
  const webhook = url === undefined || secret === undefined ? behaviour.webhook : { url, secret };
  simulator.behaviour = { mode, slowMs, hangMs, webhook };
  const inForce = { mode, slow_ms: slowMs, hang_ms: hangMs, webhook_url: webhook?.url ?? null };
  return { status: 200, body: JSON.stringify(inForce) };
}

function milliseconds(text: string | undefined, otherwise: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

const invalid = errorAnswer({
  status: 400,
  type: 'invalid_request_error',
  code: 'parameter_invalid',
  message: `mode is one of ${modes.join(', ')}; slow_ms and hang_ms are milliseconds; webhook_url needs webhook_secret`,
});
