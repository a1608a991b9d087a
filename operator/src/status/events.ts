/** Events: one for each change that somebody would want to know of, told from two statuses and so never twice. */
import type { Condition, ConditionType, StackStatus } from '../crd/status.ts';
import type { StackEvent } from '../reconcile/world.ts';

/** Which of the two states of a condition is bad news. */
const BAD: Readonly<Partial<Record<ConditionType, Condition['status']>>> = {
  Ready: 'False',
  Degraded: 'True',
  DaprReady: 'False',
  GatewayReady: 'False',
  Conflict: 'True',
  InvalidSpec: 'True',
};

export function eventsBetween(before: StackStatus | undefined, after: StackStatus): readonly StackEvent[] {
  return [...flips(before, after), ...weights(before, after)];
}

function flips(before: StackStatus | undefined, after: StackStatus): readonly StackEvent[] {
  return (after.conditions ?? []).flatMap(({ type, status, reason, message }) => {
    const previous = before?.conditions?.find((condition) => condition.type === type);
    const bad = BAD[type];
    // What was never said otherwise is news only where it is bad.
    if (previous?.status === status || (previous === undefined && status !== bad)) return [];
    return [
      {
        type: status === bad ? ('Warning' as const) : ('Normal' as const),
        reason: `${type}${reason}`,
        message,
      },
    ];
  });
}

function weights(before: StackStatus | undefined, after: StackStatus): readonly StackEvent[] {
  return (after.services ?? []).flatMap(({ name, appliedWeight, canaryImage }) => {
    const previous = before?.services?.find((service) => service.name === name)?.appliedWeight;
    // A second version that is only starting has nothing yet, which is no news.
    if ((previous ?? 0) === (appliedWeight ?? 0)) return [];
    const message = `${name}: ${canaryImage ?? 'the second version'} gets ${appliedWeight ?? 0}%`;
    return [{ type: 'Normal' as const, reason: 'WeightMoved', message }];
  });
}
