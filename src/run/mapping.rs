//! What was read from which column.

use std::fmt;

use serde::Serialize;

/// How a column came to stand for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MappedBy {
    Exact,
    Alias,
    Chosen,
}

/// A column and the field that it was read as.
///
/// ```
/// let sweep = nbar::Sweep::from_csv_str("runs.csv", "model_size,tokens,val_loss\n1e9,2e10,2.5\n")?;
/// let lines: Vec<String> = sweep.mapping().iter().map(ToString::to_string).collect();
/// assert_eq!(lines[2], "runs.csv: loss is column 'val_loss'");
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnMapping {
    /// The file.
    pub path: String,
    /// The field, as in the sweep table: `loss`.
    pub field: &'static str,
    /// The column, as the file names it: `val_loss`.
    pub column: String,
    #[serde(rename = "by")]
    pub(crate) how: MappedBy,
    #[serde(skip)]
    pub(crate) conversion: Conversion,
}

impl ColumnMapping {
    /// Why this column: `exact`, its name is the field's but perhaps for case, spaces, hyphens and underscores; `alias`, it
    /// is often used for the field; `chosen`, [`ReadOptions::columns`](crate::ReadOptions::columns) said so.
    #[must_use]
    pub fn by(&self) -> &'static str {
        match self.how {
            MappedBy::Exact => "exact",
            MappedBy::Alias => "alias",
            MappedBy::Chosen => "chosen",
        }
    }

    /// Of what the column's name says that losses are: of training, or of an evaluation; none where it does not say.
    pub(super) fn kind_of_loss(&self) -> Option<&'static str> {
        const EVALUATIONS: [&str; 7] =
            ["val", "valid", "validation", "eval", "evaluation", "heldout", "test"];
        const KINDS: [&str; 2] = ["training", "an evaluation"];
        let name = self.column.to_lowercase();
        let words = name.split(|c: char| !c.is_alphanumeric());
        let is_evaluation = |word: &str| {
            EVALUATIONS.contains(&word)
                || word.strip_suffix("loss").is_some_and(|of| EVALUATIONS.contains(&of))
        };
        let of_training = || words.clone().any(|word| word.starts_with("train")).then_some(KINDS[0]);
        let kind = if words.clone().any(is_evaluation) { Some(KINDS[1]) } else { of_training() };
        kind.filter(|_| self.field == "loss")
    }

    /// The text that a loss is of, by what the column's name says besides that it is a loss: `c4` of `c4_val_loss`.
    pub(super) fn text_of_loss(&self) -> Option<String> {
        /// Words that say of no text what it is.
        const NO_TEXT: &str = "val valid validation eval evaluation held out heldout test dev final train training loss losses nll ce cross entropy \
             crossentropy xent lm llm language model masked mlm causal mean avg average smooth smoothed min best last end per token tokens nats nat \
             bits bit ppl perplexity bpb bpc byte log ln metric metrics global reduced rank micro macro value summary epoch step total ema";
        if self.field != "loss" || self.how == MappedBy::Chosen {
            return None;
        }
        let name = self.column.to_lowercase();
        let is_of_text = |word: &&str| {
            let own = word.strip_suffix("loss").or(word.strip_suffix("ppl")).unwrap_or(word);
            !own.is_empty() && !NO_TEXT.split_whitespace().any(|other| other == own)
        };
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(is_of_text).collect();
        (!words.is_empty()).then(|| words.concat())
    }

    /// Which parameters the column's name says that it counts; none where it does not say.
    pub(super) fn kind_of_params(&self) -> Option<&'static str> {
        if self.field != "params" || self.how == MappedBy::Chosen {
            return None;
        }
        let letters: String = self.column.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        let has = |all: &[&str]| all.iter().any(|own| letters.contains(own));
        match () {
            () if has(&["nonemb", "noemb", "withoutemb", "exclemb", "excludingemb"]) => {
                Some("without embeddings")
            }
            () if has(&["active"]) => Some("active"),
            () if has(&["total", "allparams", "withemb", "inclemb", "includingemb"]) => {
                Some("all in the network")
            }
            () => None,
        }
    }

    /// What the field was read from, without the file: `loss is column 'val_loss'`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{} is {}", self.field, self.conversion.of(&self.column))
    }

    /// Whether the column bears the field's name and its numbers are taken as they are.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.how == MappedBy::Exact && self.conversion == Conversion::None
    }
}

impl fmt::Display for ColumnMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.described())
    }
}

/// How the number in a column's cell becomes that of its field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Conversion {
    /// The cell is the field.
    None,
    /// The field is the natural logarithm of the cell: loss = ln(perplexity).
    Ln,
    /// The field is the cell, which is in bits a unit, times ln 2 and times the units of a token.
    Bits { unit: &'static str, of_token: f64 },
    /// The field is the cell, which is in nats a unit, times the units of a token.
    Nats { unit: &'static str, of_token: f64 },
    /// The field is so many times the cell: 1e9 where it is in GFLOPs.
    Factor(f64),
    /// The field is 1 less so many times the cell: a sparsity of a density, 0.01 times where that is in percent.
    OneLess(f64),
}

impl Conversion {
    /// The field's number; `None` where the conversion has none (the logarithm of a perplexity of 1 or less).
    pub(crate) fn apply(self, cell: f64) -> Option<f64> {
        match self {
            Self::None => Some(cell),
            Self::Ln => (cell > 1.0).then(|| cell.ln()),
            Self::Bits { of_token, .. } => Some(cell * std::f64::consts::LN_2 * of_token),
            Self::Nats { of_token, .. } => Some(cell * of_token),
            Self::Factor(factor) => Some(cell * factor),
            Self::OneLess(factor) => Some(Self::one_less(factor * cell)),
        }
    }

    /// What a share leaves of 1, without the rounding of the difference.
    fn one_less(share: f64) -> f64 {
        (1e12 * (1.0 - share)).round() / 1e12
    }

    /// The cell of which a field's number is made.
    pub(crate) fn undo(self, number: f64) -> f64 {
        match self {
            Self::None => number,
            Self::Ln => number.exp(),
            Self::Bits { of_token, .. } => number / (std::f64::consts::LN_2 * of_token),
            Self::Nats { of_token, .. } => number / of_token,
            Self::Factor(factor) => number / factor,
            Self::OneLess(factor) => Self::one_less(number) / factor,
        }
    }

    /// How a field is called that is made of `column`.
    pub(crate) fn of(self, column: &str) -> String {
        match self {
            Self::None => format!("column '{column}'"),
            Self::Ln => format!("the natural logarithm of column '{column}'"),
            Self::Bits { unit: "token", .. } => format!("column '{column}' (bits a token) x ln 2"),
            Self::Bits { unit, of_token } => {
                format!("column '{column}' (bits a {unit}) x ln 2 x {of_token} {unit}s a token")
            }
            Self::Nats { unit, of_token } => {
                format!("column '{column}' (nats a {unit}) x {of_token} {unit}s a token")
            }
            Self::OneLess(1.0) => format!("1 - column '{column}'"),
            Self::OneLess(factor) => format!("1 - {factor} x column '{column}'"),
            Self::Factor(factor) if factor < 1e3 => format!("{factor} x column '{column}'"),
            Self::Factor(factor) => format!("{factor:e} x column '{column}'"),
        }
    }
}
