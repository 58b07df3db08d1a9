//! Findings in words: what it means, and what to do.

use std::fmt;

use super::{Finding, FindingKind};
use crate::finding::learning_rate::LearningRate;
use crate::units::format_quantity;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |one: &str, many: &str| match self.count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let short = |value: f64| format_quantity(value, 3);
        let between = |least: f64, greatest: f64| match [short(least), short(greatest)] {
            [least, greatest] if least == greatest => least,
            [least, greatest] => format!("{least} to {greatest}"),
        };
        match &self.kind {
            FindingKind::ImplausibleFlops { least, greatest } => write!(
                f,
                "{} fewer than 1e11 or more than 1e32 FLOPs ({}); write counts (1e21, and not 21), or name their unit in the header \
                 (`flops (1e18)`, `PF-days`)",
                count("run has", "runs have"),
                between(*least, *greatest)
            ),
            FindingKind::ImplausibleParams { least, greatest } => {
                write!(
                    f,
                    "{} fewer than 10K or more than 100T parameters ({}); write counts, as 7B or 7e9 for 7 billion, or say \
                     the unit (`columns: params_millions=NAME`)",
                    count("run has", "runs have"),
                    between(*least, *greatest)
                )
            }
            FindingKind::TokensBelowParams { least } => write!(
                f,
                "{} fewer tokens than parameters ({} a parameter at the least); see whether the columns are \
                 exchanged, and name the unit of tokens that are no counts (`columns: tokens_billions=NAME`)",
                count("run saw", "runs saw"),
                short(*least)
            ),
            FindingKind::LossAboveGuessing { bound, assumed } => {
                let vocabulary = if *assumed { "the vocabulary, taken as 2^17" } else { "the vocabulary" };
                write!(
                    f,
                    "{} a loss above {bound:.2}, which guessing scores, the logarithm of {vocabulary}; take the logarithm of a \
                     perplexity (`columns: perplexity=NAME`), multiply bits by 0.6931 (`columns: bits=NAME`), leave out a run that \
                     diverged",
                    count("row has", "rows have")
                )
            }
            FindingKind::FlopsDisagree { as_dense: true, .. } => write!(
                f,
                "{} FLOPs of 6 N0 D, as if the run had not been pruned; a fit takes them as the cost where every row has one, and \
                 `flops_count=average` takes 6 N̄ D",
                count("row gives", "rows give")
            ),
            FindingKind::FlopsDisagree { least, greatest, .. } => {
                write!(
                    f,
                    "{} FLOPs that differ from 6 N̄ D by more than 20 % ({} times it): in another unit (GFLOPs are 1e9), of \
                     other parameters, or with attention; a fit takes them as the cost where every row has one, and \
                     `flops_count=average` takes 6 N̄ D",
                    count("row gives", "rows give"),
                    between(*least, *greatest)
                )
            }
            FindingKind::TokensDisagree { least, greatest } => write!(
                f,
                "{} tokens that are not steps x tokens a step, samples x sequence length, or unique tokens x epochs ({} times that); a fit \
                 takes the tokens; see whether they are of all devices and epochs, and the batch of the whole run",
                count("run gives", "runs give"),
                between(*least, *greatest)
            ),
            FindingKind::CountsDisagree { least, greatest } => write!(
                f,
                "{} average or final parameters that are not the schedule's ({} times them); a fit takes the \
                 given counts; if they are wrong, remove their columns",
                count("row gives", "rows give"),
                between(*least, *greatest)
            ),
            FindingKind::DensityDisagrees { given, own, counted } => {
                let (by, remedy) = match counted {
                    false => ("schedule", "mend it, or remove the column"),
                    true => (
                        "log",
                        "where it is of a part that can be pruned, say the others as fixed_params; else mend one of both",
                    ),
                };
                write!(
                    f,
                    "{} another share of the network left than the {by} (the first {} for {}); a fit takes the {by}; {remedy}",
                    count("run's column says", "runs' columns say"),
                    short(*given),
                    short(*own)
                )
            }
            FindingKind::UniqueAboveTokens { most } => write!(
                f,
                "{} more unique tokens than tokens ({} times as many at the most), and a law of repeated data takes a run's tokens as \
                 all different then; see whether both are counts of one run",
                count("row has", "rows have"),
                short(*most)
            ),
            FindingKind::Repeated { most } => write!(
                f,
                "{} each unique token more than 10K times ({} times at the most); see whether unique tokens are counts, not \
                 millions or epochs",
                count("row repeats", "rows repeat"),
                short(*most)
            ),
            FindingKind::Duplicates { groups } => write!(
                f,
                "{} the parameters, tokens and losses of another{}, and one run read twice counts twice; leave the copies out",
                count("run has", "runs have"),
                if *groups == 1 { String::new() } else { format!(", in {groups} groups") }
            ),
            FindingKind::ValueNotFound { clause, column, value, remedy } => {
                write!(f, "no row has '{value}' in '{column}', so `filter: {clause}` has no effect; {remedy}")
            }
            FindingKind::PruningNotRead { column, values, is_off } => {
                let asked = if *is_off { ", as asked (`columns: final_sparsity=`)" } else { "" };
                let if_not = if *is_off { "" } else { "; if not, say `columns: final_sparsity=`" };
                write!(
                    f,
                    "'{column}' says {values}, and is not read as pruning{asked}; if runs are pruned so, their N̄ is smaller: add \
                     a column average_params, or schedule and final_sparsity{if_not}"
                )
            }
            FindingKind::EpochsBeside { column, values } => write!(
                f,
                "'{column}' says {values}, and tokens are taken as all that a run saw; if they are those of one epoch, add a column `tokens` \
                 of tokens x epochs, and call theirs `unique_tokens`"
            ),
            FindingKind::Experts { column, values, remedy } => write!(
                f,
                "'{column}' says {values}: of a network of experts a token meets a part of the parameters, and N may be that part or all; \
                 say which (`columns: params=NAME` of those that a token meets, or `columns: {remedy}`)"
            ),
            FindingKind::CountsEnd { least } => write!(
                f,
                "{} that end before it (the first after {:.0} % of it), and the last row is held to the end: add the rows that follow, or see \
                 whether the log counts the steps and tokens of the table",
                count("run has counts", "runs have counts"),
                100.0 * least
            ),
            FindingKind::CountsApart { most } => write!(
                f,
                "{} far apart, each held to the next: N̄ is up to {:.1} % off where pruning came before the row that counts it; log more rows, \
                 or say `interpolation=linear` if it was gradual",
                count("run has counts", "runs have counts"),
                100.0 * most
            ),
            FindingKind::NotCounted => write!(
                f,
                "{} not in the log of counts, and dense therefore; if one was pruned, add its counts",
                count("run is", "runs are")
            ),
            FindingKind::WithoutLoss { names } => write!(
                f,
                "{} left out ({names}), as no loss is finite; if another column has the losses, name it (`columns: loss=NAME`)",
                count("run is", "runs are")
            ),
            FindingKind::LossEnds { least } => write!(
                f,
                "{} on after the last loss (the shortest has it at {:.0} %), so that a loss before the end is fitted; evaluate at the end, or name \
                 a loss that is there (`columns: loss=NAME`)",
                count("log of a run goes", "logs of runs go"),
                100.0 * least
            ),
            FindingKind::CutShort { least } => write!(
                f,
                "{} before the planned end (the shortest after {:.0} % of it), so a learning rate that decays leaves its last \
                 loss too high; leave such runs out",
                count("run stops", "runs stop"),
                100.0 * least
            ),
            FindingKind::Diverged { step, remedy } => {
                let at = match (step, self.count) {
                    (None, _) => String::new(),
                    (Some(step), 1) => format!(" at step {step}"),
                    (Some(step), _) => format!(" (the first at step {step})"),
                };
                write!(
                    f,
                    "{}{at}: losses from there on are not finite, and no loss before is a final one; {remedy}",
                    count("run diverged", "runs diverged")
                )
            }
            FindingKind::Unfinished { states, remedy } => write!(
                f,
                "{} not finish ({}), so their last losses are not final; {remedy}",
                count("run did", "runs did"),
                states.join(", ")
            ),
            FindingKind::Resumed { remedy } => write!(
                f,
                "{} where another of the same size goes on at the same loss, as parts of a resumed run do; leave out what stopped: \
                 {remedy}",
                count("run stops", "runs stop")
            ),
            FindingKind::EndsEarly { others } => write!(
                f,
                "{} well before the others of the group, where {} tokens are usual; see whether {} finished",
                count("run ends", "runs end"),
                between(others[0], others[1]),
                if self.count == 1 { "it is" } else { "they are" }
            ),
            FindingKind::EndsWarm { shares: [most, others] } => write!(
                f,
                "{} at up to {:.0} % of the greatest learning rate, and a quarter of the runs at {:.0} % or less: their losses would have fallen \
                 further; see whether {} finished",
                count("run ends", "runs end"),
                100.0 * most,
                100.0 * others,
                if self.count == 1 { "it is" } else { "they are" }
            ),
            FindingKind::StillFalling { steepest } => write!(
                f,
                "{} as tokens^-{steepest:.2} at the end, steeper than trained networks do (tokens^-0.2); see whether {} \
                 finished",
                count("loss curve falls", "loss curves fall"),
                if self.count == 1 { "it is" } else { "they are" }
            ),
            FindingKind::TokensFarAboveParams { greatest } => write!(
                f,
                "{} more than 10K tokens a parameter ({} at the most); see whether both are counts, not thousands or \
                 millions",
                count("run saw", "runs saw"),
                short(*greatest)
            ),
            FindingKind::LossTooHigh { least } => write!(
                f,
                "{} a loss above 5, with 100M parameters and 1B tokens or more (the least is {least:.2}), which looks like a \
                 perplexity or bits; take the logarithm of perplexities (`columns: perplexity=NAME`), multiply bits by 0.6931 \
                 (`columns: bits=NAME`)",
                count("run has", "runs have")
            ),
            FindingKind::LossBelowOne { least } => write!(
                f,
                "{} a loss below 1 (the least is {least:.3}), which looks like an accuracy, or bits or nats a byte; give nats a \
                 token, bits a byte with `bytes_per_token`, and no accuracies",
                count("run has", "runs have")
            ),
            FindingKind::LowPerplexity { column, between: [least, greatest] } => write!(
                f,
                "{} a perplexity below 6 ({least:.2} to {greatest:.2}), which a loss in nats looks like; if '{column}' holds losses, say \
                 `columns: nats={column}`; if it is a perplexity a byte, fit no law of tokens to it",
                count("run has", "runs have")
            ),
            FindingKind::LossesRise { correlation } => write!(
                f,
                "losses rise with parameters and tokens (rank correlation {correlation:.2} over {}), as accuracies do; give \
                 losses, which fall",
                count("run", "runs")
            ),
            FindingKind::LossFarAbove { most } => write!(
                f,
                "{} far above the loss of a run with no more parameters and tokens ({most:.1} times it at the most), as runs that \
                 diverged do, or losses of another kind; leave such runs out",
                count("run ends", "runs end")
            ),
            FindingKind::LossFarBelow { most } => write!(
                f,
                "{} far below the loss of runs with no fewer parameters and tokens (which is {most:.1} times as high at the most), as \
                 losses of another kind or slips do; mend such runs, or leave them out",
                count("run ends", "runs end")
            ),
            FindingKind::SeveralVocabularies { column, sizes: [least, most] } => write!(
                f,
                "{} another '{column}' than most ({least} to {most}): losses a token of two tokenizers cannot be compared; fit each apart \
                 (`group={column}`), or give losses a byte (`bits_per_byte`)",
                count("run has", "runs have")
            ),
            FindingKind::SeveralTokenizers { column } => write!(
                f,
                "{} another '{column}' than most: losses a token of two tokenizers cannot be compared; fit each apart (`group={column}`), or give \
                 losses a byte (`bits_per_byte`)",
                count("run has", "runs have")
            ),
            FindingKind::MarkedOut { column, value, remedy } => write!(
                f,
                "{} '{value}' in '{column}': {remedy}, unless they are as good as the others",
                count("run has", "runs have")
            ),
            FindingKind::LearningRates { pairs } => write!(
                f,
                "{} {} of N and D at several learning rates; keep the best of each pair, or fit the lower envelope \
                 (`rho=asymmetric:10`)",
                count("run shares", "runs share"),
                if *pairs == 1 { "1 pair".to_owned() } else { format!("{pairs} pairs") }
            ),
            FindingKind::SeveralKinds { column, kinds, pairs }
            | FindingKind::SeveralGroups { column, groups: kinds, pairs } => write!(
                f,
                "{} {} of N and D and differ in '{column}' ({}); fit each apart (`group={column}`), or leave all but one out (`filter`)",
                count("run shares", "runs share"),
                if *pairs == 1 { "1 pair".to_owned() } else { format!("{pairs} pairs") },
                kinds.join(", ")
            ),
            FindingKind::LossesApart { pairs, most } => write!(
                f,
                "{} {} of N and D, and losses there lie up to {:.0} % apart, more than seeds do; see what tells these runs apart \
                 (columns that are not used may), and leave all but one kind out (`filter`)",
                count("run shares", "runs share"),
                if *pairs == 1 { "1 pair".to_owned() } else { format!("{pairs} pairs") },
                100.0 * most
            ),
            FindingKind::OneCurve { curves } => write!(
                f,
                "{} the loss {} of {}, since sizes stay and tokens go on; name runs in a column `run`, and only the last row of \
                 each is fitted",
                count("row without a run's name looks like", "rows without a run's name look like"),
                if *curves == 1 { "curve" } else { "curves" },
                if *curves == 1 { "one run".to_owned() } else { format!("{curves} runs") }
            ),
            FindingKind::ShortRamp { longest } => write!(
                f,
                "{} within less than a step or a token ({} tokens at the most); a ramp in shares of the run has the unit fraction (column prune_unit)",
                count("run is pruned", "runs are pruned"),
                short(*longest)
            ),
            FindingKind::EndsHigh { most } => write!(
                f,
                "{} above the least loss on the way (by {:.0} % at the most), as a run that diverged does; leave such runs out",
                count("run ends", "runs end"),
                100.0 * (most - 1.0)
            ),
            FindingKind::EarlierLoss => write!(
                f,
                "{} at the very loss of an earlier row, the least of the curve, as if the best checkpoint had been evaluated at \
                 the end; leave that last row out",
                count("run ends", "runs end")
            ),
            FindingKind::Intermediate { of, learning_rate } => {
                let (verb, why) = match learning_rate {
                    LearningRate::Falls => (", and the learning rate falls by then: ", ""),
                    _ => (": ", "unless the learning rate was constant, "),
                };
                write!(
                    f,
                    "{} before their run's last{verb}{why}their losses are higher than those of runs that end there; the \
                     default, `checkpoints=last`, leaves them out",
                    match self.count {
                        1 => format!("1 row of {of} comes"),
                        rows => format!("{rows} rows of {of} come"),
                    },
                )
            }
        }
    }
}
