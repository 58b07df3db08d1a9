//! Laws that are written as text.

mod compile;
mod expr;
mod names;
mod parse;
mod powers;
mod roles;
mod tape;

use std::sync::Arc;

use super::{Evaluation, Input, Law, LawSpec, PowerSum};
use crate::read::meant_by;
use crate::{Error, Observations, Result};
use compile::compile;
use names::Declared;
use tape::Tape;

/// A law that is written as text: `E + A/N^alpha + B/D^beta + C/(N*D)^gamma`.
///
/// The text is made of numbers, names, `+ - * / ^`, parentheses and the functions exp, log, sqrt, min, max, pow, sin, cos and
/// atan. Inputs are N (parameters, as [`Size`](crate::Size) counts them), D (tokens), `unique_tokens`, `initial_params`,
/// `final_params` and `flops`, and columns of the observations by name ([`Observations::column`]). All other names are
/// parameters. Usual names of columns, such as `token` or `lr`, are refused by a fit where no column has them and no range is declared.
///
/// Parameters are positive and fitted by their logarithms, but for exponents, which are fitted as they are. Signs stand in the
/// text: `E - k*x` falls for any k. After `where` ranges are declared: `where alpha=0.1..1, k=-1..1`. The search starts within
/// them, and fits may end beyond. A range that reaches 0 or below gives a parameter either sign. `where lr=column` says that a
/// name is a column; a name of which a range is given is none.
///
/// Derivatives are exact. A text that is a sum of powers is fitted as one ([`PowerSum`]). Of others the search solves for the
/// parameters in which L̂ is linear.
///
/// ```
/// use nbar::law::{Formula, Law, chinchilla};
/// let law = Formula::parse("E + A/N^alpha + B/D^beta")?;
/// let names: Vec<&str> = law.spec().parameters.iter().map(|p| &*p.name).collect();
/// assert_eq!(names, ["E", "A", "alpha", "B", "beta"]);
/// let loss = law.loss(&[1.69, 406.4, 0.34, 410.7, 0.28], &[70e9, 1.4e12]);
/// let own = chinchilla().loss(&[1.69, 406.4, 410.7, 0.34, 0.28], &[70e9, 1.4e12]);
/// assert!((loss / own - 1.0).abs() < 1e-14 && law.as_power_sum().is_some());
/// assert!(Formula::parse("E + A/N^").unwrap_err().to_string().contains("at character 9"));
/// # Ok::<(), nbar::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    spec: LawSpec,
    tape: Tape,
    table: Option<PowerSum>,
    /// The text before `where`, and what stands behind it.
    body: String,
    declared: Vec<(String, Declared)>,
}

impl Formula {
    /// Reads a formula. A name that is no input is a parameter, until [`Law::reading`] finds a column of this name.
    ///
    /// # Errors
    /// [`Error::Option`](crate::Error::Option), with the place, when the text is no formula, or has no input or no parameter.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (body, declared) = names::split(text)?;
        Self::new(body, declared)
    }

    fn new(body: &str, declared: Vec<(String, Declared)>) -> Result<Self> {
        let text = names::joined(body, &declared);
        let (expr, names) = parse::parse(body, &declared)?;
        names::check(&text, &names)?;
        let parameters = roles::parameters(&expr, &names);
        let formula = if body.trim_start().starts_with("L ") { text.clone() } else { format!("L = {text}") };
        let (tape, response) = compile(&expr, &parameters, &names.inputs);
        let table = powers::powers(&expr, &names, &parameters, (&text, &formula));
        let spec = LawSpec::new(text, formula, names.inputs, parameters).with_response(response);
        Ok(Self { spec, tape, table, body: body.to_owned(), declared })
    }
}

impl Law for Formula {
    fn spec(&self) -> &LawSpec {
        self.table.as_ref().map_or(&self.spec, PowerSum::spec)
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        match &self.table {
            Some(table) => table.evaluate(theta, inputs, out),
            None => self.tape.run(theta, inputs, out),
        }
    }

    fn as_power_sum(&self) -> Option<&PowerSum> {
        self.table.as_ref()
    }

    fn reading(&self, observations: &Observations) -> Result<Option<Arc<dyn Law>>> {
        let is_column = |name: &str| observations.column(name).is_some();
        let is_said = |name: &str| self.declared.iter().any(|(own, _)| own == name);
        let names = self.spec.parameters.iter().map(|parameter| &*parameter.name);
        let (columns, others): (Vec<&str>, Vec<&str>) =
            names.filter(|name| !is_said(name)).partition(|name| is_column(name));
        if let Some((name, column)) = others.iter().find_map(|name| Some((name, meant_by(name)?))) {
            let text = &self.spec.name;
            let problem = format!("has {name}, which is no column of these runs and would be a parameter");
            let instead = match Input::named(column) {
                _ if column == "average_params" => "write N".to_owned(),
                Input::Column(_) => {
                    "write the column's name as the table has it, or add the column".to_owned()
                }
                _ => format!("write {column}"),
            };
            let remedy = format!("{instead}, or say that it is a parameter: `where {name}=0.1..10`");
            return Err(Error::option("law", format!("'{text}'"), &problem, remedy));
        }
        if columns.is_empty() {
            return Ok(None);
        }
        let found = columns.into_iter().map(|name| (name.to_owned(), Declared::Column));
        let declared = self.declared.iter().cloned().chain(found).collect();
        Ok(Some(Arc::new(Self::new(&self.body, declared)?)))
    }
}

impl Formula {
    /// Names that may be columns of a table: those of its columns and of its parameters, but for those whose range is declared.
    pub(super) fn may_read(&self) -> Vec<String> {
        let columns = self.spec.inputs.iter().filter_map(|input| match input {
            Input::Column(name) => Some(name.to_string()),
            _ => None,
        });
        let is_said = |name: &str| self.declared.iter().any(|(own, _)| own == name);
        let names = self.spec.parameters.iter().map(|parameter| parameter.name.to_string());
        columns.chain(names.filter(|name| !is_said(name))).collect()
    }
}
