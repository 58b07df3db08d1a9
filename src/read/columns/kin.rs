//! Names that say a field in another sense than the column that is read: parameters before pruning, steps of the optimizer.

use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::scale::without_unit;
use super::super::text::last;

/// Words that say which parameters: all of a network, or those before anything was taken away.
const WHICH_PARAMS: [&str; 14] = [
    "all", "total", "base", "full", "dense", "original", "orig", "frozen", "parent", "before", "unpruned",
    "teacher", "model", "backbone",
];
/// Words beside them that say nothing more.
const OF_PARAMS: [&str; 7] = ["n", "num", "number", "count", "of", "pruning", "trainable"];
const PARAMS: [&str; 4] = ["params", "parameters", "param", "parameter"];

/// Steps that the optimizer made.
const STEPS: &str = "iter iteration iternum iterations optimizerstep optimizersteps optstep optimstep updatestep updatesteps updates \
     nupdates gradientstep trainstep trainiter trainerstep globalstep globalsteps completedsteps actualsteps finalstep stoppedstep \
     stoppedat laststep stepsdone donesteps trainedsteps stepstrained stepsrun";

/// Losses of the text alone, where `loss` may have more in it, as one of experts that share their work.
const LOSSES: &str = "lmloss celoss nllloss crossentropyloss mainloss ntploss nexttokenloss languageloss languagemodelingloss taskloss \
     ce xent maince";

/// Whether a column of this name could be the field.
pub(super) fn may_be(field: Field, header: &str) -> bool {
    let part = last(header);
    let name = normalise(part);
    let is_in = |names: &str| names.split_whitespace().any(|own| own == name);
    match field {
        // `trainer/step` beside the count of a tracker's rows.
        Field::Step => is_in(STEPS) || (name == "step" && part != header && !is_of_each(header)),
        Field::Loss => is_in(LOSSES),
        Field::Params => {
            let lower = without_unit(part).0.to_lowercase();
            let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            let is = |all: &'static [&'static str]| move |word: &str| all.contains(&word);
            words().any(is(&PARAMS))
                && words().any(is(&WHICH_PARAMS))
                && words().all(|word| is(&PARAMS)(word) || is(&WHICH_PARAMS)(word) || is(&OF_PARAMS)(word))
        }
        _ => false,
    }
}

/// Whether a name is that of what a step has: `tokens/step`.
fn is_of_each(header: &str) -> bool {
    const COUNTED: [&str; 6] = ["tok", "toks", "token", "tokens", "samples", "sequences"];
    let before = header.rsplit_once('/').map_or("", |(before, _)| before);
    words(before).last().is_some_and(|word| COUNTED.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_a_field_in_another_sense() {
        for (field, names) in [
            (
                Field::Params,
                "all_params params_total_M base_model_params full_params params_before_pruning dense_params orig_params",
            ),
            (Field::Step, "iter train/iter optimizer_step trainer/step completed_steps"),
            (Field::Loss, "main_loss ce train/lm_loss next_token_loss"),
        ] {
            names.split_whitespace().for_each(|name| assert!(may_be(field, name), "{name}"));
        }
        for (field, names) in [
            (
                Field::Params,
                "params embedding_params params_after_pruning model total active_params dense_layers",
            ),
            (Field::Step, "micro_step max_steps warmup_steps eval_step epoch"),
            (Field::Loss, "aux_loss z_loss loss best_loss"),
        ] {
            names.split_whitespace().for_each(|name| assert!(!may_be(field, name), "{name}"));
        }
    }
}
