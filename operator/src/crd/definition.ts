/** The CustomResourceDefinition of EcommerceStack. */
import { serviceNames, stackSpec } from '@ecommercestack/contracts';
import { structuralSchema, type Schema } from './structural.ts';
import { status } from './status.ts';

export const GROUP = 'ecommercestack.io';
export const VERSION = 'v1alpha1';
export const KIND = 'EcommerceStack';

const LONGEST_OURS = Math.max(...serviceNames.map((name) => name.length));
/** A DNS label has 63 characters; the longest name made from a stack's is `<stack>-<service>-canary`. */
const ROOM = 63 - '-'.length - '-canary'.length;

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;

const PRINTER_COLUMNS = [
  { name: 'Ready', type: 'string', jsonPath: ready('status') },
  { name: 'Services', type: 'string', jsonPath: '.status.summary.services' },
  { name: 'Canary', type: 'string', jsonPath: '.status.summary.canary' },
  { name: 'Weight', type: 'string', jsonPath: '.status.summary.weight' },
  { name: 'Breakers', type: 'string', jsonPath: '.status.summary.breakers' },
  { name: 'Paused', type: 'boolean', jsonPath: '.spec.paused' },
  { name: 'Reason', type: 'string', jsonPath: ready('reason') },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
] as const;

export function resourceSchema(): Schema {
  return {
    type: 'object',
    description: 'A shop: its services, how they scale, who gets which version, and how calls are guarded.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: { description: 'What is asked for.', ...structuralSchema(stackSpec) },
      status: structuralSchema(status),
    },
    'x-kubernetes-validations': [
      {
        rule: `self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
        message:
          'the name becomes part of host names: use lower-case letters, digits and dashes, and begin with a letter',
      },
      {
        rule: `size(self.metadata.name) <= ${ROOM - LONGEST_OURS}`,
        message: `the name is too long for what is derived from it: use at most ${ROOM - LONGEST_OURS} characters`,
      },
      {
        rule: `self.spec.services.all(s, size(self.metadata.name) + size(s.name) <= ${ROOM})`,
        message: `the names of the stack and of one of its services are too long together: use at most ${ROOM} characters`,
      },
    ],
  };
}

export function customResourceDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `ecommercestacks.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: 'ecommercestacks',
        singular: 'ecommercestack',
        shortNames: ['estack'],
        categories: ['all'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: PRINTER_COLUMNS,
          schema: { openAPIV3Schema: resourceSchema() },
        },
      ],
    },
  };
}
