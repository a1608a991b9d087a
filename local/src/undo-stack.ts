import type { Logger } from '@ecommercestack/kit';

export interface UndoStack {
  push(name: string, step: () => Promise<unknown> | unknown): void;
  run(): Promise<void>;
}

/** Steps to take back, newest first. A step that fails is logged and does not keep the others from running. */
export function undoStack(logger: Logger): UndoStack {
  const steps: { name: string; step: () => Promise<unknown> | unknown }[] = [];
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
