/** The same over sidecars: a broker's dead-letter topic fills the same desk. */
import { Platform } from '../src/platform.ts';
import { describeDeadLetters } from '../src/spec/dead-letters.ts';

describeDeadLetters((options) => Platform.start({ ...options, runtime: 'dapr' }));
