import type { InputProblem, Refusal } from '@ecommercestack/kit';
import type { EditCommand } from '../../domain/decide.ts';
import { isStorable } from '../../domain/search.ts';

/** The refusal of text that no database takes (NUL, unpaired surrogates); undefined when all can be stored. */
export function unstorableText(command: EditCommand): Refusal | undefined {
  if (command.type === 'delete-product') return undefined;
  const errors = problemsOf(command.type === 'update-product' ? command.patch : command.product, '');
  if (errors.length === 0) return undefined;
  return {
    code: 'invalid-request',
    detail: 'The request does not have the expected form.',
    extra: { errors },
  };
}

function problemsOf(value: unknown, path: string): readonly InputProblem[] {
  if (typeof value === 'string') {
    return isStorable(value) ? [] : [{ path, message: 'holds characters that cannot be stored' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]: readonly [string, unknown]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return isStorable(key) ? problemsOf(entry, at) : [{ path, message: 'holds a key that cannot be stored' }];
  });
}
