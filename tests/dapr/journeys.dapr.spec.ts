/** The journeys of one process, over sidecars. */
import { Platform } from '../src/platform.ts';
import { describeCart } from '../src/spec/cart.ts';
import { describeJourneys } from '../src/spec/journeys.ts';

describeJourneys((options) => Platform.start({ ...options, runtime: 'dapr' }));
describeCart((options) => Platform.start({ ...options, runtime: 'dapr' }));
