//! What the numbers of a column must be turned into: names tell perplexities, bits a byte and GFLOPs.

use super::fields::{Field, normalise};
use super::scale;
use crate::run::Conversion;

/// Words of losses of training.
pub(super) const TRAINING: [&str; 3] = ["train", "training", "trn"];
/// Words of evaluations, the likeliest first.
pub(super) const EVALUATIONS: [&str; 9] =
    ["val", "valid", "validation", "eval", "evaluation", "heldout", "holdout", "dev", "test"];

/// In what a column that stands for a field is measured, from its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measure {
    Plain,
    Perplexity,
    Log10Perplexity,
    BitsPerByte,
    BitsPerCharacter,
    BitsPerToken,
    BitsPerWord,
    NatsPerByte,
    NatsPerCharacter,
    NatsPerWord,
    /// FLOPs in a unit of so many.
    FlopsOf(f64),
    FlopsASecond,
}

impl Measure {
    pub(super) fn of(field: Field, header: &str) -> Self {
        let name = against(header).map_or_else(|| normalise(header), |(name, _)| name);
        let is_perplexity = || name.contains("perplexity") || name.contains("ppl");
        match (field, logarithm(header)) {
            (Field::Loss, Some(Base::Two)) if is_perplexity() => Self::BitsPerToken,
            (Field::Loss, Some(Base::Ten)) if is_perplexity() => Self::Log10Perplexity,
            (Field::Loss, None)
                if is_of_token(header)
                    && (name.contains("perplexity")
                        || name.ends_with("ppl")
                        || begins_as_perplexity(header)) =>
            {
                Self::Perplexity
            }
            (Field::Loss, _) => Self::of_bits(header, &name),
            (Field::Flops, _) => Self::of_flops(header),
            _ => Self::Plain,
        }
    }

    /// How numbers become nats a token, or FLOPs; none where it takes more than a name to say.
    pub(super) fn conversion(self) -> Option<Conversion> {
        match self {
            Self::Plain => Some(Conversion::None),
            Self::Perplexity => Some(Conversion::Ln),
            Self::Log10Perplexity => Some(Conversion::Factor(std::f64::consts::LN_10)),
            Self::BitsPerToken => Some(Conversion::Bits { unit: "token", of_token: 1.0 }),
            Self::FlopsOf(unit) => Some(Conversion::Factor(unit)),
            Self::BitsPerByte | Self::BitsPerCharacter | Self::BitsPerWord | Self::FlopsASecond => None,
            Self::NatsPerByte | Self::NatsPerCharacter | Self::NatsPerWord => None,
        }
    }

    /// The field that a name of a measure stands for, as in `perplexity=loss`.
    pub(super) fn field(name: &str) -> Option<Field> {
        (name == "nats" || Self::of(Field::Loss, name) != Self::Plain).then_some(Field::Loss)
    }

    /// Whether a name is that of FLOPs in a unit, as in `exaflops=compute`.
    pub(super) fn is_of_flops(name: &str) -> bool {
        let is_named = ["flop", "pf", "petaf"].iter().any(|part| name.to_lowercase().contains(part));
        is_named && matches!(Self::of_flops(name), Self::FlopsOf(_))
    }

