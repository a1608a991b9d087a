/** A second version of a service beside the first. */
import { z } from 'zod';
import { weight as exactWeight } from '../settings.ts';
import { celGiven, given, ruled } from './rule.ts';
import { replicas } from './scaling.ts';
import { image, version } from './values.ts';

const which = {
  version: version.optional().meta({ description: 'Tag of the usual image.' }),
  image: image.optional().meta({ description: 'Another image altogether.' }),
};

const oneImage = (what: string) => ({
  cel: `${celGiven('version', 'image')} == 1`,
  message: `${what} needs either a version or an image`,
  holds: (value: { readonly version?: string | undefined; readonly image?: string | undefined }) =>
    given(value.version, value.image) === 1,
});

const header = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9-]+$/, 'must be the name of a header, in lower case')
    .meta({ description: 'Of the request, in lower case.' }),
  value: z.string().min(1).max(256).meta({ description: 'What it must be, exactly.' }),
});

const consumers = z
  .enum(['Excluded', 'Shared'])
  .default('Excluded')
  .meta({ description: 'Whether it handles messages, as one of the consumers of the service.' });

/** Of a whole number, an API server rounds `multipleOf` to 0 and refuses all: decimals are counted by a rule. */
const weight = z.number().min(0).max(100);

export const canary = ruled(
  z.strictObject({
    ...which,
    weight: weight.meta({ description: 'Per cent of the callers that are sent to it.' }),
    headers: z
      .array(header)
      .max(5)
      .optional()
      .meta({
        description: 'Requests with any of these are sent to it, whatever the weight; at the gateway only.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name', 'value'],
      }),
    sticky: z
      .boolean()
      .default(true)
      .meta({ description: 'A customer stays with the version they have met.' }),
    consumers,
    replicas: replicas.default(1).meta({ description: 'Pods of the canary; it is not scaled by itself.' }),
  }),
  [
    oneImage('a canary'),
    {
      // A text made of it would be charged as if it had no end.
      cel: [
        `double(self.weight) * 100.0 - double(int(double(self.weight) * 100.0 + 0.5)) < 0.000001`,
        `double(self.weight) * 100.0 - double(int(double(self.weight) * 100.0 + 0.5)) > -0.000001`,
      ].join(' && '),
      message: 'a weight has at most two decimals: round it',
      at: 'weight',
      holds: (value) => exactWeight.safeParse(value.weight).success,
    },
    {
      cel: `!has(self.headers) || self.headers.all(h, !(h.name in ['authorization', 'cookie', 'host']))`,
      message: 'a header that carries credentials or the host must not choose a version: use one of your own',
      holds: ({ headers = [] }) =>
        headers.every(({ name }) => !['authorization', 'cookie', 'host'].includes(name)),
    },
  ],
  { description: 'A second version that takes a share of the calls until it is promoted.' },
);
export type Canary = z.infer<typeof canary>;

const preview = ruled(z.strictObject({ ...which }), [oneImage('a preview')], {
  description: 'The version that waits for its turn, at full size.',
});

export const blueGreen = ruled(
  z.strictObject({
    active: z
      .enum(['Stable', 'Preview'])
      .default('Stable')
      .meta({ description: 'Which of the two all callers are sent to, at once.' }),
    preview: preview.optional(),
    consumers,
  }),
  [
    {
      cel: `self.active == 'Stable' || has(self.preview)`,
      message: 'there is no preview to switch to: name its version or image',
      holds: ({ active, preview: second }) => active === 'Stable' || second !== undefined,
    },
  ],
  { description: 'A second version at full size that takes over all calls, or gives them back, at once.' },
);
export type BlueGreen = z.infer<typeof blueGreen>;

/** As long as the label that shows it may be. */
const LONGEST_VERSION = 63;

/** The version that an image is known by: its tag, else the beginning of its digest. */
export function versionOf(reference: {
  readonly version?: string | undefined;
  readonly image?: string | undefined;
}): string {
  if (reference.version !== undefined) return reference.version;
  const text = reference.image ?? '';
  const digest = /@sha256:([a-f0-9]{12})/.exec(text)?.[1];
  return (digest ?? /:([a-zA-Z0-9_.-]+)$/.exec(text)?.[1] ?? text).slice(0, LONGEST_VERSION);
}
