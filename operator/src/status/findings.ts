/** The facts behind each condition. */
import type { ServiceStatus } from '../crd/status.ts';
import type { Problem } from '../checks/problem.ts';
import { keyOf } from '../desired/model.ts';
import type { Picture } from '../reconcile/picture.ts';
import type { World, Write } from '../reconcile/world.ts';
import type { Finding, Findings } from './conditions.ts';
import { routeProblem } from './route.ts';

interface Input {
  readonly world: World;
  readonly picture: Picture;
  readonly services: readonly ServiceStatus[];
  readonly wanted: readonly Write[];
}

const yes = (reason: string, message: string): Finding => ({ status: 'True', reason, message });
const no = (reason: string, message: string): Finding => ({ status: 'False', reason, message });
/** True, as long as nothing is wrong. */
const unless = (problem: Problem | undefined, reason: string, message: string): Finding =>
  problem ? no(problem.reason, problem.message) : yes(reason, message);
/** True, when something is. */
const because = (problem: Problem | undefined, reason: string, message: string): Finding =>
  problem ? yes(problem.reason, problem.message) : no(reason, message);

export function findingsOf(input: Input): Findings {
  const { world, picture } = input;
  const { spec, missing, pubsub, waiting } = picture;
  const gateway = missing.get('gateway-api') ?? routeProblem(world, picture);
  const dapr = missing.get('dapr') ?? pubsub;
  const version = world.cluster.daprVersion ?? 'of an unknown version';
  return {
    Ready: unless(firstProblem(input), 'AllReady', 'every service runs as asked'),
    Progressing: progressing(input),
    Degraded: because(degraded(input), 'Whole', 'nothing is missing'),
    Paused: spec.paused
      ? yes('Paused', 'nothing is written until paused is false')
      : no(spec.mode, 'changes are acted upon'),
    DaprReady: unless(dapr, 'Installed', `Dapr ${version}`),
    GatewayReady: unless(
      gateway,
      spec.ingress ? 'Routed' : 'NotAsked',
      spec.ingress ? `reached as ${spec.ingress.hostnames.join(', ')}` : 'the resource has no ingress',
    ),
    DependenciesReady: unless(waitingProblem(waiting), 'AllThere', 'no service waits for another'),
    Conflict: because(joined(picture.conflicts), 'None', 'nobody else holds what is ours'),
    InvalidSpec: no('Valid', 'the resource can be acted upon'),
  };
}

function waitingProblem(waiting: Picture['waiting']): Problem | undefined {
  if (waiting.size === 0) return undefined;
  const list = [...waiting].map(([service, missing]) => `${service} waits for ${missing.join(', ')}`);
  return { reason: 'Waiting', message: list.join('; ') };
}

function joined(problems: readonly Problem[]): Problem | undefined {
  const [first] = problems;
  return first && { reason: first.reason, message: problems.map(({ message }) => message).join('; ') };
}

/** What stands in the way of Ready, the worst first. */
function firstProblem({ world, picture, services }: Input): Problem | undefined {
  const absent = picture.objects.map(keyOf).filter((key) => !world.live.has(key));
  const unready = services.filter(({ ready }) => !ready).map(({ name }) => name);
  return (
    joined(picture.conflicts) ??
    picture.missing.get('dapr') ??
    picture.pubsub ??
    waitingProblem(picture.waiting) ??
    (unready.length > 0
      ? { reason: 'ServicesNotReady', message: `not ready: ${unready.join(', ')}` }
      : undefined) ??
    (absent.length > 0
      ? { reason: 'ChildrenMissing', message: `not there: ${absent.slice(0, 5).join(', ')}` }
      : undefined) ??
    picture.missing.get('gateway-api') ??
    picture.missing.get('keda') ??
    routeProblem(world, picture)
  );
}

function progressing({ picture: { rollouts, held, spec }, services, wanted }: Input): Finding {
  const moving = rollouts.find(({ second }) => second !== undefined && second.kind !== 'serving');
  if (moving) {
    const reason = {
      starting: 'CanaryStarting',
      relieving: 'Promoting',
      draining: 'Draining',
      serving: 'Settled',
    };
    const message = services.find(({ name }) => name === moving.service.name)?.message ?? '';
    return yes(reason[moving.second?.kind ?? 'serving'], `${moving.service.name}: ${message}`);
  }
  const rolling = rollouts
    .filter(({ stable }) => stable?.rolledOut === false)
    .map(({ service }) => service.name);
  if (rolling.length > 0) return yes('RollingOut', `new pods of ${rolling.join(', ')}`);
  if (held.size > 0) return yes('Waiting', `${held.size} objects wait for their turn`);
  if (wanted.length > 0 && !spec.paused && spec.mode === 'Enforce')
    return yes('Applying', `${wanted.length} writes are due`);
  return no('Settled', 'nothing is on its way');
}

function degraded({ picture: { rollouts, missing, pubsub } }: Input): Problem | undefined {
  const down = rollouts.filter(
    ({ stable }) => stable !== undefined && stable.replicas > 0 && stable.available === 0,
  );
  const list: readonly (Problem | undefined)[] = [
    down.length > 0
      ? {
          reason: 'ServiceDown',
          message: `no pod is available of ${down.map(({ service }) => service.name).join(', ')}`,
        }
      : undefined,
    ...missing.values(),
    pubsub,
  ];
  return joined(list.filter((problem) => problem !== undefined));
}
