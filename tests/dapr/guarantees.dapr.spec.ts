/** The promises of the README, over sidecars and Kafka. */
import { Platform } from '../src/platform.ts';
import { describeGuarantees } from '../src/spec/guarantees.ts';

describeGuarantees((options) => Platform.start({ ...options, runtime: 'dapr', args: ['--broker', 'kafka'] }));
