/** The fields of the resource as Markdown tables, one per block. */
import type { Schema } from './structural.ts';

const LEAVES = new Set(['string', 'integer', 'number', 'boolean']);

export function fieldTables(schema: Schema, path: string): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const needed = schema.required?.includes(name) === true ? '**needed**' : defaultOf(field);
    return `| \`${name}\` | ${typeOf(field)} | ${needed} | ${cell(field.description ?? '')} |`;
  });
  const rules = rulesUnder(schema);
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const [inner, at] =
      field.type === 'array' ? [field.items, `${path}.${name}[]`] : [field, `${path}.${name}`];
    return inner?.properties === undefined ? [] : [fieldTables(inner, at)];
  });
  return [
    `### \`${path}\``,
    '',
    '| field | type | default | |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...(rules.length > 0 ? ['Refused:', '', ...rules.map((rule) => `- ${rule}`), ''] : []),
    ...below,
  ].join('\n');
}

/** The rules of the block itself, and those of its fields that have no block of their own. */
function rulesUnder(schema: Schema): string[] {
  const own = schema['x-kubernetes-validations'] ?? [];
  const leaves = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    LEAVES.has(field.type ?? '')
      ? (field['x-kubernetes-validations'] ?? []).map((rule) => `\`${name}\` ${rule.message}`)
      : [],
  );
  return [...own.map(({ message }) => message), ...leaves];
}

function typeOf(field: Schema): string {
  if (field['x-kubernetes-int-or-string'] === true) return 'number or text';
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.type === 'array')
    return `list of ${field.items === undefined ? 'anything' : plainType(field.items)}`;
  const limits = [field.minimum, field.maximum].every((limit) => limit !== undefined)
    ? ` ${field.minimum}–${field.maximum}`
    : '';
  return `${plainType(field)}${limits}`;
}

function plainType(field: Schema): string {
  if (field['x-kubernetes-preserve-unknown-fields'] === true) return 'object of the Kubernetes API';
  if (field.additionalProperties !== undefined) return 'map of texts';
  return {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'yes or no',
    object: 'block',
    array: 'list',
  }[field.type ?? 'object'];
}

/** Blocks show the defaults of their fields one by one, lower down. */
function defaultOf(field: Schema): string {
  if (field.default === undefined || field.properties !== undefined) return '';
  return `\`${cell(JSON.stringify(field.default))}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
