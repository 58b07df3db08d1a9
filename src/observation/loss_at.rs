//! What the loss of a run is, where it has a curve.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::run::Checkpoint;
use crate::units::parse_quantity;
use crate::{Error, Result};

/// What the loss of a run is, where it has a curve. Parameters and tokens are those of the last row whatever is chosen.
///
/// ```
/// use nbar::LossAt;
/// assert_eq!("mean-last:1%".parse::<LossAt>()?, LossAt::MeanLast(0.01));
/// assert_eq!("ema:0.99".parse::<LossAt>()?, LossAt::Ema(0.99));
/// assert_eq!(LossAt::MeanLast(0.07).to_string(), "mean-last:7%");
/// assert!("mean-last:0%".parse::<LossAt>().is_err());
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum LossAt {
    /// The loss of the last row (default).
    #[default]
    Last,
    /// The mean over the rows of the last share, in (0, 1], of the run's tokens: those after `(1 - share) D`. The last row is
    /// always one of them.
    MeanLast(f64),
    /// An exponential moving average over the rows in their order, weights `β^(k - i)` made to add up to 1, for β in [0, 1);
    /// whatever the distance between rows. It lags behind a falling curve by about `β/(1 - β)` rows.
    Ema(f64),
    /// The least of the curve. The least of several noisy values lies below their mean: it is biased low, the more the more
    /// rows a run has.
    Min,
}

impl LossAt {
    /// The loss of a curve sorted by tokens, and how many of its rows it was made from; none if the curve is empty.
    ///
    /// ```
    /// use nbar::{Checkpoint, LossAt};
    /// let curve = [Checkpoint::new(1e9, 4.0), Checkpoint::new(1.9e9, 3.0), Checkpoint::new(2e9, 3.5)];
    /// assert_eq!(LossAt::Last.of(&curve), Some((3.5, 1)));
    /// assert_eq!(LossAt::MeanLast(0.1).of(&curve), Some((3.25, 2)));
    /// assert_eq!(LossAt::Ema(0.5).of(&curve), Some(((4.0 + 2.0 * 3.0 + 4.0 * 3.5) / 7.0, 3)));
    /// assert_eq!(LossAt::Min.of(&curve), Some((3.0, 3)));
    /// ```
    #[must_use]
    pub fn of(self, curve: &[Checkpoint]) -> Option<(f64, usize)> {
        let last = curve.last()?;
        Some(match self {
            LossAt::Last => (last.loss, 1),
            LossAt::MeanLast(share) => {
                let from = (1.0 - share) * last.tokens;
                let inside = || curve.iter().rev().take_while(|c| c.tokens > from || c.tokens == last.tokens);
                let rows = inside().count();
                (inside().map(|c| c.loss).sum::<f64>() / rows as f64, rows)
            }
            LossAt::Ema(beta) => {
                let mix =
                    |(sum, weight): (f64, f64), c: &Checkpoint| (beta * sum + c.loss, beta * weight + 1.0);
                let (sum, weight) = curve.iter().fold((0.0, 0.0), mix);
                (sum / weight, curve.len())
            }
            LossAt::Min => (curve.iter().map(|c| c.loss).fold(f64::INFINITY, f64::min), curve.len()),
        })
    }

    /// What it is, in words.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            LossAt::Last => "the last row of each run".to_owned(),
            LossAt::MeanLast(share) => {
                format!("mean over the last {} of each run's tokens", percent(share).replace('%', " %"))
            }
            LossAt::Ema(beta) => format!("exponential moving average over each run, decay {beta}"),
            LossAt::Min => "the least of each run".to_owned(),
        }
    }

    pub(crate) fn is_last(self) -> bool {
        self == LossAt::Last
    }

    /// Refuses numbers out of range.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            LossAt::MeanLast(share) if !(share > 0.0 && share <= 1.0) => Err(refuse(&self.to_string())),
            LossAt::Ema(beta) if !(0.0..1.0).contains(&beta) => Err(refuse(&self.to_string())),
            _ => Ok(()),
        }
    }
}

/// A share as a percentage, as short as it can be read back.
fn percent(share: f64) -> String {
    // 0.07 × 100 is not 7; its shortest form with 12 digits is.
    let rounded: f64 = format!("{:.11e}", 100.0 * share).parse().unwrap_or(100.0 * share);
    format!("{rounded}%")
}

fn refuse(text: &str) -> Error {
    let problem = "has no share above 0 and up to 100 %, nor a decay from 0 to below 1";
    Error::option("loss_at", text, problem, "write mean-last:1% or ema:0.99")
}

impl fmt::Display for LossAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LossAt::Last => f.write_str("last"),
            LossAt::MeanLast(share) => write!(f, "mean-last:{}", percent(share)),
            LossAt::Ema(beta) => write!(f, "ema:{beta}"),
            LossAt::Min => f.write_str("min"),
        }
    }
}

impl FromStr for LossAt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
        let read = |number: &str| match number.strip_suffix('%') {
            Some(percent) => parse_quantity(percent).map(|value| value / 100.0),
            None => parse_quantity(number),
        };
        let chosen = match (name, number) {
            ("last", None) => LossAt::Last,
            ("min", None) => LossAt::Min,
            ("mean-last", Some(number)) => LossAt::MeanLast(read(number).map_err(|_| refuse(text))?),
            ("ema", Some(number)) => LossAt::Ema(parse_quantity(number).map_err(|_| refuse(text))?),
            _ => {
                return Err(Error::unknown(
                    "loss_at",
                    text,
                    "last, mean-last:SHARE (as in mean-last:1%), ema:DECAY (as in ema:0.99), min",
                ));
            }
        };
        chosen.check().map_err(|_| refuse(text))?;
        Ok(chosen)
    }
}

impl TryFrom<String> for LossAt {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<LossAt> for String {
    fn from(at: LossAt) -> Self {
        at.to_string()
    }
}

/// How the losses of observations were made from curves, where they are not those of single rows.
///
/// ```
/// use nbar::{LossAt, ObservationOptions, Sweep};
/// let sweep = Sweep::from_csv_path("data/gemstones_hot.csv")?;
/// let observations = sweep.observations(&ObservationOptions::default().with_loss_at(LossAt::Min))?;
/// let from = observations.loss_from().unwrap();
/// assert_eq!((from.at, from.rows), (LossAt::Min, [10, 10]));
/// assert!(from.to_string().starts_with("the least of each run (10 rows a run)"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LossFrom {
    /// What was chosen.
    pub at: LossAt,
    /// Least and most rows that the loss of a run was made from.
    pub rows: [usize; 2],
    /// Mean over the runs of `ln(loss / loss of the last row)`: what the choice changes.
    pub shift: f64,
}

impl fmt::Display for LossFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, most] = self.rows;
        let rows = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let unit = if most == 1 { "row" } else { "rows" };
        let how = match self.shift {
            0.0 => "as the last row".to_owned(),
            shift => {
                let direction = if shift > 0.0 { "above" } else { "below" };
                format!("on average {:.2} % {direction} the last row", 100.0 * shift.exp_m1().abs())
            }
        };
        write!(f, "{} ({rows} {unit} a run), {how}", self.at.describe())
    }
}
