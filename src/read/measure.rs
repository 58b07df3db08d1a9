//! What the numbers of a column must be turned into: names tell perplexities, bits a byte and GFLOPs.

use super::fields::{Field, normalise};
#[cfg(test)]
use crate::run::Conversion;

/// In what a column that stands for a field is measured, from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Plain,
    Perplexity,
    BitsPerByte,
    BitsPerCharacter,
    BitsPerToken,
    BitsPerWord,
    GigaFlops,
}

impl Measure {
    pub(super) fn of(field: Field, header: &str) -> Self {
        let name = normalise(header);
        let logarithm = name.contains("logp");
        match field {
            Field::Loss if !logarithm && (name.contains("perplexity") || name.ends_with("ppl")) => {
                Self::Perplexity
            }
            Field::Loss => Self::of_bits(header, &name),
            Field::Flops if name.contains("gflop") => Self::GigaFlops,
            _ => Self::Plain,
        }
    }

    /// The field that a name of a measure stands for, as in `perplexity=loss`.
    pub(super) fn field(name: &str) -> Option<Field> {
        (Self::of(Field::Loss, name) != Self::Plain).then_some(Field::Loss)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_measures() {
        for (header, measure) in [
            ("wikitext103_ppl", Measure::Perplexity),
            ("eval/c4/Perplexity", Measure::Perplexity),
            ("log_perplexity", Measure::Plain),
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
        ] {
            assert_eq!(Measure::of(Field::Loss, header), measure, "{header}");
        }
        assert_eq!(Measure::of(Field::Flops, "throughput/total_gflops"), Measure::GigaFlops);
        assert_eq!(Measure::of(Field::Flops, "flops"), Measure::Plain);
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
