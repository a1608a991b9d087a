/** Shows how far work has come: a bar in a terminal, a line now and then elsewhere. */

export interface Progress {
  update(done: number): void;
  /** Ends the line of the bar. */
  end(): void;
}

export interface ProgressOptions {
  /** What there is to do, as far as that is known beforehand. */
  readonly expected: number;
  readonly now: () => number;
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

const WIDTH = 30;
/** Elsewhere than in a terminal: one line for so much of the whole. */
const STEP = 0.1;

export function createProgress({ expected, now, write, isTerminal }: ProgressOptions): Progress {
  const started = now();
  let shown = -1;
  const describe = (done: number, share: number): string => {
    const seconds = Math.max((now() - started) / 1_000, 0.001);
    const figures = `${done} of about ${Math.max(expected, done)} products, ${Math.round(done / seconds)}/s`;
    const filled = Math.round(share * WIDTH);
    return `[${'#'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${figures}`;
  };
  return {
    update(done) {
      const share = Math.min(1, expected === 0 ? 1 : done / expected);
      const step = Math.floor(share / STEP);
      if (isTerminal) write(`\r${describe(done, share)}`);
      else if (step > shown) write(`${describe(done, share)}\n`);
      shown = Math.max(shown, step);
    },
    end() {
      if (isTerminal && shown >= 0) write('\n');
    },
  };
}
