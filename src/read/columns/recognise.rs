//! Columns that are known by their names.

use super::super::fields::{Field, normalise};
use super::super::measure::{EVALUATIONS, Measure, is_of_start, logarithm, words};
use super::super::scale;
use super::Columns;
use crate::Result;
use crate::run::MappedBy;

impl Columns {
    /// The field's column: the one of its name, else the only one of its usual names. Names that may also mean
    /// something else compete with those where the field is needed, and else come after them. In what a tool
    /// logs, names that say more come first: `eval_loss` before `loss`, and before `train_loss`.
    pub(super) fn recognise(&self, field: Field, taken: &[usize]) -> Result<Option<(usize, MappedBy)>> {
        let info = field.info();
        let free = |index: &usize| !taken.contains(index) && !self.not.contains(&(field, *index));
        let own = self.headers.iter().position(|header| header == info.name);
        if let Some(index) = own.filter(free)
            && !self.log
        {
            return Ok(Some((index, MappedBy::Exact)));
        }
        let name = normalise(info.name);
        let exact = |header: &str| header == name;
        let [aliases, weak_aliases] = info.all_aliases();
        let alias = |header: &str| aliases.contains(&header);
        let weak = |header: &str| weak_aliases.contains(&header);
        let either = |header: &str| alias(header) || weak(header);
        let needed = matches!(field, Field::Params | Field::Tokens | Field::Loss);
        // The last rate of a log, `lr`, is not that of its config.
        let ranks: &[&dyn Fn(&str) -> bool] = match (self.log && field != Field::LearningRate, needed) {
            (true, _) => &[&alias, &exact, &weak],
            (false, true) => &[&exact, &either],
            (false, false) => &[&exact, &alias, &weak],
        };
        // Of several evaluations a person chooses; they go before losses of training.
        let mut evaluations: Vec<usize> = Vec::new();
        if field == Field::Loss {
            evaluations.extend((0..self.headers.len()).filter(|&index| is_evaluation(&self.headers[index])));
        }
        let is_alias = |index: &usize| alias(&self.normal[*index]);
        for (rank, matches) in ranks.iter().enumerate() {
            let mut found = self.positions(matches);
            found.retain(free);
            // A log has those of training under other names; what is smoothed is called `loss`, and the text's own `nll_loss`.
            if self.log && found.len() > 1 && evaluations.iter().any(|index| found.contains(index)) {
                found.clone_from(&evaluations);
                found.retain(free);
                let is_best = |index: &usize| words(&self.headers[*index]).iter().any(|word| word == "best");
                if !found.iter().all(is_best) {
                    found.retain(|index| !is_best(index));
                }
                found.sort_by_key(|index| !self.normal[*index].contains("nll"));
            }
            if rank == 1 && !found.iter().any(is_alias) && evaluations.iter().any(free) {
                found.clone_from(&evaluations);
                found.retain(free);
            }
            // Of a table's `loss` and another a person chooses.
            if field == Field::Loss && (self.log || rank > 0) {
                self.take_own(&mut found, free);
            }
            match found[..] {
                [] => {}
                [index] if exact(&self.normal[index]) => {
                    return Ok(Some((index, MappedBy::Exact)));
                }
                [index] => return Ok(Some((index, MappedBy::Alias))),
                // Of a tracker's table of runs the identity counts: names may be repeated.
                _ if field == Field::Run && self.has("state") && self.has("name") && self.has("id") => {
                    return Ok(self.positions(|name| name == "id").first().map(|&id| (id, MappedBy::Alias)));
                }
                _ => return Err(self.ambiguous(info.name, &found)),
            }
        }
        if field == Field::Loss {
            return self.recognise_measure(taken);
        }
        let scaled = |index: &usize| {
            let header = &self.headers[*index];
            let is = || match field {
                Field::Flops => is_flops_with_unit(header),
                _ => {
                    let names = [Some(header.as_str()), inside(header)].into_iter().flatten();
                    self.with_unit[*index]
                        && names.clone().any(|name| scale::of_header(field, name).is_some())
                }
            };
            free(index) && is()
        };
        let found: Vec<usize> = (0..self.headers.len()).filter(scaled).collect();
        let is_inside = |index: &usize| {
            let name = inside(&self.headers[*index]).map(normalise);
            free(index) && name.is_some_and(|name| exact(&name) || alias(&name))
        };
        let nested = || (0..self.headers.len()).filter(is_inside).collect();
        let of_length = [Field::Step, Field::TokensPerStep, Field::BatchSize, Field::SequenceLength];
        let may_nest = needed || of_length.contains(&field);
        let found = if found.is_empty() && may_nest { nested() } else { found };
        match found[..] {
            [] => Ok(None),
            [index] => Ok(Some((index, MappedBy::Alias))),
            _ => Err(self.ambiguous(info.name, &found)),
        }
    }

    /// The columns of usual names of a field where none has its own.
    pub(in crate::read) fn called(&self, field: Field) -> Vec<usize> {
        let info = field.info();
        if self.index(field).is_some()
            || self.is_off(field)
            || self.headers.iter().any(|own| own == info.name)
        {
            return Vec::new();
        }
        self.positions(|name| info.is_alias(name) || info.is_weak_alias(name))
    }

