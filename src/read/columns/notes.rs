//! What to say of a table's columns, and which of them say more than is read.

mod steps;

use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::row::Rows;
use super::super::scale;
use super::super::unread::Unread;
use super::Columns;
use crate::run::Conversion;
use crate::{Run, units};

/// Columns of a warm-up that is no share of the run.
const WARMUPS: [&str; 5] =
    ["numwarmupsteps", "warmupsteps", "lrwarmupsteps", "lrwarmupiters", "warmuptokens"];

impl Columns {
    /// Columns that stand for no field, and yet say what a run is.
    pub(in crate::read) fn unread_columns(&self, is_given: impl Fn(Field) -> bool) -> Unread {
        let field = self.size_of_step();
        let has_tokens = field == Field::TokensPerStep;
        let is_used = self.index(field).is_some() && (has_tokens || !is_given(Field::TokensPerStep));
        let batch = Some(field).filter(|field| is_used && !self.is_chosen(*field));
        Unread::new(
            self.headers(),
            |index| self.field_of(index).is_none(),
            |field| self.index(field).is_some() || is_given(field),
            self.is_off(Field::FinalSparsity),
            batch.map(|field| self.header(field)),
        )
    }

    /// The column that names the runs.
    pub(in crate::read) fn names(&self) -> Option<(usize, &str)> {
        self.index(Field::Run).map(|index| (index, self.header(Field::Run)))
    }

    /// The column that names the runs, where the name may be something else's (`model`), or says the size, and no steps say that rows are a curve.
    pub(in crate::read) fn name_of_curves(&self, runs: &[Run]) -> Option<String> {
        let index = self.index(Field::Run).filter(|_| !self.log && !self.is_chosen(Field::Run))?;
        // How many steps a run took says nothing of one's rows.
        const LENGTHS: [&str; 6] =
            ["totalsteps", "nsteps", "numsteps", "trainsteps", "trainingsteps", "numtrainsteps"];
        // Learning rates are of curves.
        let says_size = self.index(Field::LearningRate).is_none() && are_of_sizes(runs);
        let is_weak = says_size || Field::Run.info().is_weak_alias(&self.normal[index]);
        let steps = self.index(Field::Step).filter(|steps| !LENGTHS.contains(&&*self.normal[*steps]));
        (is_weak && steps.is_none()).then(|| self.headers[index].clone())
    }

    /// Whether a column counts what one run has several of.
    pub(in crate::read) fn counts_checkpoints(&self) -> bool {
        const NAMES: [&str; 8] =
            ["epoch", "checkpoint", "ckpt", "checkpointstep", "revision", "iteration", "iter", "progress"];
        self.normal.iter().any(|name| NAMES.contains(&name.as_str()))
    }

    /// What tells how long a row's run is beside its tokens: the number of a column that is not read for it.
    pub(in crate::read) fn beside(&self, field: Field, row: &impl Rows) -> Option<f64> {
        let (_, index) = self.beside.iter().find(|(own, _)| *own == field)?;
        match self.conversion(field) {
            Conversion::Factor(factor) => units::number(&scale::in_unit(row.cell(*index), factor)),
            _ => units::number(row.cell(*index)),
        }
    }

    /// The column of how often a run saw its data.
    pub(super) fn epochs(&self) -> Option<usize> {
        const NAMES: [&str; 6] =
            ["epochs", "nepochs", "numepochs", "trainepochs", "trainingepochs", "numtrainepochs"];
        self.normal.iter().position(|name| NAMES.contains(&&**name)).filter(|_| !self.log)
    }

    /// The same, or one that may be it, where nothing tells what of its tokens differs.
    pub(in crate::read) fn epochs_alone(&self) -> Option<usize> {
        const MAY_BE: [&str; 5] = ["repeats", "repetitions", "passes", "datapasses", "datarepeats"];
        let is_told = self.index(Field::Tokens).is_none() || self.index(Field::UniqueTokens).is_some();
        let may_be = || self.normal.iter().position(|name| MAY_BE.contains(&&**name)).filter(|_| !self.log);
        self.epochs().or_else(may_be).filter(|_| !is_told)
    }

    /// How often a row's run saw its data.
    pub(in crate::read) fn epochs_of(&self, row: &impl Rows) -> Option<f64> {
        units::number(row.cell(self.epochs()?))
    }

