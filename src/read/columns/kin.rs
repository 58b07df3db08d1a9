//! Names that say a field in another sense than the column that is read: parameters before pruning, steps of the optimizer.

use super::super::fields::{Field, normalise};
use super::super::measure::{EVALUATIONS, words};
use super::super::scale::without_unit;
use super::super::text::{is_in, last};

/// Words that say which parameters: all of a network, or those before anything was taken away.
const WHICH_PARAMS: [&str; 14] = [
    "all", "total", "base", "full", "dense", "original", "orig", "frozen", "parent", "before", "unpruned",
    "teacher", "model", "backbone",
];
/// Words beside them that say nothing more.
const OF_PARAMS: [&str; 7] = ["n", "num", "number", "count", "of", "pruning", "trainable"];
const PARAMS: [&str; 4] = ["params", "parameters", "param", "parameter"];

/// Steps that the optimizer made; the longer words first.
const STEPS: [&str; 10] =
    ["iterations", "iteration", "iters", "iter", "updates", "update", "batches", "steps", "step", "it"];
/// A name of steps has no more letters.
const LONGEST: usize = 40;
/// Words beside them that say which, or nothing more.
const OF_STEPS: [&str; 30] = [
    "optimizer",
    "optim",
    "opt",
    "gradient",
    "grad",
    "training",
    "trainer",
    "trained",
    "train",
    "global",
    "current",
    "cur",
    "completed",
    "done",
    "actual",
    "final",
    "stopped",
    "last",
    "run",
    "elapsed",
    "model",
    "number",
    "num",
    "count",
    "index",
    "idx",
    "no",
    "so",
    "far",
    "n",
];

/// Losses of the text alone, where `loss` may have more in it, as one of experts that share their work.
const LOSSES: &str = "lmloss celoss nllloss crossentropyloss mainloss ntploss nexttokenloss languageloss languagemodelingloss taskloss \
     ce xent maince";

/// Words of how far a run came, beside one of tokens.
const WHICH_TOKENS: &str = "actual actually real true stopped stop early final last done used completed finished effective eff nonpad unpadded \
     reached ended achieved processed consumed seen spent checkpoint ckpt loss masked";
const TOKENS: &str = "token tokens toks tok d";
const OF_TOKENS: &str = "n num number count of at in so far the total train training trained run";
/// Names of it without such a word.
const SEEN: &str = "seen stoppedat endedat finishedat evalattokens tokensateval";

/// Words that say which parameters a run has, beside one of parameters.
const SOME_PARAMS: &str = "used active nonemb nonembed noemb eff effective equiv equivalent trained unfrozen flop flops actual real true corrected final";
const OF_SOME_PARAMS: &str = "n num number count of in per token dense non emb embed embedding excl without";
/// Names of them without such a word.
const ACTIVE: &str = "active activepertoken activepertok nonemb unfrozen";

/// Words of a loss that stands for another.
const WHICH_LOSS: &str = "corrected correct fixed adj adjusted debiased unbiased true real actual last end final after decay decayed annealed \
     anneal annealing cooldown cooled rerun reeval reevaluated new updated recomputed v2 v3";
const LOSS: &str = "loss losses ce nll";
const OF_LOSS: &str = "at of the lr in run value";

/// Whether one word says which, one of what, and all others nothing more.
pub(super) fn is_made_of(words: &[String], which: &str, of: &str, others: &str) -> bool {
    let any = |names: &str| words.iter().any(|word| is_in(names, word));
    any(which) && any(of) && words.iter().all(|word| [which, of, others].iter().any(|all| is_in(all, word)))
}

/// Whether a column of this name may be the field, if its numbers are near those that are read.
pub(super) fn is_near(field: Field, header: &str) -> bool {
    let (name, lower) = (normalise(header), without_unit(header).0);
    let is_of = |which: &str, own: &str, others: &str| is_made_of(&words(&lower), which, own, others);
    match field {
        Field::Tokens => is_in(SEEN, &name) || is_of(WHICH_TOKENS, TOKENS, OF_TOKENS),
        Field::Params => {
            is_in(ACTIVE, &name) || is_of(SOME_PARAMS, "params parameters param parameter n", OF_SOME_PARAMS)
        }
        Field::Loss => EVALUATIONS.contains(&name.as_str()) || is_of(WHICH_LOSS, LOSS, OF_LOSS),
        _ => false,
    }
}

/// Whether a column of this name could be the field.
pub(super) fn may_be(field: Field, header: &str) -> bool {
    let part = last(header);
    let name = normalise(part);
    match field {
        // `trainer/step` beside the count of a tracker's rows.
        Field::Step if name == "step" => part != header && !is_of_each(header),
        Field::Step => name == "stoppedat" || (name.len() <= LONGEST && is_of_steps(&name, false)),
        Field::Loss => is_in(LOSSES, &name),
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

/// Whether a name is made of words of steps, of which one says so.
fn is_of_steps(name: &str, says_so: bool) -> bool {
    let after = |words: &[&str], says_so: bool| {
        words.iter().filter_map(|word| name.strip_prefix(word)).any(|rest| is_of_steps(rest, says_so))
    };
    if name.is_empty() { says_so } else { after(&STEPS, true) || after(&OF_STEPS, says_so) }
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
    fn names_may_be_a_field_where_their_numbers_are_near() {
        for (field, names) in [
            (
                Field::Tokens,
                "stopped_at_tokens early_stop_tokens actual_tokens final_tokens tokens_done tokens_used nonpad_tokens D_actual seen last_ckpt_tokens \
                 tokens(actual) loss_tokens",
            ),
            (
                Field::Params,
                "params_used active active_per_token nonemb N_eff dense_equiv_params trained_params flop_params",
            ),
            (
                Field::Loss,
                "corrected_loss loss_last val loss_after_decay annealed_loss loss_cooldown loss_adj loss_v2 loss(rerun)",
            ),
        ] {
            names.split_whitespace().for_each(|name| assert!(is_near(field, name), "{name}"));
        }
        for (field, names) in [
            (
                Field::Tokens,
                "tokens tokens_per_step tokens_per_param unique_tokens dataset_tokens warmup_tokens eval_tokens prune_start_tokens stop d vocab",
            ),
            (Field::Params, "params embedding_params n final_density used active_learning expert_params"),
            (
                Field::Loss,
                "loss loss_std loss_at_init aux_loss train_loss predicted_loss best_loss final_lr v2 loss_pile",
            ),
        ] {
            names.split_whitespace().for_each(|name| assert!(!is_near(field, name), "{name}"));
        }
    }

    #[test]
    fn names_may_be_a_field_in_another_sense() {
        for (field, names) in [
            (
                Field::Params,
                "all_params params_total_M base_model_params full_params params_before_pruning dense_params orig_params",
            ),
            (
                Field::Step,
                "iter train/iter optimizer_step trainer/step completed_steps current_step n_iter it update step_num train_it",
            ),
            (Field::Loss, "main_loss ce train/lm_loss next_token_loss"),
        ] {
            names.split_whitespace().for_each(|name| assert!(may_be(field, name), "{name}"));
        }
        for (field, names) in [
            (
                Field::Params,
                "params embedding_params params_after_pruning model total active_params dense_layers",
            ),
            (
                Field::Step,
                "step micro_step max_steps warmup_steps eval_step epoch steps_per_second runtime limit",
            ),
            (Field::Loss, "aux_loss z_loss loss best_loss"),
        ] {
            names.split_whitespace().for_each(|name| assert!(!may_be(field, name), "{name}"));
        }
    }
}
