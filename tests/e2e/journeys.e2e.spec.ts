import { Platform } from '../src/platform.ts';
import { describeJourneys } from '../src/spec/journeys.ts';

describeJourneys((options) => Platform.start(options));
