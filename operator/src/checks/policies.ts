/** Policies as daprd will read them: it logs a bad one and goes on without, so that they are checked before they are written. */
import type { ResiliencySpec } from '../desired/dapr-base.ts';
import { keyOf, type KubeObject } from '../desired/model.ts';
import type { Problem } from './problem.ts';

const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const TRIP = /^(requests|totalFailures|consecutiveFailures) (>=|>) [1-9][0-9]*$/;

export function policyProblems(objects: readonly KubeObject[]): readonly Problem[] {
  return objects
    .filter(({ kind }) => kind === 'Resiliency')
    .flatMap((object) =>
      [
        ...(Array.isArray(object['scopes']) && object['scopes'].length > 0
          ? []
          : [`it has no scopes, and would make every sidecar reload`]),
        ...specProblems(object['spec'] as ResiliencySpec),
      ].map((fact) => ({ reason: 'InvalidPolicy', message: `${keyOf(object)}: ${fact}` })),
    );
}

function specProblems({
  policies: { retries = {}, circuitBreakers = {} },
  targets,
}: ResiliencySpec): readonly string[] {
  const durations = [
    ...Object.entries(retries).flatMap(([name, { duration, maxInterval }]) => [
      [`retry ${name}`, duration],
      [`retry ${name}`, maxInterval],
    ]),
    ...Object.entries(circuitBreakers).map(([name, { timeout }]) => [`breaker ${name}`, timeout]),
  ];
  const references = Object.entries(targets.apps ?? {}).flatMap(([app, { retry, circuitBreaker }]) => [
    ...(retry in retries ? [] : [`${app} names the retry ${retry}, which is not there`]),
    ...(circuitBreaker in circuitBreakers
      ? []
      : [`${app} names the breaker ${circuitBreaker}, which is not there`]),
  ]);
  return [
    ...durations.flatMap(([of, text]) =>
      text === undefined || DURATION.test(text)
        ? []
        : [`${of} has the duration ${text}, which does not parse`],
    ),
    ...Object.entries(circuitBreakers).flatMap(([name, { trip }]) =>
      TRIP.test(trip) ? [] : [`breaker ${name} trips on ${trip}, which does not parse`],
    ),
    ...Object.entries(retries).flatMap(([name, { maxRetries }]) =>
      Number.isInteger(maxRetries) && maxRetries >= 0 ? [] : [`retry ${name} has no end`],
    ),
    ...references,
  ];
}
