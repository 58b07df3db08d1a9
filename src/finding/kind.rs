//! What looks odd about a sweep, in types and in words.

mod place;
mod text;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

pub use place::Place;

use super::learning_rate::LearningRate;

/// Most places that a finding lists; it counts them all.
const PLACES: usize = 20;

/// Most places that a warning names.
const SHOWN: usize = 4;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Runs of which FLOPs alone are known, of fewer than 1e11 or more than 1e32.
    ImplausibleFlops {
        /// The fewest.
        least: f64,
        /// The most.
        greatest: f64,
    },
    /// Runs of fewer than 1e4 or more than 1e14 parameters.
    ImplausibleParams {
        /// Least count among them.
        least: f64,
        /// Greatest.
        greatest: f64,
    },
    /// Runs that ended after fewer tokens than they have parameters.
    TokensBelowParams {
        /// Least tokens per parameter, N₀.
        least: f64,
    },
    /// Runs that ended after more than 1e4 tokens per parameter: most runs, a tenth that are far from the others, or some after 1e7 or 1e14
    /// tokens.
    TokensFarAboveParams {
        /// Most tokens per parameter, N₀.
        greatest: f64,
    },
    /// Rows with a loss above the logarithm of the vocabulary, what guessing scores.
    LossAboveGuessing {
        /// That logarithm; the least, where vocabularies differ.
        bound: f64,
        /// Whether the vocabulary is not given, and 2^17 was taken.
        assumed: bool,
    },
    /// Most runs of 1e8 parameters and 1e9 tokens or more end above a loss of 5, as perplexities do.
    LossTooHigh {
        /// The least loss of such runs.
        least: f64,
    },
    /// Most runs end below a loss of 1, as accuracies and bits a byte do.
    LossBelowOne {
        /// The least loss at the end of a run.
        least: f64,
    },
    /// Most runs end below a perplexity of 6, whose logarithm was taken: such numbers are losses of language, or of bytes.
    LowPerplexity {
        /// The column.
        column: String,
        /// The least and the greatest perplexity at the end of a run.
        between: [f64; 2],
    },
    /// Losses rise with parameters and tokens.
    LossesRise {
        /// Rank correlation of the loss and N₀ D.
        correlation: f64,
    },
    /// Runs that end above 1.5 times the loss of one with no more parameters and tokens.
    LossFarAbove {
        /// Most, over that loss.
        most: f64,
    },
    /// Runs that end so far below those with no fewer parameters and tokens that several of these are at 1.5 times their loss.
    LossFarBelow {
        /// Most of the others, over that loss.
        most: f64,
    },
    /// Runs of another vocabulary than most, whose losses a token are of other tokens.
    SeveralVocabularies {
        /// The column.
        column: String,
        /// The least of them, and the greatest.
        sizes: [f64; 2],
    },
    /// Runs of several tokenizers, too few of one of them for a test whether they lie on one law.
    SeveralTokenizers {
        /// The column.
        column: String,
    },
    /// Runs that a column marks as not to be used.
    MarkedOut {
        /// The column.
        column: String,
        /// What it says of them.
        value: String,
        /// How to leave them out.
        remedy: String,
    },
    /// Runs of one N and D that were trained at several learning rates.
    LearningRates {
        /// How many such pairs of N and D.
        pairs: usize,
    },
    /// Runs of one N and D that a column of words tells apart, as by recipe.
    SeveralKinds {
        /// The column.
        column: String,
        /// What it says, in the order of letters.
        kinds: Vec<String>,
        /// How many such pairs of N and D.
        pairs: usize,
    },
    /// Runs of one N and D that are of several groups.
    SeveralGroups {
        /// The column.
        column: String,
        /// The groups, in the order of letters.
        groups: Vec<String>,
        /// How many such pairs of N and D.
        pairs: usize,
    },
    /// Runs of one N and D, alike in all that is read, whose losses are more than 5 % apart at half of such pairs or more.
    LossesApart {
        /// How many pairs of N and D several runs share.
        pairs: usize,
        /// The farthest apart, relatively.
        most: f64,
    },
    /// Rows without a run's name that look like the loss curve of one run.
    OneCurve {
        /// How many curves they look like.
        curves: usize,
    },
    /// Pruning that begins and ends within a step or a token.
    ShortRamp {
        /// The longest such ramp, in tokens.
        longest: f64,
    },
    /// Runs whose tokens are not steps x tokens a step, or samples x sequence length, to 20 %, nor as many times that as in most runs: the
    /// batch may be that of one device. Where neither is told, runs whose tokens are an epoch or more off unique tokens x epochs.
    TokensDisagree {
        /// Tokens over what steps make of them, the least.
        least: f64,
        /// The greatest.
        greatest: f64,
    },
    /// Rows whose FLOPs are not 6 N̄ D to 20 %.
    FlopsDisagree {
        /// Least FLOPs given over 6 N̄ D.
        least: f64,
        /// Greatest.
        greatest: f64,
        /// Whether they are 6 N₀ D on each of the rows: those of dense runs.
        as_dense: bool,
    },
    /// Rows whose N̄ or final parameters are not those of the run's schedule to 1 %: a fit takes the given ones.
    CountsDisagree {
        /// Least count given over the schedule's.
        least: f64,
        /// Greatest.
        greatest: f64,
    },
    /// A value that a filter asks for by `=` or `!=`, and that no row has.
    ValueNotFound {
        /// The clause of the filter.
        clause: String,
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// What rows have instead.
        remedy: String,
    },
    /// A column that may say how much is pruned, differs between runs, and is not read.
    PruningNotRead {
        /// The column.
        column: String,
        /// What it says.
        values: String,
        /// Whether a person said that nothing of pruning is to be read.
        is_off: bool,
    },
    /// A column of epochs in a table of runs to come, or of measured ones, beside tokens that may be those of one.
    EpochsBeside {
        /// The column.
        column: String,
        /// What it says.
        values: String,
    },
    /// Names or texts that say that runs are networks of experts, beside parameters of which a token may meet a part.
    Experts {
        /// The column of the texts.
        column: String,
        /// What they say.
        values: String,
        /// What chooses the parameters that are read now.
        remedy: String,
    },
    /// Runs whose logged counts end before them, and fell to the last or had long been level.
    CountsEnd {
        /// The least share of its run at which they end.
        least: f64,
    },
    /// Runs whose logged counts are far apart and held to the next, while changes may have come up to a row earlier.
    CountsApart {
        /// The share by which the average of parameters is too high at most, of the run for which it is largest.
        most: f64,
    },
    /// Runs that the log of counts lacks, and that nothing else says were pruned.
    NotCounted,
    /// Runs of which a column of sparsities, densities or nonzero parameters says another share left than the schedule or the log,
    /// by more than 0.01: a fit takes these.
    DensityDisagrees {
        /// The share left that the column of the first such run says.
        given: f64,
        /// That of its schedule, or of its log.
        own: f64,
        /// Whether it is that of its log.
        counted: bool,
    },
    /// Rows of more unique tokens than tokens, by 1 % or more.
    UniqueAboveTokens {
        /// Most, over the tokens.
        most: f64,
    },
    /// Rows that would have seen each unique token more than 1e4 times.
    Repeated {
        /// Most times.
        most: f64,
    },
    /// Runs that have parameters, tokens and losses of another.
    Duplicates {
        /// Groups of such runs.
        groups: usize,
    },
    /// Runs whose last row comes before 99 % of their planned length.
    CutShort {
        /// Least share done.
        least: f64,
    },
    /// Runs of the files that have no finite loss.
    WithoutLoss {
        /// Their names.
        names: String,
    },
    /// Runs whose log goes on for more than a tenth of it after their last loss.
    LossEnds {
        /// The least share of its log at which one's last loss stands.
        least: f64,
    },
    /// Runs whose last losses are not finite.
    Diverged {
        /// The step at which the first did, where that is known.
        step: Option<f64>,
        /// What leaves them out.
        remedy: String,
    },
    /// Runs that their tracker says did not come to their end.
    Unfinished {
        /// Its words: crashed, failed, killed, running.
        states: Vec<String>,
        /// What leaves them out.
        remedy: String,
    },
    /// Runs that stop where another of their size begins, at the same loss: parts of a run that was resumed.
    Resumed {
        /// What leaves them out.
        remedy: String,
    },
    /// Runs that end before 90 % of the tokens at which most others of their group end.
    EndsEarly {
        /// The tokens of most others, least and greatest over the groups.
        others: [f64; 2],
    },
    /// Runs that end at more of their greatest learning rate than others do: the decay was still to come.
    EndsWarm {
        /// The share of its greatest at which the learning rate ends, most, and of a quarter of the runs.
        shares: [f64; 2],
    },
    /// Runs that end at a loss more than a tenth above their least.
    EndsHigh {
        /// Most, over the least loss.
        most: f64,
    },
    /// Runs whose last loss is, to the last digit, the least of an earlier row.
    EarlierLoss,
    /// Curves that fall faster than D^-0.2 over the second half of their tokens.
    StillFalling {
        /// The steepest, as the exponent of D.
        steepest: f64,
    },
    /// Rows that come before their run's last, of runs whose learning rate is not known to be constant.
    Intermediate {
        /// Rows of all runs.
        of: usize,
        /// What is known.
        learning_rate: LearningRate,
    },
}

