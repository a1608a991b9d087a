/** A payment service that kills itself around one call to the provider; started by the crash spec as a process. */
import { createLogger } from '@ecommercestack/kit';
import { createHttpProvider } from '../adapters/http-provider.ts';
import type { PaymentProvider } from '../domain/provider.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

export type CrashPoint = 'before-call' | 'after-call';
export type CrashOperation = 'authorise' | 'capture' | 'void' | 'refund';

export interface CrashPlan {
  readonly connectionString: string;
  readonly providerUrl: string;
  readonly orderId: string;
  readonly operation: CrashOperation;
  readonly point: CrashPoint;
}

const plan = JSON.parse(process.argv[2] ?? '') as CrashPlan;
const logger = createLogger({ service: 'crash', level: 'silent' });

const real = createHttpProvider({
  url: plan.providerUrl,
  timeoutMs: 5000,
  connections: 1,
  onContradiction: (operation) => logger.error({ operation }, 'contradiction'),
});

async function dieAround<T>(operation: CrashOperation, call: () => Promise<T>): Promise<T> {
  if (operation !== plan.operation) return await call();
  if (plan.point === 'after-call') await call();
  process.kill(process.pid, 'SIGKILL');
  return await new Promise<T>(() => undefined);
}

const provider: PaymentProvider = {
  authorise: (request) => dieAround('authorise', () => real.authorise(request)),
  capture: (request) => dieAround('capture', () => real.capture(request)),
  void: (request) => dieAround('void', () => real.void(request)),
  refund: (request) => dieAround('refund', () => real.refund(request)),
  find: (request) => real.find(request),
};

async function driveTo(operation: CrashOperation, payment: Harness): Promise<void> {
  await payment.authorise('tok_ok', plan.orderId);
  if (operation === 'authorise') return;
  await payment.expectStatus(plan.orderId, 'authorised');
  if (operation !== 'void') await payment.capture(plan.orderId);
  if (operation === 'refund') await payment.expectStatus(plan.orderId, 'captured');
  if (operation !== 'capture') await payment.undo(plan.orderId);
}

await driveTo(plan.operation, await startHarness({ provider, connectionString: plan.connectionString }));
