/** Every file that is made from the schema and from `dapr-components/`, so that one function writes them and another compares them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { daprBaseJson } from './dapr-base.ts';
import { customResourceDefinition, resourceSchema } from './definition.ts';
import { fieldTables } from './field-table.ts';
import { podTemplatesYaml } from './pod-templates.ts';
import { rightsTable } from './rights-table.ts';

export interface Generated {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** What the file shall be, given what it is. */
  readonly render: (before: string) => string;
}

const NOTE = '# Made by `npm run generate` from the schema; edits are lost.\n';
const COMPONENTS = path.join(import.meta.dirname, '../../../dapr-components');
/** The components of a cluster; what the operator makes itself and what only a laptop needs is not among them. */
const IN_THE_CHART = ['redis/pubsub.yaml', 'kafka/pubsub.yaml', 'state/carts.yaml', 'bindings/email.yaml'];
const RULES = path.join(import.meta.dirname, '../../../charts/operator/files/rules.yaml');
const END = '<!-- end of generated -->';

export const GENERATED: readonly Generated[] = [
  { path: 'operator/crd/ecommercestacks.yaml', render: definition },
  { path: 'operator/crd/pod-templates.yaml', render: podTemplatesYaml },
  // Charts contain all that they install.
  { path: 'charts/operator/files/ecommercestacks.yaml', render: definition },
  ...IN_THE_CHART.map((name) => ({
    path: `charts/platform/files/${name}`,
    render: () => readFileSync(path.join(COMPONENTS, name), 'utf8'),
  })),
  {
    path: 'operator/src/desired/dapr-base.json',
    render: () => daprBaseJson(COMPONENTS),
  },
  { path: 'docs/resource.md', render: (before) => between(before, 'fields', fieldTablesOfSpec()) },
  {
    path: 'docs/installing.md',
    render: (before) => between(before, 'rights', rightsTable(readFileSync(RULES, 'utf8'))),
  },
];

function definition(): string {
  return NOTE + stringify(customResourceDefinition(), { lineWidth: 0, aliasDuplicateObjects: false });
}

function fieldTablesOfSpec(): string {
  const { spec, status } = resourceSchema().properties ?? {};
  if (spec === undefined || status === undefined) throw new Error('the schema has lost its spec or status');
  return `${fieldTables(spec, 'spec')}\n${fieldTables(status, 'status')}`;
}

/** Throws when the page has lost its marks. */
function between(page: string, name: string, text: string): string {
  const mark = `<!-- generated: ${name} -->`;
  const begin = page.indexOf(mark);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < begin) throw new Error(`the page has no ${mark} … ${END}`);
  return `${page.slice(0, begin + mark.length)}\n\n${text}\n${page.slice(end)}`;
}
