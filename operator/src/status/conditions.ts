/** Conditions as Kubernetes means them: a fact, since when, and for which generation of the resource. */
import { CONDITION_TYPES, type Condition, type ConditionType } from '../crd/status.ts';

export interface Finding {
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

export type Findings = Readonly<Record<ConditionType, Finding>>;

/** `lastTransitionTime` moves with `status` alone; everything else may change without. */
export function conditionsOf(
  findings: Findings,
  before: readonly Condition[],
  { generation, now }: { readonly generation: number; readonly now: string },
): readonly Condition[] {
  return CONDITION_TYPES.map((type) => {
    const { status, reason, message } = findings[type];
    const previous = before.find((condition) => condition.type === type);
    const lastTransitionTime = previous?.status === status ? previous.lastTransitionTime : now;
    return {
      type,
      status,
      observedGeneration: generation,
      lastTransitionTime,
      reason,
      message: message.slice(0, 4_000),
    };
  });
}