    /// Parameters in a table of pruned runs that a tool may leave as they are, and that those that are read may have in them.
    fn kept_dense(&self) -> Option<usize> {
        const PARTS: [&str; 4] = ["embedding", "lmhead", "denselayers", "unpruned"];
        let prunes = [Field::Schedule, Field::FinalSparsity].iter().any(|field| self.index(*field).is_some());
        let params = self.index(Field::Params).filter(|_| prunes)?;
        let is_kept = |index: &usize| {
            let name = &self.normal[*index];
            name.contains("param") && !name.contains("non") && PARTS.iter().any(|part| name.contains(part))
        };
        let free = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none());
        free.filter(|_| !self.normal[params].contains("non")).find(is_kept)
    }

    /// What to say of a table: how tokens are computed where a batch tells them, and which warm-up is not read.
    pub(in crate::read) fn notes(&self, is_given: impl Fn(Field) -> bool) -> Vec<String> {
        let here = |field: Field| self.index(field).is_some();
        let told = |field: Field| here(field) || is_given(field);
        let mut notes = Vec::new();
        let by_batch = !here(Field::Tokens) && !here(Field::Samples) && !told(Field::TokensPerStep);
        if by_batch
            && [Field::Step, Field::BatchSize].iter().all(|field| here(*field))
            && told(Field::SequenceLength)
        {
            let [step, batch, length] =
                [Field::Step, Field::BatchSize, Field::SequenceLength].map(|field| self.header(field));
            notes.push(format!("tokens are {step} x {batch} x {length}"));
        }
        // A law of compute alone reads none.
        let by_flops = here(Field::Flops) && told(Field::Params) && !here(Field::TokensPerParam);
        if by_flops && !self.count_without_flops(&is_given) {
            let flops = self.header(Field::Flops);
            let params = self.index(Field::Params).map_or("params", |index| &self.headers[index]);
            let step = self.index(Field::Step).map_or_else(String::new, |index| {
                format!(": '{}' tells none without the tokens of a step", self.headers[index])
            });
            notes.push(format!("tokens are {flops} / (6 x {params}){step}"));
        }
        if here(Field::TokensPerParam) {
            let [params, ratio] = [Field::Params, Field::TokensPerParam].map(|field| self.header(field));
            notes.push(match self.index(Field::FixedParams) {
                Some(fixed) => format!("tokens are ({params} + {}) x {ratio}", self.headers()[fixed]),
                None => format!("tokens are {params} x {ratio}"),
            });
        }
        if let Some(kept) = self.kept_dense().filter(|_| !told(Field::FixedParams)) {
            let [params, kept] = [self.header(Field::Params), &self.headers[kept]];
            notes.push(format!(
                "'{kept}' is not read, and all of '{params}' may be pruned: if these are not, write the others into a column params and say \
                 `columns: fixed_params={kept}`"
            ));
        }
        notes.extend(self.note_of_own());
        notes.extend(self.note_of_start());
        const BEST: [&str; 5] = ["best", "min", "minimum", "least", "lowest"];
        let of_best = self.index(Field::Loss).map(|index| &self.headers()[index]);
        if let Some(best) = of_best.filter(|name| words(name).iter().any(|word| BEST.contains(&&**word))) {
            notes.push(format!(
                "'{best}' is taken as the loss at the end of each run: if it was reached before, tokens and the loss do not belong together"
            ));
        }
        let warmup =
            |name: &&String| WARMUPS.contains(&normalise(name.rsplit('/').next().unwrap_or(name)).as_str());
        if let Some(unread) = self.headers().iter().find(warmup).filter(|_| !told(Field::LrWarmup)) {
            notes.push(format!("'{unread}' is not read: lr_warmup takes a share of the run"));
        }
        notes
    }
}

/// Whether the names of all runs say their sizes, as `gpt-19M` does, and each another one.
fn are_of_sizes(runs: &[Run]) -> bool {
    /// A size is written to so much of itself.
    const NEAR: f64 = 0.1;
    let says_size = |run: &Run| {
        let mut words = run.id().split(|c: char| !c.is_alphanumeric() && c != '.');
        words.any(|word| {
            let is_size = word.ends_with(|c: char| c.is_ascii_alphabetic());
            let size = units::number(word).filter(|_| is_size);
            size.is_some_and(|size| (size / run.initial_params() - 1.0).abs() < NEAR)
        })
    };
    let mut sizes: Vec<u64> = runs.iter().map(|run| run.initial_params().to_bits()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.len() == runs.len() && runs.iter().all(says_size)
}
