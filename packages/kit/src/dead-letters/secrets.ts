/** Keeps payment tokens and the like out of what people are shown, and in what they edit. Plain JSON only. */
import { isDeepStrictEqual } from 'node:util';
import { redactLine } from '../redact.ts';

type Fields = Readonly<Record<string, unknown>>;

/** As the logs would show it. */
export function withoutSecrets(value: object): Fields {
  return JSON.parse(redactLine(JSON.stringify(value))) as Fields;
}

/** What was sent back as it was shown stands for what it hides. */
export function withSecretsOf(current: unknown, edited: Fields): Fields {
  if (!isFields(current)) return edited;
  return restore(edited, current, withoutSecrets(current)) as Fields;
}

function restore(edited: unknown, current: unknown, shown: unknown): unknown {
  if (isDeepStrictEqual(edited, shown)) return current;
  if (Array.isArray(edited)) {
    const [values, hidden] = [asList(current), asList(shown)];
    return edited.map((each, index) => restore(each, values[index], hidden[index]));
  }
  if (!isFields(edited) || !isFields(current) || !isFields(shown)) return edited;
  return Object.fromEntries(
    Object.entries(edited).map(([name, each]) => [name, restore(each, current[name], shown[name])]),
  );
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
