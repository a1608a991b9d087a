import { Platform } from '../src/platform.ts';
import { describeCart } from '../src/spec/cart.ts';

describeCart((options) => Platform.start(options));
