/**
 * Firefox looks for finished work of the GPU on a timer of 100 ms, and whenever something is submitted: each read-back
 * waits for that timer (bugzilla.mozilla.org/show_bug.cgi?id=1870699; measured there with 103 ms of waiting, and with
 * 1.4 ms where empty submits come meanwhile, github.com/ekzhang/jax-js/pull/124). So one that waits submits nothing at
 * all, again and again, until it has what it waits for. Retire it when the bug is closed.
 */

/** A browser makes 4 ms of it after the first few. In background pages timers are slow: then the 100 ms remain. */
const NUDGE_EVERY_MS = 1;

/** What `pending` gives or throws; empty submits to the queue until then. */
export async function nudged<T>(queue: Pick<GPUQueue, 'submit'>, pending: Promise<T>): Promise<T> {
  let timer = setTimeout(nudge, NUDGE_EVERY_MS);
  function nudge(): void {
    queue.submit([]);
    timer = setTimeout(nudge, NUDGE_EVERY_MS);
  }
  try {
    return await pending;
  } finally {
    clearTimeout(timer);
  }
}
