//! What a law cannot say of the best run.

use super::{Reading, Slot};
use crate::{Error, Result};

impl Reading<'_> {
    /// Refuses laws that do not say what N and D are worth apart.
    pub(crate) fn both(&self) -> Result<()> {
        self.reads_params()?;
        self.reads_tokens()
    }

    pub(crate) fn reads_params(&self) -> Result<()> {
        let has = self.slots.iter().any(|slot| matches!(slot, Slot::Params(_)));
        has.then_some(()).ok_or_else(|| self.blind("parameters"))
    }

    pub(crate) fn reads_tokens(&self) -> Result<()> {
        let has = |slot: &Slot| matches!(slot, Slot::Tokens | Slot::UniqueTokens(_) | Slot::Flops);
        self.slots.iter().any(has).then_some(()).ok_or_else(|| self.blind("tokens"))
    }

    /// Whether it tells parameters from tokens: a law of compute alone does not.
    pub(crate) fn tells_apart(&self) -> bool {
        self.slots.iter().any(|slot| !matches!(slot, Slot::Flops | Slot::Given(_)))
    }

    /// A law whose best run is one of one parameter or one token: it has no optimum, or the optimum is a run of less.
    pub(crate) fn no_optimum(&self, end: &str, or: Option<&str>) -> Error {
        let name = &self.law.spec().name;
        let look =
            if self.is_given { "see whether its constants are right" } else { "see the warnings of the fit" };
        if self.separable.is_some_and(|law| law.has_optimum()) {
            let problem = format!("under the {name} law the best run has less than one {end}");
            let remedy = format!(
                "ask for more FLOPs or a lower loss, see whether numbers are counts (1e22, 7B), or {}",
                or.unwrap_or(look)
            );
            return Error::unanswerable("best run", problem, remedy);
        }
        let problem =
            format!("the {name} law has no optimum: its loss falls all the way to a run of one {end}");
        let remedy = or.map_or_else(|| look.to_owned(), |or| format!("{look}, or {or}"));
        Error::unanswerable("best run", problem, remedy)
    }

    fn blind(&self, what: &str) -> Error {
        Error::unanswerable(
            "best run",
            format!(
                "the {} law does not read {what}, so it does not say how many to take",
                self.law.spec().name
            ),
            "fit a law of both parameters and tokens, such as chinchilla",
        )
    }
}
