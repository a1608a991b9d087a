/** What each command does. */
import type { Args } from './args.ts';
import { CommandError, type Kubectl } from './kubectl.ts';
import { promotion, withdrawal, type Change } from './second-version.ts';
import { showDifferences, showStatus } from './show.ts';
import { patchStack, readStack, type Stack } from './stack.ts';

export interface Answer {
  readonly text: string;
  /** For `--output json`. */
  readonly value: unknown;
  readonly code: 0 | 1;
}

/** Throws `CommandError` when the cluster refuses, cannot be reached, or there is nothing to be done. */
export async function runCommand(kubectl: Kubectl, args: Args, now: string): Promise<Answer> {
  if (args.command === 'diff' && args.file !== undefined) return diffFile(kubectl, args.file);
  const stack = await readStack(kubectl, args.stack);
  switch (args.command) {
    case 'status':
      return { text: showStatus(stack, now), value: summary(stack), code: 0 };
    case 'promote':
      return change(kubectl, stack, promotion(stack, args.service, args.force));
    case 'abort':
      return change(kubectl, stack, withdrawal(stack, args.service, args.remove));
    case 'pause':
      return change(kubectl, stack, pausing(stack, true));
    case 'resume':
      return change(kubectl, stack, pausing(stack, false));
    case 'diff':
      return diffObserved(stack);
  }
}

function summary({ metadata, spec, status }: Stack) {
  const { name, namespace, generation, creationTimestamp } = metadata;
  const { version, paused = false, mode = 'Enforce' } = spec;
  return { name, namespace, generation, creationTimestamp, version, paused, mode, status: status ?? null };
}

async function change(kubectl: Kubectl, stack: Stack, { patch, text }: Change): Promise<Answer> {
  await patchStack(kubectl, stack, patch);
  const { name, namespace } = stack.metadata;
  return { text, value: { name, namespace, patch }, code: 0 };
}

function pausing({ metadata: { name } }: Stack, paused: boolean): Change {
  return {
    patch: [{ op: 'add', path: '/spec/paused', value: paused }],
    text: paused
      ? `${name} is paused: the operator writes nothing and goes on telling.`
      : `${name} goes on: the operator catches up.`,
  };
}

function diffObserved({ metadata, spec, status }: Stack): Answer {
  const { name, generation } = metadata;
  if (spec.mode !== 'Observe')
    throw new CommandError(
      `${name} is in mode Enforce, where the operator puts right what differs. Set mode: Observe to look first, ` +
        'or give -f FILE to see what it would change in the resource.',
    );
  if ((status?.observedGeneration ?? 0) < generation)
    throw new CommandError('The operator has not seen the last change yet: try again.');
  const differences = status?.differences ?? [];
  return { text: showDifferences(differences), value: differences, code: differences.length > 0 ? 1 : 0 };
}

/** kubectl's own, as for `kubectl apply`: the API server fills in defaults, checks the rules and stores nothing. */
async function diffFile(kubectl: Kubectl, file: string): Promise<Answer> {
  const { code, stdout, stderr } = await kubectl.ask('diff', `--filename=${file}`);
  if (code > 1) throw new CommandError(stderr);
  const text = code === 0 ? 'Nothing would change.' : stdout.trimEnd();
  return { text, value: { changed: code === 1, diff: stdout }, code: code === 1 ? 1 : 0 };
}
