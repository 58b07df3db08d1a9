//! What a law says of itself: its name, what it reads and what is fitted.

use std::borrow::Cow;
use std::ops::Range;

use super::parameter::Within;
use super::{Input, Parameter};

/// What a law writes of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// ln L̂.
    LnLoss,
    /// L̂ itself, which may then be negative on the way to a fit on L ([`Residual::Loss`](crate::Residual)).
    Loss,
}

/// What a law says of itself: its name and formula, its inputs and parameters, and what it writes.
///
/// Names may be made at run time, as for a law that is read from a file. [`Law`](super::Law) has an example.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LawSpec {
    /// The name under which it is known.
    pub name: Cow<'static, str>,
    /// The formula in plain text.
    pub formula: Cow<'static, str>,
    /// What it reads, in the order in which [`Law::evaluate`](super::Law::evaluate) gets it.
    pub inputs: Vec<Input>,
    /// Its parameters, in the order of `theta`.
    pub parameters: Vec<Parameter>,
    /// What [`Law::evaluate`](super::Law::evaluate) writes; default [`Response::LnLoss`].
    pub response: Response,
    /// Groups of parameters that can be exchanged without a change of any loss, and what orders them.
    groups: Option<Groups>,
}

/// Groups of parameters of one size, in which the one at place `by` puts the groups in order.
#[derive(Debug, Clone, PartialEq)]
struct Groups {
    places: Range<usize>,
    size: usize,
    by: usize,
}

impl LawSpec {
    /// A law of this name and formula, which reads these inputs, has these parameters and writes ln L̂.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        formula: impl Into<Cow<'static, str>>,
        inputs: impl Into<Vec<Input>>,
        parameters: impl Into<Vec<Parameter>>,
    ) -> Self {
        let (name, formula, inputs, parameters) =
            (name.into(), formula.into(), inputs.into(), parameters.into());
        Self { name, formula, inputs, parameters, response: Response::LnLoss, groups: None }
    }

    /// Says what the law writes.
    #[must_use]
    pub fn with_response(mut self, response: Response) -> Self {
        self.response = response;
        self
    }

    /// Says that the parameters at `places` are groups of `size` that can be exchanged. A fit reports them in rising order of
    /// the parameter at place `by` of each group.
    pub(super) fn with_groups(mut self, places: Range<usize>, size: usize, by: usize) -> Self {
        self.groups = Some(Groups { places, size, by });
        self
    }

    /// The place of a parameter.
    pub(crate) fn place(&self, parameter: &str) -> Option<usize> {
        self.parameters.iter().position(|p| p.name == parameter)
    }

    /// The first of the columns of an input.
    pub(crate) fn column_of(&self, input: &Input) -> Option<usize> {
        self.layout().position(|(own, _)| own == input)
    }

    /// The places of the coefficients.
    pub(crate) fn coefficients(&self) -> Vec<usize> {
        (0..self.parameters.len()).filter(|place| self.parameters[*place].is_coefficient).collect()
    }

    /// Of all θ that give the same losses on every input, the one to report.
    pub(crate) fn put_in_order(&self, theta: &mut [f64]) {
        let Some(Groups { places, size, by }) = &self.groups else { return };
        let mut groups: Vec<Vec<f64>> = theta[places.clone()].chunks(*size).map(<[f64]>::to_vec).collect();
        groups.sort_by(|a, b| a[*by].total_cmp(&b[*by]));
        theta[places.clone()].copy_from_slice(&groups.concat());
    }

    /// Where a search starts from, lowest and highest of each parameter in its own unit, given the columns of the inputs.
    pub(crate) fn ranges(&self, columns: &[&[f64]]) -> Vec<(f64, f64)> {
        let range = |p: &Parameter| {
            let Some(Within { powers, widened }) = &p.within else { return (p.low, p.high) };
            let column =
                |(input, power): &(Input, f64)| Some((*columns.get(self.column_of(input)?)?, *power));
            let Some(powers) = powers.iter().map(column).collect::<Option<Vec<_>>>() else {
                return (p.low, p.high);
            };
            let rows = powers.iter().map(|(column, _)| column.len()).min().unwrap_or_default();
            let product =
                |row: usize| powers.iter().map(|(column, power)| column[row].powf(*power)).product::<f64>();
            let ends = |(low, high): (f64, f64), x: f64| (low.min(x), high.max(x));
            let (low, high) = (0..rows).map(product).filter(|x| *x > 0.0).fold((f64::INFINITY, 0.0), ends);
            let (low, high) = (low * widened[0], high * widened[1]);
            if low < high { (low, high) } else { (p.low, p.high) }
        };
        self.parameters.iter().map(range).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::law::{Law, bnsl, bnsl2};

    #[test]
    fn groups_are_put_in_order_and_the_rest_is_left() {
        // ln a, ln b, c0, then c, ln d and ln f of each break: that of fewer tokens first.
        let mut theta = [0.5, 3.0, 0.2, 0.1, 25.0, -1.0, 0.3, 22.0, -2.0];
        bnsl2().spec().put_in_order(&mut theta);
        assert_eq!(theta, [0.5, 3.0, 0.2, 0.3, 22.0, -2.0, 0.1, 25.0, -1.0]);
        let mut one = [0.5, 3.0, 0.2, 0.1, 25.0, -1.0];
        bnsl().spec().put_in_order(&mut one);
        assert_eq!(one, [0.5, 3.0, 0.2, 0.1, 25.0, -1.0]);
    }

    #[test]
    fn breaks_are_looked_for_among_the_tokens_of_the_runs_where_these_differ() {
        let range = |tokens: &[f64]| bnsl().spec().ranges(&[tokens])[4];
        assert_eq!(range(&[1e9, 3e10, 1e11]), (1e9, 1e11));
        assert_eq!([range(&[1e9, 1e9]), range(&[])], [(1e7, 1e13); 2]);
    }
}
