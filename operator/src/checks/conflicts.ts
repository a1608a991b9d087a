/** Who else holds what we want to write. */
import type { FieldConflict, StackObject } from '../reconcile/world.ts';
import type { ManagedFields } from '../reconcile/live.ts';
import type { Key } from '../desired/model.ts';
import type { Problem } from './problem.ts';

/** Calls find a service by its app-id in its namespace: a second stack there would take over the first one's. */
export function namespaceProblem(stack: StackObject, stacksHere: readonly string[]): Problem | undefined {
  const [first] = stacksHere;
  if (first === undefined || first === stack.metadata.name) return undefined;
  return {
    reason: 'NamespaceTaken',
    message: `${first} is the stack of this namespace: make this one in a namespace of its own`,
  };
}

export function conflictProblems(conflicts: ReadonlyMap<Key, readonly FieldConflict[]>): readonly Problem[] {
  return [...conflicts].map(([key, held]) => ({
    reason: 'FieldsHeld',
    message: `${key}: ${held
      .map(({ manager, fields }) => `${manager} holds ${fields.join(', ')}`)
      .join('; ')}: let it apply without them`,
  }));
}

/**
 * What to do about an apply that was refused. Whoever applies a field declares it theirs, and is asked to give it up;
 * whoever merely edited one of ours (`kubectl edit`, an autoscaler that is gone) did not.
 */
export function answerToConflict(
  conflicts: readonly FieldConflict[],
  managedFields: readonly ManagedFields[],
): 'force' | 'report' {
  const isApplier = (name: string) =>
    managedFields.some(({ manager, operation }) => manager === name && operation === 'Apply');
  const isForeign = (name: string) => !name.startsWith('ecommercestack') && isApplier(name);
  return conflicts.some(({ manager }) => isForeign(manager)) ? 'report' : 'force';
}
