/** Finds spec files and tells by their names what they cost. */
import { glob } from 'node:fs/promises';
import path from 'node:path';

/**
 * `unit`: nothing but the code. `int`: a server. `e2e`: the running platform. `stores`: servers other than PostgreSQL,
 * which have to be fetched first. `dapr`: sidecars and brokers, which have to be built or fetched first. `cluster`: a
 * Kubernetes control plane, likewise. `docker`: Docker Engine. In order of cost.
 */
const TIERS = ['unit', 'int', 'e2e', 'stores', 'dapr', 'cluster', 'docker'] as const;
const ON_REQUEST: readonly Tier[] = ['stores', 'dapr', 'cluster', 'docker'];
/** These get a DATABASE_URL. */
export const WITH_DATABASE: readonly Tier[] = ['int', 'e2e', 'stores', 'dapr'];
/** These keep a small machine busy with a dozen processes each: one file at a time. */
export const WHOLE_MACHINE: readonly Tier[] = ['dapr', 'cluster', 'docker'];
type Tier = (typeof TIERS)[number];

export interface Spec {
  /** Relative to the root of the repository, with forward slashes. */
  readonly file: string;
  readonly tier: Tier;
}

export function tierOf(file: string): Tier {
  return TIERS.find((tier) => file.endsWith(`.${tier}.spec.ts`)) ?? 'unit';
}

export async function discoverSpecs(root: string): Promise<Spec[]> {
  const specs: Spec[] = [];
  const ignored = (name: string) => /(^|[/\\])(node_modules|\.data|\.git)$/.test(name);
  for await (const found of glob('**/*.spec.ts', { cwd: root, exclude: ignored })) {
    const file = found.replaceAll(path.sep, '/');
    specs.push({ file, tier: tierOf(file) });
  }
  return specs;
}

/**
 * Arguments are `--unit`, `--int`, `--e2e`, `--stores`, `--dapr`, `--cluster`, `--docker`, files or folders;
 * specs match any of the tiers and any of the paths. Those that need more than PostgreSQL have to be asked for, by their
 * tier or file by file. The cheap ones come first, so that a plain mistake shows early. Throws on an unknown option.
 */
export function selectSpecs(specs: readonly Spec[], args: readonly string[]): Spec[] {
  const tiers = args.filter((arg) => arg.startsWith('--')).map(tierOption);
  const paths = args
    .filter((arg) => !arg.startsWith('--'))
    .map((arg) => path.posix.normalize(arg).replace(/\/$/, ''));
  return specs
    .filter(({ file, tier }) =>
      tiers.length === 0 ? !ON_REQUEST.includes(tier) || paths.includes(file) : tiers.includes(tier),
    )
    .filter(({ file }) => paths.length === 0 || paths.some((wanted) => isAtOrBelow(file, wanted)))
    .toSorted((a, b) => TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) || a.file.localeCompare(b.file));
}

function tierOption(arg: string): Tier {
  const tier = TIERS.find((name) => arg === `--${name}`);
  if (tier === undefined) throw new Error(`Unknown option ${arg}; there are --${TIERS.join(', --')}.`);
  return tier;
}

function isAtOrBelow(file: string, wanted: string): boolean {
  return wanted === '.' || file === wanted || file.startsWith(`${wanted}/`);
}
