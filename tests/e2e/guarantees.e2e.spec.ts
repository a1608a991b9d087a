import { Platform } from '../src/platform.ts';
import { describeGuarantees } from '../src/spec/guarantees.ts';

describeGuarantees((options) => Platform.start(options));