    /// Beside the step that a row is at, `total_steps` is the length of its run.
    pub(super) fn part_steps(&mut self) {
        const CURRENT: [&str; 12] = [
            "currentstep",
            "currentsteps",
            "curstep",
            "cursteps",
            "stepsdone",
            "stepsrun",
            "stepscompleted",
            "completedsteps",
            "stoppedstep",
            "stepstaken",
            "iteration",
            "iter",
        ];
        const TOTALS: [&str; 8] = [
            "totalsteps",
            "trainsteps",
            "trainingsteps",
            "numtrainsteps",
            "numtrainingsteps",
            "totaliters",
            "totaliterations",
            "numiterations",
        ];
        let fields = [Field::Step, Field::PlannedSteps];
        let is_free = |field: &Field| self.index(*field).is_none() && !self.is_off(*field);
        let has_step = self.has("step");
        let found = [
            self.positions(|name| name == "step" || !has_step && CURRENT.contains(&name)),
            self.positions(|name| TOTALS.contains(&name)),
        ];
        let is_told = fields.iter().all(is_free);
        if let [[current], [total]] = [&*found[0], &*found[1]]
            && is_told
        {
            for (field, index) in fields.into_iter().zip([current, total]) {
                self.by_field[field as usize] = Some((*index, MappedBy::Alias));
            }
        }
    }

    /// The only column of perplexities, else of bits or nats a byte. One of another network is asked about, and not read alone.
    fn recognise_measure(&self, taken: &[usize]) -> Result<Option<(usize, MappedBy)>> {
        const MEASURES: [Measure; 7] = [
            Measure::Perplexity,
            Measure::Log10Perplexity,
            Measure::BitsPerToken,
            Measure::BitsPerByte,
            Measure::BitsPerCharacter,
            Measure::NatsPerByte,
            Measure::NatsPerCharacter,
        ];
        for measure in MEASURES {
            // What was made of a measure is none, but for its logarithm.
            let is_itself =
                |header: &str| !is_of_start(header) && (logarithm(header).is_some() || !is_made(header));
            let is = |index: &usize| {
                let header = &self.headers[*index];
                Measure::of(Field::Loss, header) == measure && is_itself(header)
            };
            let found: Vec<usize> = (0..self.headers.len()).filter(|i| !taken.contains(i) && is(i)).collect();
            match found[..] {
                [] => {}
                [index] if is_of_another(&self.headers[index]) => {}
                [index] => return Ok(Some((index, MappedBy::Alias))),
                _ => return Err(self.ambiguous(Field::Loss.name(), &found)),
            }
        }
        Ok(None)
    }
}

/// Whether a header is FLOPs with a unit: `compute (PFLOP-days)`, `flops_1e18`.
fn is_flops_with_unit(header: &str) -> bool {
    let name = header
        .split_once(['(', '['])
        .map_or_else(|| scale::without_unit(header).0, |(name, _)| name.to_owned());
    Field::named(&name) == Some(Field::Flops)
        && matches!(Measure::of(Field::Flops, header), Measure::FlopsOf(_))
}

/// The last part of a name in a tree of a run's own settings: `model.n_params`, `config/model/num_params`.
fn inside(header: &str) -> Option<&str> {
    const TREES: [&str; 14] = [
        "model",
        "config",
        "summary",
        "args",
        "arguments",
        "hparams",
        "params",
        "cfg",
        "train",
        "training",
        "parameters",
        "hyperparameters",
        "run",
        "general",
    ];
    let (trees, name) = header.rsplit_once(['.', '/'])?;
    trees.split(['.', '/']).all(|tree| TREES.contains(&tree.to_lowercase().as_str())).then_some(name)
}

/// Whether a header is one of several losses of an evaluation: `eval_web_loss`, `eval/c4-validation/CrossEntropyLoss`.
pub(super) fn is_evaluation(header: &str) -> bool {
    const EVALUATIONS: [&str; 6] = ["eval", "val", "valid", "validation", "heldout", "holdout"];
    let name = header.to_lowercase();
    let words = name.split(|c: char| !c.is_alphanumeric());
    words.clone().any(|word| EVALUATIONS.contains(&word))
        && (name.contains("loss") || words.clone().any(|word| word == "ce"))
        && !words.clone().any(|word| word == "train")
        && Measure::of(Field::Loss, header) == Measure::Plain
        && !is_made(header)
        && !is_of_start(header)
}

/// Whether a name says that it is of an evaluation.
pub(super) fn says_evaluation(header: &str) -> bool {
    words(header).iter().any(|word| EVALUATIONS.contains(&word.as_str()))
}

/// Whether a name says that it is of another network than the run's last: `ppl_before`, `teacher_ppl`.
pub(super) fn is_of_another(header: &str) -> bool {
    const OTHERS: [&str; 7] = ["baseline", "before", "dense", "teacher", "unpruned", "original", "reference"];
    words(header).iter().any(|word| OTHERS.contains(&word.as_str()))
}

/// Whether a name says what was made of a thing: its logarithm, a difference, a multiple.
pub(in crate::read) fn is_made(header: &str) -> bool {
    const MADE: [&str; 20] = [
        "excess",
        "reducible",
        "delta",
        "diff",
        "difference",
        "gap",
        "rel",
        "relative",
        "ratio",
        "norm",
        "normalized",
        "scaled",
        "std",
        "stderr",
        "sem",
        "var",
        "exp",
        "minus",
        "mnats",
        "millinats",
    ];
    let header = header.to_lowercase();
    let in_brackets = header.ends_with([')', ']']);
    // A folder may be called `log`.
    let header = if in_brackets { &header } else { header.rsplit('/').next().unwrap_or(&header) };
    let mut words = header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_multiple = |word: &str| {
        let number = word.strip_prefix('x').or_else(|| word.strip_suffix('x'));
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    };
    logarithm(header).is_some()
        || header.contains(" - ")
        || header.contains('%')
        || (in_brackets && scale::has_unit(header))
        || words.any(|word| MADE.contains(&word) || is_multiple(word))
}
