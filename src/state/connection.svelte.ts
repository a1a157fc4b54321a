/** The page's connection to its storage: what it waits for before it opens, and why it is gone. */
import { type ClosedBy, openDatabase, yieldConnection } from '../storage/database';
import type { HoneDatabase } from '../storage/schema';
import type { UpgradeProgress } from '../storage/upgrade-progress';
import { runWorks } from '../worker/run-lock';

/** When opening takes this long, it is asked whether a run of another tab is the reason. */
const PATIENCE_MS = 2_000;

/** An upgrade that takes less is not worth a word. */
const QUICK_MS = 300;

/** `run`: an older version trains in another tab; `tab`: one is open and holds on to the storage. */
export type WaitsFor = 'run' | 'tab';

export interface ConnectionOptions {
  name?: string;
  /** While it is true, a newer version in another tab waits for this connection. */
  holds(): boolean;
  /** A newer version in another tab waits. */
  onAwaited(): void;
  /** In milliseconds, to say only of a long upgrade how far it is. */
  elapsed?(): number;
  /** Another than the app's, for tests. */
  open?: typeof openDatabase;
}

export class Connection {
  readonly database: Promise<HoneDatabase>;
  #waitsFor: WaitsFor | null = $state(null);
  #closedBy: ClosedBy | null = $state(null);
  #upgrade: UpgradeProgress | null = $state.raw(null);

  constructor({
    holds,
    onAwaited,
    open = openDatabase,
    elapsed = () => performance.now(),
    ...options
  }: ConnectionOptions) {
    let opened = false;
    let upgradeBegan: number | null = null;
    const look = async (otherwise: WaitsFor | null): Promise<void> => {
      const waitsFor = (await runWorks()) ? 'run' : otherwise;
      if (!opened) this.#waitsFor = waitsFor;
    };
    this.database = open({
      ...options,
      holds,
      onAwaited,
      onBlocked: () => void look('tab'),
      onUpgrade: (progress) => {
        upgradeBegan ??= elapsed();
        if (elapsed() - upgradeBegan >= QUICK_MS) this.#upgrade = progress;
      },
      onClosed: (by) => (this.#closedBy = by),
    }).finally(() => {
      opened = true;
      clearTimeout(timer);
      this.#waitsFor = null;
      this.#upgrade = null;
    });
    // Only the first of those that wait is told that it is blocked.
    const timer = setTimeout(() => void look(this.#waitsFor), PATIENCE_MS);
    // Each list says by itself that the database did not open.
    this.database.catch(() => undefined);
  }

  /** What opening waits for; null while it does not. */
  get waitsFor(): WaitsFor | null {
    return this.#waitsFor;
  }

  /** How far what an earlier version kept is brought up to date; null while nothing is, or for a moment only. */
  get upgrade(): UpgradeProgress | null {
    return this.#upgrade;
  }

  /** Why it is gone; null while it is not. */
  get closedBy(): ClosedBy | null {
    return this.#closedBy;
  }

  /** Lets a newer version in another tab go on that waits for this connection. */
  async yield(): Promise<void> {
    yieldConnection(await this.database);
  }
}
