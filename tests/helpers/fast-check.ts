/** fast-check with one seed for all: a test that fails on one machine fails on every one, each time. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 20_261_128 });

export default fc;
