//! How a forecast depends on a parameter that is held.

use nbar::units::parse_quantity;
use nbar::{Document, Ensemble, NewRun, Prediction, Result, Warning};

use crate::args::AnswerArgs;
use crate::format::range;
use crate::table::{Format, Table, interval, number, text};
use crate::{Outcome, warn};

/// A parameter, and the values at which it is held.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    parameter: String,
    values: Vec<f64>,
}

/// Reads a parameter and its values.
pub(crate) fn held(words: &str) -> Result<Held, String> {
    let (name, values) =
        words.split_once('=').ok_or("write a parameter and its values, as in E=1.4,1.5,1.6")?;
    let values: Result<Vec<f64>, _> = values.split(',').map(parse_quantity).collect();
    Ok(Held { parameter: name.trim().to_owned(), values: values.map_err(|error| error.to_string())? })
}

/// The forecast of one fit.
struct Row {
    /// None of the fit itself.
    value: Option<f64>,
    /// Of all groups, where the fit is one by groups.
    fit: Ensemble,
    /// The same of the group that is asked.
    own: Ensemble,
    prediction: Prediction,
}

impl Held {
    /// The forecast of the fit itself, then that of each value.
    pub(crate) fn run(&self, ensemble: &Ensemble, run: &NewRun, answer: &AnswerArgs) -> Result<Outcome> {
        let row = |value, fit: Ensemble| {
            let own = answer.of_group(fit.clone())?;
            Ok(Row { value, prediction: own.predict_run(run)?, fit, own })
        };
        let mut rows = vec![row(None, ensemble.clone())?];
        let parameter = self.of_group(ensemble, answer.group());
        for value in &self.values {
            rows.push(row(Some(*value), ensemble.holding(&parameter, *value)?)?);
        }
        let format = answer.format;
        let json = self.json(&rows);
        let (table, level) = (self.table(&rows), rows[0].own.options.level);
        let sentence = format!(
            "{}loss of the run from fits to the same runs, with {} held\n\n{}",
            crate::allocations::far(rows[0].prediction.extrapolation.flops),
            self.parameter,
            table.text()
        );
        let stdout = match format {
            Format::Csv => self.records(&rows).csv(),
            _ => table.written(format, || json, || sentence + note(level)),
        };
        let of_fit = |warning: &Warning| ensemble.fit.warnings.contains(warning);
        let own: Vec<Warning> =
            rows[0].prediction.warnings.iter().filter(|warning| !of_fit(warning)).cloned().collect();
        let mut outcome = Outcome::of_saved(ensemble, &own, format, stdout);
        for row in &rows[1..] {
            outcome.trustworthy &= row.fit.fit.is_trustworthy();
            let value = row.value.unwrap_or(f64::NAN);
            let others = row.fit.fit.warnings.iter().filter(|warning| !of_fit(warning));
            others.for_each(|warning| warn(format!("{} = {value}: {warning}", self.parameter)));
        }
        Ok(outcome)
    }

    /// The parameter of a fit by groups that has this name in the group that is asked.
    fn of_group(&self, ensemble: &Ensemble, group: Option<&str>) -> String {
        let own = group.map(|group| format!("{}[{group}]", self.parameter));
        own.filter(|name| ensemble.fit.parameter(name).is_some()).unwrap_or_else(|| self.parameter.clone())
    }

    fn rows<'a>(&self, rows: &'a [Row]) -> Table<&'a Row> {
        let names =
            rows[0].own.fit.law().spec().parameters.iter().map(|parameter| parameter.name.to_string());
        let label = |row: &&Row| match row.value {
            None => text("as fitted"),
            Some(value) => text(format!("{} = {value}", self.parameter)),
        };
        names.fold(Table::of(rows).column("", label), |table, name| {
            table.column(&name, |row| number(row.own.fit.parameter(&name).unwrap_or(f64::NAN), 5))
        })
    }

    fn table<'a>(&self, rows: &'a [Row]) -> Table<&'a Row> {
        let level = rows[0].prediction.level;
        self.rows(rows)
            .column("objective", |row| number(row.fit.fit.objective, 4))
            .column("loss", |row| number(row.prediction.loss.estimate, 5))
            .column_if(!level.is_nan(), &interval(level), |row| {
                text(range(row.prediction.loss.run_interval, 5))
            })
    }

    fn records<'a>(&self, rows: &'a [Row]) -> Table<&'a Row> {
        self.rows(rows)
            .column("objective", |row| number(row.fit.fit.objective, 5))
            .column("loss", |row| number(row.prediction.loss.estimate, 5))
            .column("run_lower", |row| number(row.prediction.loss.run_interval[0], 5))
            .column("run_upper", |row| number(row.prediction.loss.run_interval[1], 5))
    }

    fn json(&self, rows: &[Row]) -> String {
        let one = |row: &Row| {
            let law = row.own.fit.law().spec();
            let parameters: serde_json::Map<String, serde_json::Value> = law
                .parameters
                .iter()
                .map(|p| (p.name.to_string(), row.own.fit.parameter(&p.name).into()))
                .collect();
            let prediction = row.prediction.to_json();
            let (value, objective) = (serde_json::Value::from(row.value), row.fit.fit.objective);
            let parameters = serde_json::Value::from(parameters);
            format!(
                "{{\"value\":{value},\"parameters\":{parameters},\"objective\":{objective},\"prediction\":{prediction}}}"
            )
        };
        let rows: Vec<String> = rows.iter().map(one).collect();
        let name = serde_json::Value::from(self.parameter.as_str());
        format!("{{\"schema\":\"nbar.held/1\",\"parameter\":{name},\"rows\":[{}]}}", rows.join(","))
    }
}

fn note(level: f64) -> &'static str {
    if level.is_nan() {
        ""
    } else {
        "\ninterval: where a new run would land; a smaller objective fits the runs better\n"
    }
}
