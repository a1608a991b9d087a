/** One instance of a service: its process and the sidecar beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ecommercestack/kit';
import { startChild } from '../parts.ts';
import { StartError } from '../start-error.ts';
import { createAdmission, FIRST_LOOK_MS } from './admission.ts';
import type { Instance } from './instances.ts';
import type { Ports } from '../ports.ts';
import type { ProcessEntry } from '../access.ts';
import type { Names } from './names.ts';
import { untilReady } from './ready.ts';
import { serviceCommand, type ServiceSurroundings } from './service.ts';
import { sidecarArguments, sidecarEnvironment, type SidecarOptions } from './sidecar.ts';
import { supervise, type Supervised } from '../supervise.ts';

export interface Member {
  readonly instance: Instance;
  /** Of the service's own admin port: health and metrics. */
  readonly adminUrl: string;
  readonly ports: MemberPorts;
  processes(): readonly ProcessEntry[];
  /** From now on nobody calls it. */
  withdraw(): void;
  /** Finishes what is in flight, then ends both processes. */
  stop(): Promise<void>;
}

/** The app's own, its admin port, and those of the sidecar. */
type MemberPorts = Readonly<Record<'app' | 'admin' | 'http' | 'grpc' | 'internal' | 'metrics', number>>;

export interface MemberOptions {
  readonly names: Names;
  readonly logs: string;
  readonly daprd: string;
  readonly ports: Ports;
  readonly logger: Logger;
  /** Port of the shop, for the gateway. */
  readonly publicPort: number;
  readonly sidecar: Pick<SidecarOptions, 'folder' | 'sentry' | 'environment'>;
  readonly service: ServiceSurroundings;
  /** A process has ended or runs again. */
  readonly onChange: () => void;
}

const READY_LIMIT_MS = 120_000;
/** After SIGTERM a sidecar takes no more messages; only then is the app asked to end. */
const LAST_MESSAGE_MS = 300;

/** Resolves when both are ready. Throws `StartError`, with nothing left running, when one ends before that. */
export async function startMember(instance: Instance, options: MemberOptions): Promise<Member> {
  const { names, logs, logger } = options;
  const ports = await takePorts(instance, options);
  const urls = {
    service: `http://127.0.0.1:${ports.admin}/readyz`,
    sidecar: `http://127.0.0.1:${ports.http}/v1.0/healthz`,
  };
  const admit = () => names.admit(ports.internal, instance.appId);
  const withdraw = () => names.withdraw(ports.internal, instance.appId);
  const admission = createAdmission({
    urls: Object.values(urls),
    settleMs: FIRST_LOOK_MS,
    admit,
    withdraw,
    logger,
  });
  const onChange = (): void => {
    admission.review();
    options.onChange();
  };
  const running: Processes = {};
  const stop = async (): Promise<void> => {
    admission.close();
    await stopMember(instance, running, ports, options);
  };
  try {
    const service = (running.service = await superviseService(instance, ports, { ...options, onChange }));
    const sidecar = (running.sidecar = await superviseSidecar(instance, ports, { ...options, onChange }));
    await Promise.all([
      started(instance.name, urls.service, service, logs),
      started(sidecarName(instance), urls.sidecar, sidecar, logs),
    ]);
    await pause(FIRST_LOOK_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  admit();
  return {
    instance,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    ports,
    processes: () => entriesOf(instance, ports, running),
    withdraw: () => {
      admission.close();
      withdraw();
    },
    stop,
  };
}

interface Processes {
  service?: Supervised;
  sidecar?: Supervised;
}

async function stopMember(
  instance: Instance,
  { service, sidecar }: Processes,
  ports: MemberPorts,
  options: MemberOptions,
): Promise<void> {
  // The gateway takes no messages, and its customers' requests need the sidecar to the end.
  if (instance.service === 'gateway') await service?.stop();
  const left = sidecar?.stop();
  await pause(LAST_MESSAGE_MS);
  await service?.stop();
  await left;
  for (const port of Object.values(ports)) options.ports.giveBack(port);
}

async function takePorts(instance: Instance, options: MemberOptions): Promise<MemberPorts> {
  const { ports, publicPort } = options;
  return {
    app: instance.service === 'gateway' ? publicPort : await ports.take(),
    admin: await ports.take(),
    http: await ports.take(),
    grpc: await ports.take(),
    internal: await ports.take(),
    metrics: await ports.take(),
  };
}

function superviseService(instance: Instance, ports: MemberPorts, options: MemberOptions) {
  const { logs, logger, onChange, service } = options;
  const launch = () =>
    startChild({
      name: instance.name,
      dir: logs,
      ready: AT_ONCE,
      ...serviceCommand(instance, ports, service),
    });
  return supervise({ name: instance.name, launch, logger, onChange });
}

function superviseSidecar(instance: Instance, ports: MemberPorts, options: MemberOptions) {
  const { logs, logger, onChange, daprd } = options;
  const appPort = instance.service === 'gateway' ? undefined : ports.app;
  const sidecar: SidecarOptions = { ...options.sidecar, instance, ports, appPort };
  const name = sidecarName(instance);
  const launch = () =>
    startChild({
      name,
      program: daprd,
      args: sidecarArguments(sidecar),
      env: sidecarEnvironment(sidecar),
      dir: logs,
      ready: AT_ONCE,
    });
  return supervise({ name, launch, logger, onChange });
}

/** Of its log. */
function sidecarName({ name }: Instance): string {
  return `${name}.daprd`;
}

/** Readiness is asked over HTTP. */
const AT_ONCE = /(?:)/;

async function started(name: string, url: string, process: Supervised, logs: string): Promise<void> {
  const dead = new AbortController();
  void process.firstEnd.then(() => dead.abort());
  if (await untilReady(url, AbortSignal.any([dead.signal, AbortSignal.timeout(READY_LIMIT_MS)]))) return;
  const file = join(logs, `${name}.log`);
  const end = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
  const how = dead.signal.aborted ? 'ended at its start' : 'was not ready in time';
  throw new StartError(`${name} ${how}; ${file}:\n${end}`);
}

function entriesOf(
  instance: Instance,
  { app, admin, ...sidecarPorts }: MemberPorts,
  { service, sidecar }: Processes,
): readonly ProcessEntry[] {
  const { name, appId } = instance;
  const sidecarEntry = { name: sidecarName(instance), appId, pid: sidecar?.pid(), ports: sidecarPorts };
  return [
    { name, kind: 'service', appId, pid: service?.pid(), ports: { app, admin } },
    { ...sidecarEntry, kind: 'sidecar' },
  ];
}
