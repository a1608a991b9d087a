/** Who may import what. Pure: takes the text of a file, returns the rules it breaks. */
import path from 'node:path';
import { parseSync } from 'oxc-parser';

export interface Import {
  readonly specifier: string;
  /** Erased before the program runs, so it carries no code over the border. */
  readonly typeOnly: boolean;
}

export interface Violation {
  readonly file: string;
  readonly specifier: string;
  readonly rule: string;
}

/** Every module that the source names: imports, re-exports and dynamic imports of a literal. */
export function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const fixed = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  const passedOn = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest === null ? [] : [{ specifier: moduleRequest.value, typeOnly: isType }],
    ),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^(['"`])([^$]*)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end));
    return literal?.[2] === undefined ? [] : [{ specifier: literal[2], typeOnly: false }];
  });
  return [...fixed, ...passedOn, ...dynamic];
}

/** A file or a package of this repository, or something from outside it. */
interface Place {
  /** `packages/kit`, `services/order`, `local` …; undefined for what is not ours. */
  readonly area: string | undefined;
  /** The path below the area; empty when it is imported by the package's name. */
  readonly inside: string;
}

const SCOPE = '@ecommercestack/';
/** What each library may import of our own. Libraries stand alone where they can. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  'event-store': [],
  // The kit holds what every service wraps around the event store, which itself stays usable alone.
  kit: ['event-store'],
  'provider-simulator': ['contracts', 'kit'],
  invariants: ['contracts'],
};

/** `packages` are the names of the folders under packages/, which share one scope with the services. */
export function violationsOf(file: string, source: string, packages: readonly string[]): Violation[] {
  const from = placeOf(file);
  return importsOf(file, source).flatMap((imported) => {
    const to = target(file, imported.specifier, packages);
    const rule = RULES.find(({ breaks }) => breaks({ file, from, to, imported }));
    return rule === undefined ? [] : [{ file, specifier: imported.specifier, rule: rule.text }];
  });
}

function placeOf(file: string): Place {
  const parts = file.split('/');
  const depth = parts[0] === 'packages' || parts[0] === 'services' ? 2 : 1;
  return { area: parts.slice(0, depth).join('/'), inside: parts.slice(depth).join('/') };
}

function target(file: string, specifier: string, packages: readonly string[]): Place {
  if (specifier.startsWith('.')) return placeOf(path.posix.join(path.posix.dirname(file), specifier));
  if (!specifier.startsWith(SCOPE)) return { area: undefined, inside: specifier };
  const name = specifier.slice(SCOPE.length).split('/')[0] ?? '';
  if (['local', 'tests', 'tools', 'operator'].includes(name)) return { area: name, inside: '' };
  return { area: `${packages.includes(name) ? 'packages' : 'services'}/${name}`, inside: '' };
}

interface Context {
  readonly file: string;
  readonly from: Place;
  readonly to: Place;
  readonly imported: Import;
}

interface Rule {
  readonly text: string;
  readonly breaks: (context: Context) => boolean;
}