    /// The unit of FLOPs: a prefix (`EFLOPs`), a day of so many a second (`PFLOP-days`), a number (`flops (1e18)`).
    fn of_flops(header: &str) -> Self {
        const PREFIXES: [(&str, &str, i32); 8] = [
            ("k", "kilo", 3),
            ("m", "mega", 6),
            ("g", "giga", 9),
            ("t", "tera", 12),
            ("p", "peta", 15),
            ("e", "exa", 18),
            ("z", "zetta", 21),
            ("y", "yotta", 24),
        ];
        const DAY: f64 = 86_400.0;
        /// A multiplication and an addition.
        const OF_A_MAC: f64 = 2.0;
        fn of_macs(word: &str) -> Option<&str> {
            word.strip_suffix("macs").or_else(|| word.strip_suffix("mac"))
        }
        let lower = header.to_lowercase();
        let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let is_of_days =
            words().next_back().is_some_and(|word| word.ends_with("day") || word.ends_with("days"));
        let prefix = |word: &str| {
            let word = word.trim_end_matches("days").trim_end_matches("day");
            let (before, _) = word
                .split_once("flop")
                .or_else(|| Some((of_macs(word)?, "")))
                .or_else(|| Some((word.strip_suffix('f').filter(|_| is_of_days)?, "")))?;
            let before = ["total", "training", "train"]
                .iter()
                .find_map(|all| before.strip_prefix(all))
                .unwrap_or(before);
            let is = |(short, long, _): &&(&str, &str, i32)| before == *short || before == *long;
            PREFIXES.iter().find(is).map(|(_, _, power)| 10f64.powi(*power))
        };
        let is_rate = words().any(|word| matches!(word, "s" | "sec" | "second" | "seconds"));
        if is_rate && !is_of_days {
            return Self::FlopsASecond;
        }
        let power = |word: &str| word.starts_with("1e").then(|| word.parse::<f64>().ok()).flatten();
        let prefix = words().find_map(prefix);
        let number = match prefix {
            // Its own letters are no unit once more.
            Some(_) => words().find_map(power),
            None => scale::number_of(header),
        };
        let each = if words().any(|word| of_macs(word).is_some()) { OF_A_MAC } else { 1.0 };
        let unit = each * prefix.unwrap_or(1.0) * number.unwrap_or(1.0) * if is_of_days { DAY } else { 1.0 };
        if unit == 1.0 { Self::Plain } else { Self::FlopsOf(unit) }
    }

    /// Bits of what; where the name does not say, of a token, as losses are.
    fn of_bits(header: &str, name: &str) -> Self {
        let lower = header.to_lowercase();
        let says =
            |words: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
        match name {
            _ if name.ends_with("bpb") || says(&["bpb"]) => Self::BitsPerByte,
            _ if name.ends_with("bpc") || says(&["bpc"]) => Self::BitsPerCharacter,
            _ if says(&["bpt"]) => Self::BitsPerToken,
            _ if says(&["bpw"]) => Self::BitsPerWord,
            _ if name.contains("natsper") || says(&["nats", "nat"]) => match () {
                () if says(&["byte", "bytes"]) || name.contains("perbyte") => Self::NatsPerByte,
                () if says(&["character", "char", "chars"]) || name.contains("perchar") => {
                    Self::NatsPerCharacter
                }
                () if says(&["word", "words"]) || name.contains("perword") => Self::NatsPerWord,
                () => Self::Plain,
            },
            _ if !(name.contains("bitsper") || name.contains("bitper") || says(&["bits", "bit"])) => {
                Self::Plain
            }
            _ if says(&["byte", "bytes"]) || name.contains("perbyte") => Self::BitsPerByte,
            _ if says(&["character", "char", "chars"]) || name.contains("perchar") => Self::BitsPerCharacter,
            _ if says(&["word", "words"]) || name.contains("perword") => Self::BitsPerWord,
            _ => Self::BitsPerToken,
        }
    }
}

/// Whether a name may be that of the losses of a text: it says nothing else that is measured.
pub(super) fn may_be_loss(header: &str) -> bool {
    const OTHERS: [&str; 34] = [
        "grad",
        "gradient",
        "norm",
        "lr",
        "rate",
        "acc",
        "accuracy",
        "score",
        "bleu",
        "f1",
        "auc",
        "reward",
        "throughput",
        "tps",
        "tokens",
        "samples",
        "time",
        "sec",
        "memory",
        "mem",
        "mfu",
        "flops",
        "tflops",
        "util",
        "sparsity",
        "density",
        "scale",
        "temperature",
        "momentum",
        "params",
        "weight",
        "epoch",
        "step",
        "seq",
    ];
    const WITHOUT: [&str; 3] = ["without", "wo", "no"];
    let mut words = words(header);
    // What values are drawn against is not what they are.
    words.truncate(words.iter().position(|word| word == "vs").unwrap_or(words.len()));
    let is_other = |word: &String| OTHERS.contains(&word.as_str());
    let is_whole = words.iter().any(|word| WITHOUT.contains(&word.as_str())) || !is_part_of_loss(header);
    // `nats_per_token` is one.
    let is_measured = Measure::of(Field::Loss, header) != Measure::Plain
        || words.iter().any(|word| word.starts_with("nat"));
    is_whole && (is_measured || !words.iter().any(is_other))
}

