import { Platform } from '../src/platform.ts';
import { describeDeadLetters } from '../src/spec/dead-letters.ts';

describeDeadLetters((options) => Platform.start(options));
