import type { Logger } from '@ecommercestack/kit';

export interface UndoStack {
  readonly push: (name: string, step: () => unknown) => void;
  readonly run: () => Promise<void>;
}

/** Steps to take back, newest first. A step that fails is logged and does not keep the others from running. */
export function undoStack(logger: Logger): UndoStack {
  const steps: { name: string; step: () => unknown }[] = [];
  return {
    push: (name, step) => void steps.push({ name, step }),
    run: async () => {
      for (let next = steps.pop(); next; next = steps.pop()) {
        try {
          await next.step();
        } catch (error) {
          logger.error({ error, step: next.name }, 'a part could not be stopped cleanly');
        }
      }
    },
  };
}

/** What `start` gives, with a `stop` that takes back what it pushed; a failed start takes it back at once. */
export async function withUndo<T>(
  logger: Logger,
  start: (push: UndoStack['push']) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const undo = undoStack(logger);
  try {
    return { ...(await start(undo.push)), stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}