/// Whether a name is that of what is added to a loss, or of the loss of another network.
pub(super) fn is_part_of_loss(header: &str) -> bool {
    const PARTS: [&str; 16] = [
        "aux",
        "auxiliary",
        "z",
        "balance",
        "balancing",
        "load",
        "router",
        "kd",
        "distill",
        "distillation",
        "mask",
        "reg",
        "regularization",
        "sparsity",
        "baseline",
        "teacher",
    ];
    words(header).iter().any(|word| PARTS.contains(&word.as_str()))
}

/// A name without what it says that its values are drawn against, and the field that counts that: `lm loss vs samples`.
pub(super) fn against(header: &str) -> Option<(String, Field)> {
    const AXES: [(&str, Field); 7] = [
        ("vssamplesseen", Field::Samples),
        ("vssamples", Field::Samples),
        ("vsconsumedsamples", Field::Samples),
        ("vstokens", Field::Tokens),
        ("vssteps", Field::Step),
        ("vsiterations", Field::Step),
        ("vsiteration", Field::Step),
    ];
    let name = normalise(header);
    AXES.iter().find_map(|(axis, field)| Some((name.strip_suffix(axis)?.to_owned(), *field)))
}

/// What a logarithm is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The name says `log`: e, by custom.
    Unsaid,
    E,
    Two,
    Ten,
}

/// Whether the perplexity that a name says is that of a token.
fn is_of_token(header: &str) -> bool {
    const OTHER: [&str; 7] = ["word", "words", "char", "character", "sentence", "line", "lambada"];
    let lower = header.to_lowercase();
    !lower.split(|c: char| !c.is_alphanumeric()).any(|word| OTHER.contains(&word))
}

/// The logarithm that a name says its numbers are: `ln_ppl`, `log2(perplexity)`, `log10_params`.
pub(super) fn logarithm(header: &str) -> Option<Base> {
    const LOGS: [(&str, Base); 7] = [
        ("log10", Base::Ten),
        ("lg", Base::Ten),
        ("log2", Base::Two),
        ("lb", Base::Two),
        ("loge", Base::E),
        ("ln", Base::E),
        ("log", Base::Unsaid),
    ];
    let header = header.to_lowercase();
    let base = |word: &str| {
        let of =
            |log: &str| word.strip_prefix(log).is_some_and(|rest| rest.is_empty() || is_perplexity(rest));
        LOGS.iter().find(|(log, _)| of(log)).map(|(_, base)| *base)
    };
    header.split(|c: char| !c.is_alphanumeric()).find_map(base)
}

/// Whether a name begins with `ppl`, as `ppl_wikitext` does, and nothing was made of that.
fn begins_as_perplexity(header: &str) -> bool {
    /// Words of what is no perplexity of the run.
    const MADE: [&str; 13] = [
        "loss", "increase", "decrease", "drop", "delta", "diff", "change", "gap", "ratio", "pct", "percent",
        "bits", "std",
    ];
    let words = words(header);
    words.first().is_some_and(|word| word == "ppl") && !words.iter().any(|word| MADE.contains(&word.as_str()))
}

fn is_perplexity(word: &str) -> bool {
    matches!(word, "ppl" | "perplexity")
}

