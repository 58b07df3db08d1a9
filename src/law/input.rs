//! What a law reads.

use std::borrow::Cow;
use std::fmt;

use crate::schedule::course::NODES;

/// What a law reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// N, the parameter count chosen by [`Size`](crate::Size).
    Params,
    /// D, tokens seen.
    Tokens,
    /// Different tokens seen.
    UniqueTokens,
    /// N₀, parameters before pruning.
    InitialParams,
    /// Parameters left.
    FinalParams,
    /// C = 6 N̄ D, training FLOPs.
    Flops,
    /// N(t), the course of the parameters over the run's tokens. [`Law::evaluate`](super::Law::evaluate) gets it as several
    /// columns, counts N and then as many shares of the tokens: a mean over the tokens is `Σ share f(N)`.
    Course,
    /// V, what the cuts of a run took and its learning did not heal: the rises of N₀/N over the roots of the learning ahead of them.
    /// [`Law::evaluate`](super::Law::evaluate) gets V, or 1 where nothing was cut, and then 1, or 0 there.
    Unhealed,
    /// 1 for the runs of a group, by its name, and 0 for the others: see [`Observations::by_group`](crate::Observations::by_group).
    Group(Cow<'static, str>),
    /// A column of its own, by name: see [`Observations::with_column`](crate::Observations::with_column).
    Column(Cow<'static, str>),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Input::Params => "params",
            Input::Tokens => "tokens",
            Input::UniqueTokens => "unique_tokens",
            Input::InitialParams => "initial_params",
            Input::FinalParams => "final_params",
            Input::Flops => "flops",
            Input::Course => "the course of pruning",
            Input::Unhealed => "what pruning left unhealed",
            Input::Group(name) => return write!(f, "group {name}"),
            Input::Column(name) => name,
        })
    }
}

/// What one of the columns that a law gets is, which says how it changes with the size and length of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A count of parameters.
    Params,
    /// D.
    Tokens,
    /// Different tokens.
    UniqueTokens,
    /// 6 N̄ D.
    Flops,
    /// A share of the tokens, or what depends on shares alone.
    Share,
    /// What only the law knows.
    Own,
}

/// Counts of the nodes of a course, then their shares.
const COURSE: [[Kind; NODES]; 2] = [[Kind::Params; NODES], [Kind::Share; NODES]];

/// Names of inputs, as formulas write them.
const NAMES: [(&str, Input); 8] = [
    ("N", Input::Params),
    ("D", Input::Tokens),
    ("params", Input::Params),
    ("tokens", Input::Tokens),
    ("unique_tokens", Input::UniqueTokens),
    ("initial_params", Input::InitialParams),
    ("final_params", Input::FinalParams),
    ("flops", Input::Flops),
];

impl Input {
    /// The input of this name, as a [`Formula`](super::Formula) writes it; other names are those of columns.
    ///
    /// ```
    /// use nbar::law::Input;
    /// assert_eq!([Input::named("N"), Input::named("lr")], [Input::Params, Input::Column("lr".into())]);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = NAMES.iter().find(|(own, _)| *own == name);
        known.map_or_else(|| Input::Column(name.to_owned().into()), |(_, input)| input.clone())
    }

    /// Its columns.
    pub(crate) fn kinds(&self) -> &'static [Kind] {
        match self {
            Input::Params | Input::InitialParams | Input::FinalParams => &[Kind::Params],
            Input::Tokens => &[Kind::Tokens],
            Input::UniqueTokens => &[Kind::UniqueTokens],
            Input::Flops => &[Kind::Flops],
            Input::Course => COURSE.as_flattened(),
            Input::Unhealed => &[Kind::Share; 2],
            Input::Group(_) => &[Kind::Share],
            Input::Column(_) => &[Kind::Own],
        }
    }
}