/// Something odd about a sweep: what, how often and where. Its [`Display`](std::fmt::Display) is a sentence without the places.
///
/// ```
/// use nbar::{ObservationOptions, Run, Sweep, inspect, inspect::FindingKind};
/// let sweep = Sweep::from_runs(vec![Run::dense("a", 1e9, 2e10, 2.51), Run::dense("b", 1e9, 20.0, 2.4)])?;
/// let finding = inspect(&sweep, &ObservationOptions::default()).findings.remove(0);
/// assert_eq!(finding.kind, FindingKind::TokensBelowParams { least: 2e-8 });
/// assert_eq!((finding.count, finding.places[0].run.as_str()), (1, "b"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    #[serde(rename = "what")]
    pub kind: FindingKind,
    /// How many runs or rows it concerns.
    pub count: usize,
    /// The first 20 of them.
    pub places: Vec<Place>,
}

impl Finding {
    /// The first places, in parentheses; none where all rows of curves are meant.
    pub(crate) fn first_places(&self) -> String {
        let is_of_all =
            matches!(self.kind, FindingKind::Intermediate { .. } | FindingKind::LossesRise { .. });
        if is_of_all || self.places.is_empty() {
            return String::new();
        }
        let first: Vec<String> = self.places.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if self.count > SHOWN { ", ..." } else { "" };
        format!(" ({}{more})", first.join(", "))
    }

    /// A finding, unless it concerns nothing.
    pub(super) fn some(kind: FindingKind, places: Found) -> Option<Self> {
        (places.count > 0).then_some(Self { kind, count: places.count, places: places.first })
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 4)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("what", &self.kind)?;
        fields.serialize_field("count", &self.count)?;
        fields.serialize_field("places", &self.places)?;
        fields.end()
    }
}

/// Places in the making.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) count: usize,
    first: Vec<Place>,
}

impl Found {
    /// Counts a place; only the first few are made.
    pub(super) fn add(&mut self, place: impl FnOnce() -> Place) {
        self.count += 1;
        if self.first.len() < PLACES {
            self.first.push(place());
        }
    }
}
