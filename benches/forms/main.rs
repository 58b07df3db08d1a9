//! Forms of a law of schedules, side by side: how well each foretells the windows of the journey sweep that it was not fitted to.
//!
//! `cargo bench --bench forms [-- NUMBER...]`; all forms take about ten minutes on one thread. Each is a law of its own, fitted by
//! nbar's search; with a window left out it is fitted from there.

#![allow(clippy::print_stdout)]

mod dual;
mod rows;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use dual::Dual;
use nbar::law::{Evaluation, Input, Law, LawSpec, Parameter, Response};
use nbar::optimize::Starts;
use nbar::{FitOptions, Observations, fit_scaling_law};
use rows::{Row, rows};
use table::{FORMS, Form};

/// A form as a law: what it reads of a run is looked up by its number.
#[derive(Debug)]
struct OfForm {
    spec: LawSpec,
    form: &'static Form,
    rows: Arc<Vec<Row>>,
}

impl OfForm {
    fn new(form: &'static Form, rows: &Arc<Vec<Row>>) -> Self {
        let parameter = |name: &&'static str| match *name {
            "E" => Parameter::coefficient("E", 0.1, 2.0),
            name @ ("A" | "B") => Parameter::coefficient(name, 1e-3, 10.0),
            name if name.starts_with(char::is_uppercase) => Parameter::log(name, 1e-4, 10.0),
            "alpha" | "beta" => Parameter::linear(*name, 0.1, 0.9),
            name => Parameter::linear(name, 0.1, 2.0),
        };
        let parameters: Vec<Parameter> = form.parameters.iter().map(parameter).collect();
        let spec = LawSpec::new(form.text, form.text, [Input::Column("row".into())], parameters);
        Self { spec: spec.with_response(Response::Loss), form, rows: Arc::clone(rows) }
    }
}

impl Law for OfForm {
    fn spec(&self) -> &LawSpec {
        &self.spec
    }

    fn evaluate(&self, theta: &[f64], inputs: &[&[f64]], out: Evaluation<'_>) {
        let mut values = [Dual::of(0.0); dual::MOST];
        for (place, value) in values.iter_mut().enumerate().take(theta.len()) {
            let own = Dual::variable(theta[place], place);
            *value = if self.spec.parameters[place].to_fitted(1.0) == 0.0 { own.exp() } else { own };
        }
        let count = inputs[0].len();
        for (i, row) in inputs[0].iter().enumerate() {
            let loss = (self.form.loss)(&values, &self.rows[*row as usize]);
            out.ln_loss[i] = loss.value;
            for place in 0..theta.len() {
                out.jacobian[place * count + i] = loss.slopes[place];
            }
        }
    }
}

/// The parameters that fit these runs best, from starts of nbar's own or from a point.
fn fitted(law: &Arc<dyn Law>, rows: &[Row], of: &[usize], from: Option<&[f64]>) -> nbar::Result<Vec<f64>> {
    let read = |read: fn(&Row) -> f64| of.iter().map(|i| read(&rows[*i])).collect::<Vec<f64>>();
    let observations =
        Observations::new(read(|row| row.average.exp()), read(|row| row.tokens.exp()), read(|row| row.loss))?
            .with_column("row", of.iter().map(|i| *i as f64).collect())?;
    let options = FitOptions::default().with_law(Arc::clone(law)).with_jobs(1);
    let starts = from.map(|from| Starts::Given(vec![from.to_vec()]));
    Ok(fit_scaling_law(&observations, &starts.into_iter().fold(options, FitOptions::with_starts))?.parameters)
}

/// The root mean square of squares, in percent.
fn rms(squares: &[f64]) -> f64 {
    100.0 * (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

fn main() -> nbar::Result<()> {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let rows = Arc::new(rows()?);
    println!(
        "| | L = E + B/D^β + | parameters | fitted | all windows | without those to 95 % | to mid-run, alone | floor .1, not fitted |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (number, form) in FORMS.iter().enumerate() {
        if !asked.is_empty() && !asked.contains(&(number + 1)) {
            continue;
        }
        let law: Arc<dyn Law> = Arc::new(OfForm::new(form, &rows));
        let square =
            |parameters: &[f64], i: usize| (law.loss(parameters, &[i as f64]) / rows[i].loss).ln().powi(2);
        let which =
            |wanted: &dyn Fn(&Row) -> bool| (0..rows.len()).filter(|i| wanted(&rows[*i])).collect::<Vec<_>>();
        let whole = fitted(&law, &rows, &which(&|row| row.floor == 0.0), None)?;
        // Each window left out in turn, of runs that end their pruning by then: its end, and the square of each error.
        let left_out = |latest: u32| {
            let used = |row: &Row| row.floor == 0.0 && row.window.is_none_or(|window| window[1] <= latest);
            let windows: BTreeSet<[u32; 2]> =
                rows.iter().filter(|row| used(row)).filter_map(|row| row.window).collect();
            let mut squares = Vec::new();
            for window in windows {
                let others = which(&|row| used(row) && row.window != Some(window));
                let parameters = fitted(&law, &rows, &others, Some(&whole))?;
                let own = which(&|row| used(row) && row.window == Some(window));
                squares.extend(own.into_iter().map(|i| (window[1], square(&parameters, i))));
            }
            Ok::<Vec<(u32, f64)>, nbar::Error>(squares)
        };
        let by = |squares: &[(u32, f64)], latest: u32| {
            rms(&squares
                .iter()
                .filter(|(end, _)| *end <= latest)
                .map(|(_, square)| *square)
                .collect::<Vec<_>>())
        };
        let (all, early) = (left_out(100)?, left_out(51)?);
        let of = |wanted: &dyn Fn(&Row) -> bool| {
            rms(&which(wanted).into_iter().map(|i| square(&whole, i)).collect::<Vec<_>>())
        };
        println!(
            "| {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            number + 1,
            form.text,
            form.parameters.len(),
            of(&|row| row.floor == 0.0 && row.window.is_some()),
            by(&all, 100),
            by(&all, 90),
            by(&early, 51),
            of(&|row| row.floor > 0.0),
        );
    }
    Ok(())
}
