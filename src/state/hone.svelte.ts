/** Everything the screens read, built once and put together here. */
import { toErrorData } from '../core/errors';
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { isAtWork } from '../core/run/record';
import { joinChanges } from '../storage/changes';
import { TrainingClient } from '../worker/client';
import { DataClient } from '../worker/data-client';
import { MeasuringClient } from '../worker/measuring-client';
import { NearestClient } from '../worker/nearest-client';
import { RowsClient } from '../worker/rows-client';
import { startService } from '../worker/service-client';
import { Bench } from './bench.svelte';
import { Chats } from './chats.svelte';
import { ChosenChecks } from './chosen-checks.svelte';
import { Connection } from './connection.svelte';
import { Datasets } from './datasets.svelte';
import { Device } from './device.svelte';
import { Imports } from './imports.svelte';
import { Judgements } from './judgements.svelte';
import { Measuring } from './measuring.svelte';
import { Models } from './models.svelte';
import { NamesAlone } from './names-alone.svelte';
import { NearestRows } from './nearest-rows.svelte';
import { OwnModels } from './own-models.svelte';
import { Offline } from './offline.svelte';
import { Predictor } from './predictor.svelte';
import { Privacy } from './privacy.svelte';
import { Removals } from './removals.svelte';
import { Router } from './router.svelte';
import { RowSurveys } from './row-surveys.svelte';
import { Rows } from './rows.svelte';
import { Runs } from './runs.svelte';
import { insecureReason } from './secure-context';
import { clearTakePlaces, TakePlace } from './take-place';
import { ReportFiles } from './report-files';
import { Takes } from './takes.svelte';
import { Theme } from './theme.svelte';
import { TokenViews } from './token-views.svelte';
import { Toasts } from './toasts.svelte';
import { Training } from './training.svelte';
import { Updates } from './updates.svelte';

export interface Hone {
  readonly connection: Connection;
  readonly router: Router;
  readonly datasets: Datasets;
  readonly rows: Rows;
  readonly imports: Imports;
  readonly models: Models;
  readonly ownModels: OwnModels;
  readonly surveys: RowSurveys;
  readonly tokenViews: TokenViews;
  readonly chats: Chats;
  readonly judgements: Judgements;
  readonly chosenChecks: ChosenChecks;
  readonly takes: Takes;
  readonly reportFiles: ReportFiles;
  readonly device: Device;
  readonly runs: Runs;
  readonly training: Training;
  readonly predictor: Predictor;
  readonly measuring: Measuring;
  readonly names: NamesAlone;
  readonly nearest: NearestRows;
  readonly bench: Bench;
  readonly toasts: Toasts;
  readonly theme: Theme;
  readonly privacy: Privacy;
  readonly offline: Offline;
  readonly updates: Updates;
}

/** Builds the state of the page. `baseUrl` is `document.baseURI`: models and samples lie beneath it. */
export function createHone(baseUrl: string): Hone {
  const toasts = new Toasts();
  const reason = insecureReason();
  if (reason !== null) toasts.keep(reason);
  const connection: Connection = new Connection({
    // A run here must not lose what it is kept in, nor this page its records.
    holds: () => training.busy,
    onAwaited: () =>
      toasts.show(
        'A newer version of Hone was opened in another tab. It waits for the end of this run; nothing is lost.',
      ),
  });
  const { database } = connection;
  const changes = joinChanges((store) => void (store === 'datasets' ? datasets : runs).refresh());

  const datasets = new Datasets(database, changes, new Removals(toasts));
  const rows = new Rows(new RowsClient(baseUrl));
  const runs = new Runs(database, changes, new Removals(toasts));
  const dataClient = new DataClient(baseUrl);
  const imports = new Imports(dataClient, datasets, runs, toasts, changes, baseUrl);
  const reportFiles = new ReportFiles(database, runs, imports, toasts);
  const answering = new TrainingClient(baseUrl);
  const device = new Device(answering);
  const models: Models = new Models(dataClient, database, (id) => id === DEFAULT_MODEL_ID && offline.modelDeleted());
  // A database that does not open, or is closed, is said elsewhere.
  const lookAtModels = (): void => void models.refresh().catch(() => undefined);
  const ownModels = new OwnModels(dataClient, answering, models, () => device.backend);
  const surveys = new RowSurveys(dataClient, datasets, changes, lookAtModels);
  const tokenViews = new TokenViews(dataClient);
  const chosenChecks = new ChosenChecks(database, dataClient, datasets, changes);
  const judgements = new Judgements(database, dataClient, runs, datasets, changes);
  const chats = new Chats(answering, device, dataClient, datasets, changes);
  const takes = new Takes(answering, device, new TakePlace());
  void clearTakePlaces().catch((error: unknown) =>
    toasts.show(`What an earlier page left of files to take away could not be removed: ${toErrorData(error).message}`),
  );
  const training = new Training(new TrainingClient(baseUrl), dataClient, runs, toasts, () => {
    // It may have fetched what it reads with.
    lookAtModels();
    void connection.yield();
  });
  // A hidden page may be thrown away without another word.
  document.addEventListener('visibilitychange', () => document.hidden && training.keep());
  addEventListener('pagehide', () => training.keep());
  const offline: Offline = new Offline({ keepModel: (onProgress) => models.keep(DEFAULT_MODEL_ID, onProgress) });
  const privacy = new Privacy(database, async () => {
    offline.modelDeleted();
    lookAtModels();
    await Promise.all([datasets.refresh(), runs.refresh(), takes.clear()]);
    changes.announce('datasets');
    changes.announce('runs');
  });

  const settleDeadRuns = async (): Promise<void> => {
    await runs.refresh();
    if (!runs.list.some(({ state }) => isAtWork(state))) return;
    try {
      const { runIds, fault } = await dataClient.recover();
      if (runIds.length === 0) return;
      // What could not be written, on a full disk, is broken off all the same.
      if (fault) for (const id of runIds) runs.show(id, { state: 'interrupted', error: fault });
      await runs.refresh();
      changes.announce('runs');
    } catch (error) {
      toasts.show(`A run that was broken off could not be looked after: ${toErrorData(error).message}`);
    }
  };
  void database.then(settleDeadRuns, () => undefined);
  const predictor = new Predictor(answering, device);
  const trials = new MeasuringClient(baseUrl);
  const [measuring, bench] = [new Measuring(trials), new Bench(trials)];
  // Of their own: a measurement of names must not stop one of a plan, nor rows being read keep answers waiting.
  const names = new NamesAlone(new MeasuringClient(baseUrl), device);
  const nearest = new NearestRows(new NearestClient(baseUrl), device);
  const updates = new Updates();
  const service = startService(baseUrl, {
    onInCharge() {
      for (const client of [dataClient, answering]) client.renew();
    },
    onUpdate: (takeOver) => void updates.offer(takeOver),
    onTakenOver: () => void updates.offer(() => Promise.resolve()),
    onNotKept: (why) => offline.refuse(why),
  });
  void service.then((service) => offline.begin(service));
  const [router, theme] = [new Router(), new Theme()];
  return {
    ...{ connection, router, datasets, rows, imports, device, runs, training, predictor, measuring, bench },
    ...{ models, ownModels, surveys, tokenViews, chats, takes, reportFiles, judgements, chosenChecks, names, nearest },
    ...{ toasts, theme, privacy, offline, updates },
  };
}