/// The words of a name or a value.
pub(super) fn words(value: &str) -> Vec<String> {
    let lower = value.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether a value, or the name of a column, is of training.
pub(super) fn is_of_training(value: &str) -> bool {
    words(value).iter().any(|word| TRAINING.contains(&word.as_str()))
}

/// Whether a name is that of a loss before training, or at its beginning: `first_train_loss`, `loss_start`.
pub(super) fn is_of_start(header: &str) -> bool {
    const STARTS: [&str; 8] =
        ["first", "initial", "init", "start", "starting", "begin", "beginning", "untrained"];
    let name = normalise(header);
    words(header).iter().any(|word| STARTS.contains(&word.as_str()))
        || ["first", "initial"].iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_measures() {
        for (header, measure) in [
            ("wikitext103_ppl", Measure::Perplexity),
            ("eval/c4/Perplexity", Measure::Perplexity),
            ("log_perplexity", Measure::Plain),
            ("logppl", Measure::Plain),
            ("ln_ppl", Measure::Plain),
            ("ln(perplexity)", Measure::Plain),
            ("eval/lnppl", Measure::Plain),
            ("log2_ppl", Measure::BitsPerToken),
            ("val.log2(ppl)", Measure::BitsPerToken),
            ("log10 perplexity", Measure::Log10Perplexity),
            ("catalogue_ppl", Measure::Perplexity),
            ("ppl_fineweb", Measure::Perplexity),
            ("PPL (wikitext)", Measure::Perplexity),
            ("ppl_loss", Measure::Plain),
            ("ppl_increase", Measure::Plain),
            ("ppl_bits", Measure::BitsPerToken),
            ("ln_ppl_c4", Measure::Plain),
            ("eval/bpb", Measure::BitsPerByte),
            ("bits_per_byte", Measure::BitsPerByte),
            ("loss", Measure::Plain),
            ("apples", Measure::Plain),
            ("val_bpc", Measure::BitsPerCharacter),
            ("Loss (bits/char)", Measure::BitsPerCharacter),
            ("bits per byte", Measure::BitsPerByte),
            ("loss_bits", Measure::BitsPerToken),
            ("loss (bits per token)", Measure::BitsPerToken),
            ("bpw", Measure::BitsPerWord),
            ("orbits", Measure::Plain),
            ("loss (nats/byte)", Measure::NatsPerByte),
            ("nats_per_byte", Measure::NatsPerByte),
            ("loss (nats per char)", Measure::NatsPerCharacter),
            ("loss_nats_per_word", Measure::NatsPerWord),
            ("loss (nats)", Measure::Plain),
            ("nats per token", Measure::Plain),
        ] {
            assert_eq!(Measure::of(Field::Loss, header), measure, "{header}");
        }
        for (header, measure) in [
            ("throughput/total_gflops", Measure::FlopsOf(1e9)),
            ("flops", Measure::Plain),
            ("tf flops", Measure::Plain),
            ("compute", Measure::Plain),
            ("TFLOPs", Measure::FlopsOf(1e12)),
            ("MACs", Measure::FlopsOf(2.0)),
            ("train GMACs", Measure::FlopsOf(2e9)),
            ("compute (EFLOPs)", Measure::FlopsOf(1e18)),
            ("Training ZettaFLOP", Measure::FlopsOf(1e21)),
            ("PFLOP-days", Measure::FlopsOf(8.64e19)),
            ("compute (PF-days)", Measure::FlopsOf(8.64e19)),
            ("petaflop/s-days", Measure::FlopsOf(8.64e19)),
            ("flops (1e18)", Measure::FlopsOf(1e18)),
            ("C (1e18 FLOPs)", Measure::FlopsOf(1e18)),
            ("FLOPs/1e18", Measure::FlopsOf(1e18)),
            ("C (1e9 GFLOPs)", Measure::FlopsOf(1e18)),
            ("compute_pfdays", Measure::FlopsOf(8.64e19)),
            ("TFLOP/s", Measure::FlopsASecond),
        ] {
            assert_eq!(Measure::of(Field::Flops, header), measure, "{header}");
        }
    }

    #[test]
    fn conversions_are_their_formulas() {
        assert_eq!(Conversion::Ln.apply(20.0), Some(20f64.ln()));
        assert_eq!(Conversion::Ln.apply(1.0), None);
        // 1 bit a byte, 4 bytes a token: 4 bits a token, 4 ln 2 nats.
        assert_eq!(
            Conversion::Bits { unit: "byte", of_token: 4.0 }.apply(1.0),
            Some(4.0 * std::f64::consts::LN_2)
        );
        assert_eq!(Conversion::Factor(1e9).apply(2.0), Some(2e9));
    }
}