const RULES: readonly Rule[] = [
  {
    text: 'another package is imported by its name, never by a path into it',
    breaks: ({ from, to, imported }) => imported.specifier.startsWith('.') && to.area !== from.area,
  },
  {
    text: 'test helpers are for specs',
    breaks: ({ file, imported }) => /\/testing(\.ts)?$/.test(imported.specifier) && !isForTests(file),
  },
  {
    text: 'contracts imports zod only',
    breaks: ({ file, from, to }) =>
      from.area === 'packages/contracts' && to.area === undefined && to.inside !== 'zod' && !isForTests(file),
  },
  {
    text: 'a library imports no service and none of our packages but those named for it',
    breaks: ({ from, to }) => {
      const library = nameUnder('packages', from.area);
      if (library === undefined || isOwnOrForeign(from, to)) return false;
      const allowed = LIBRARIES[library] ?? [];
      return !allowed.includes(nameUnder('packages', to.area) ?? '');
    },
  },
  {
    text: 'a service imports contracts, kit and event-store, and no other service',
    breaks: ({ file, from, to }) => {
      if (nameUnder('services', from.area) === undefined || isOwnOrForeign(from, to)) return false;
      const forTests = isForTests(file) ? ['packages/provider-simulator', 'tests'] : [];
      return ![...SERVICE_IMPORTS, ...forTests].includes(to.area ?? '');
    },
  },
  {
    text: 'nothing imports a service but local and bench',
    breaks: ({ from, to }) =>
      nameUnder('services', to.area) !== undefined &&
      to.area !== from.area &&
      !['local', 'bench'].includes(from.area ?? ''),
  },
  {
    text: 'tests reach the platform over HTTP: they import contracts only, those of sidecars and clusters their parts, too',
    breaks: ({ file, from, to }) => {
      if (from.area !== 'tests' || isOwnOrForeign(from, to)) return false;
      // What starts a platform also deletes its data, some of which lies elsewhere.
      const withParts = /^tests\/(dapr|cluster|src\/(sidecars?|cluster|platform))\b/.test(file);
      return ![...TEST_IMPORTS, ...(withParts ? ['packages/kit', 'local'] : [])].includes(to.area ?? '');
    },
  },
  {
    text: 'a feature never imports another feature',
    breaks: ({ from, to }) => {
      const [own, other] = [featureOf(from), featureOf(to)];
      return own !== undefined && other !== undefined && own !== other && from.area === to.area;
    },
  },
  {
    text: 'the domain is pure: it imports itself, contracts, and types of our libraries',
    breaks: ({ file, from, to, imported }) => {
      if (!isIn(from, 'domain') || nameUnder('services', from.area) === undefined || isForTests(file))
        return false;
      if (to.area === from.area) return !isIn(to, 'domain');
      if (to.area === 'packages/contracts') return false;
      return !(imported.typeOnly && to.area !== undefined);
    },
  },
  {
    text: 'the operator decides without a cluster: these folders import contracts and each other',
    breaks: ({ file, from, to }) => {
      const decides =
        from.area === 'operator' && ['desired', 'checks', 'status'].some((name) => isIn(from, name));
      if (!decides || isForTests(file) || to.inside === 'node:crypto') return false;
      return to.area !== 'packages/contracts' && (to.area !== 'operator' || isIn(to, 'kube'));
    },
  },
  {
    text: 'only operator/src/kube knows the client of Kubernetes',
    breaks: ({ file, from, to }) =>
      from.area === 'operator' &&
      to.inside.startsWith('@kubernetes/') &&
      !isIn(from, 'kube') &&
      !isForTests(file),
  },
  {
    text: 'only app.ts and commands bring features and adapters together',
    breaks: ({ file, from, to }) => {
      if (nameUnder('services', from.area) === undefined || to.area !== from.area || isForTests(file))
        return false;
      if (from.inside === 'src/app.ts' || isIn(from, 'commands')) return false;
      const intoAdapters = isIn(to, 'adapters') && !isIn(from, 'adapters');
      const intoFeatures = isIn(to, 'features') && !isIn(from, 'features') && !isIn(from, 'adapters');
      return intoAdapters || intoFeatures;
    },
  },
];

const SERVICE_IMPORTS = ['packages/contracts', 'packages/kit', 'packages/event-store'];
const TEST_IMPORTS = ['packages/contracts', 'packages/invariants'];

function isForTests(file: string): boolean {
  return /\.spec\.ts$|contract\.ts$|\/(testing|spec-support)\.ts$|\/(testing|spec)\//.test(file);
}

function isOwnOrForeign(from: Place, to: Place): boolean {
  return to.area === undefined || to.area === from.area;
}

function nameUnder(folder: string, area: string | undefined): string | undefined {
  return area?.startsWith(`${folder}/`) === true ? area.slice(folder.length + 1) : undefined;
}

function isIn(place: Place, folder: string): boolean {
  return place.inside.startsWith(`src/${folder}/`);
}

function featureOf(place: Place): string | undefined {
  return /^src\/features\/([^/]+)\//.exec(place.inside)?.[1];
}
