/** The rights of the operator as a page shows them. Pure. */
import { parse } from 'yaml';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `rules` are those of a Role, as YAML. */
export function rightsTable(rules: string): string {
  const rows = (parse(rules) as readonly Rule[]).map(({ apiGroups, resources, verbs }) => {
    const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
    const groups = apiGroups.map((group) => group || 'core');
    return `| ${code(groups)} | ${code(resources)} | ${code(verbs)} |`;
  });
  return ['| API group | resources | verbs |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
