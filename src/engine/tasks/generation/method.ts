/** What a method of written answers is given, and what its fits give: losses of answers, and an adapter that is kept. */
import type { AnswerLoss, Decoding } from '../../../core/run/generation-outcome';
import type { GenerationData, TokenExample, TrainedAdapter } from '../../../core/run/generation';
import type { Probe, ProbeAnswers } from '../../../core/run/probes';
import type { Method } from '../../../core/settings/settings';
import type { Fit, FitContext, FitTask, FoldLearner } from '../../fit/learner';
import type { Decoder } from '../../models/decoder';
import type { AnswerCrew } from './crew';
import type { Writer } from './writer';

/** What all parts of a run share. */
export interface GenerationTaskContext extends FitContext {
  observer: FitContext['observer'] & { onProbes?(answers: ProbeAnswers): void };
  /** As it came. */
  model: Decoder;
  modelId: string;
  modelSha256: string;
  data: GenerationData;
  probes: readonly Probe[];
  /** Its wanted answer is looked at token by token. */
  shown: TokenExample | null;
  writer: Writer;
  decoding: Decoding;
  /** Threads that share in the steps; null where this one does them alone. */
  crew: AnswerCrew | null;
}

export interface WriterFit extends Fit<AnswerLoss[], TrainedAdapter> {
  /** The model with what was learned; owned by the fit. */
  decoder: Decoder;
}

/** What a method computes: the other half of its descriptor in core/settings/methods. */
export interface GenerationMethod {
  id: Method;
  learner(context: GenerationTaskContext): FoldLearner<WriterFit>;
  /** Steps of a fit to so many rows. */
  steps(context: Pick<GenerationTaskContext, 'settings'>, task: Pick<FitTask, 'rows' | 'epochs'>): number;
}
