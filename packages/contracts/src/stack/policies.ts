/** How calls to a service are guarded. */
import { z } from 'zod';
import { circuitBreakerSettings } from '../settings.ts';
import { durationBetween } from './values.ts';

/** Sidecars count in whole seconds. */
export const callBreaker = circuitBreakerSettings
  .extend({
    openSeconds: z
      .int()
      .min(1)
      .max(3_600)
      .default(60)
      .meta({ description: 'Seconds until a trial is let through.' }),
  })
  .meta({ description: 'Of the callers of this service; a change of it reaches them without a restart.' });
export type CallBreaker = z.infer<typeof callBreaker>;

export const callRetry = z
  .strictObject({
    maxRetries: z
      .int()
      .min(0)
      .max(10)
      .default(2)
      .meta({ description: 'After the first attempt; 0 retries nothing.' }),
    interval: durationBetween('10ms', '6s')
      .prefault('200ms')
      .meta({ description: 'Pause between two attempts.' }),
  })
  .meta({
    description:
      'Of calls to this service that may run twice, when they did not reach it; refusals are answers.',
  });
export type CallRetry = z.infer<typeof callRetry>;

export const timeout = durationBetween('10ms', '2m');
