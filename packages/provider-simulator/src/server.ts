/** The HTTP face of the simulator: routing, bodies, modes; no rules. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonical, looksLikeCardNumber, parseForm } from './form.ts';
import type { Form } from './form.ts';
import { planCancel, planCapture, planCreate, planRefund, refuse } from './operations.ts';
import type { Plan } from './operations.ts';
import { readIntent, readLedger, searchIntents } from './queries.ts';
import { errorAnswer, openSimulator, serverError } from './simulator.ts';
import type { Answer, Simulator, WebhookTarget } from './simulator.ts';
import { changeMode } from './test-mode.ts';

export interface SimulatorOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Holds the ledger; one running simulator per directory. */
  readonly dataDir: string;
  readonly webhook?: WebhookTarget;
  readonly slowMs?: number;
  readonly hangMs?: number;
}

export interface RunningSimulator {
  readonly url: string;
  close(): Promise<void>;
}

const maxBodyBytes = 16 * 1024;

export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const simulator = await openSimulator(options.dataDir, {
    mode: 'ok',
    slowMs: options.slowMs ?? 2000,
    hangMs: options.hangMs ?? 10_000,
    webhook: options.webhook,
  });
  const server = createServer((request, response) => {
    respond(simulator, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
      throw error;
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await simulator.close();
    },
  };
}

async function respond(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body.kind === 'aborted') return;
  const answer = body.kind === 'too-large' ? bodyTooLarge : await route(simulator, request, body.text);
  if (answer === undefined) {
    await sleep(simulator.behaviour.hangMs, undefined, { ref: false });
    response.destroy();
    return;
  }
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
}

type Body =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'aborted' };

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
    }
  } catch (error) {
    // The client went away while it was sending; there is nobody left to answer.
    if (request.destroyed) return { kind: 'aborted' };
    throw error;
  }
  if (size > maxBodyBytes) return { kind: 'too-large' };
  return { kind: 'read', text: Buffer.concat(chunks).toString('utf8') };
}

async function route(
  simulator: Simulator,
  request: IncomingMessage,
  body: string,
): Promise<Answer | undefined> {
  const url = URL.parse(request.url ?? '/', 'http://provider');
  if (url === null) return notFound;
  const method = request.method ?? 'GET';
  const path = url.pathname;
  if (path === '/healthz') return { status: 200, body: '{"status":"ok"}' };
  if (path === '/v1/test/mode' && method === 'POST') return changeMode(simulator, parseForm(body));
  if (path === '/v1/ledger' && method === 'GET') return await readLedger(simulator, url.searchParams);

  const { mode, slowMs } = simulator.behaviour;
  if (mode === 'down') return undefined;
  if (mode === 'errors') return errorAnswer(serverError);
  if (mode === 'slow') await sleep(slowMs);

  if (method === 'POST') return await routePost(simulator, request, path, body);
  if (method !== 'GET') return notFound;
  if (path === '/v1/payment_intents') return await searchIntents(simulator, url.searchParams);
  const id = /^\/v1\/payment_intents\/(pi_\w+)$/.exec(path)?.[1];
  return id === undefined ? notFound : await readIntent(simulator, id);
}

async function routePost(
  simulator: Simulator,
  request: IncomingMessage,
  path: string,
  body: string,
): Promise<Answer | undefined> {
  const form = parseForm(body);
  const key = request.headers['idempotency-key']?.toString();
  const plan = planFor(simulator, path, form);
  if (plan === undefined) return notFound;
  if (key !== undefined && (key.length === 0 || key.length > 255 || looksLikeCardNumber(key))) {
    return refusal(refuse('idempotency_key_invalid', 'Idempotency keys are 1 to 255 characters'));
  }
  const values = [...form.fields.values(), ...Object.values(form.metadata)];
  if (values.some(looksLikeCardNumber)) {
    return refusal(refuse('card_number_refused', 'Card numbers are not accepted; send a token'));
  }
  return await simulator.execute(key, `${path} ${canonical(form)}`, plan);
}

function planFor({ book }: Simulator, path: string, form: Form): (() => Plan) | undefined {
  if (path === '/v1/payment_intents') return () => planCreate(form);
  if (path === '/v1/refunds') return () => planRefund(form, book);
  const [, id = '', verb] = /^\/v1\/payment_intents\/(pi_\w+)\/(capture|cancel)$/.exec(path) ?? [];
  if (verb === undefined) return undefined;
  return () => {
    const intent = book.intents.get(id);
    if (intent === undefined) return refuse('resource_missing', 'No such payment_intent', 'intent');
    return verb === 'capture' ? planCapture(form, intent) : planCancel(form, intent);
  };
}

function refusal(plan: Plan): Answer {
  if (plan.kind !== 'refuse') throw new Error('not a refusal');
  return errorAnswer(plan.error);
}

const notFound = errorAnswer({
  status: 404,
  type: 'invalid_request_error',
  code: 'url_invalid',
  message: 'Unrecognized request URL',
});

const bodyTooLarge = errorAnswer({
  status: 413,
  type: 'invalid_request_error',
  code: 'body_too_large',
  message: 'The request body is too large',
});
