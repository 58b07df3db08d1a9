//! llm.c: `step    1/19560 | loss 11.009463 (+nanz)| …` with `val loss 11.0` lines between, or its `main.log`:
//! `s:250 tel:6.4606`, `s:250 trl:6.5 lr:… norm:…`.
//!
//! It prints a table of `| total batch size | 524288 |` (tokens a step) and `| num_parameters | 124475904 |`.

use super::console::{Cells, Console, cell, is_loss, whole, whole_alone};
use crate::Result;
use crate::run::Format;

#[derive(Debug, Default)]
pub(super) struct LlmC {
    /// Steps done.
    done: u64,
}

/// Whether some line tells of a step or of a loss as this tool never does. The last may be cut off.
pub(super) fn is_of_another(text: &str) -> bool {
    let mut own = LlmC::default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(str::trim_end).any(|line| {
        let tells = line.starts_with("step ") || (line.contains("loss") && !line.starts_with('|'));
        tells && own.row(line).is_none()
    })
}

impl Console for LlmC {
    fn format(&self) -> Format {
        Format::LlmC
    }

    fn row<'a>(&mut self, line: &'a str) -> Option<Cells<'a>> {
        if let Some(loss) = line.strip_prefix("val loss ").map(str::trim).filter(|loss| is_loss(loss)) {
            return Some(vec![cell("step", self.done.to_string()), cell("val loss", loss)]);
        }
        if let Some(rest) = line.strip_prefix("s:") {
            let (step, rest) = rest.split_once(' ')?;
            let step = whole_alone(step)?;
            let named = [("tel:", "val loss"), ("trl:", "train loss")];
            let (name, loss) = named.iter().find_map(|(key, name)| Some((*name, rest.strip_prefix(key)?)))?;
            let loss = loss.split_whitespace().next().filter(|loss| is_loss(loss))?;
            return Some(vec![cell("step", step), cell(name, loss)]);
        }
        let rest = line.strip_prefix("step ")?;
        let at = rest.find(['|', ':'])?;
        let (place, rest) = (&rest[..at], &rest[at + 1..]);
        let mut parts = rest.split('|').map(str::trim_start);
        let named = parts.next()?;
        let loss = named.strip_prefix("train ").unwrap_or(named).strip_prefix("loss ")?;
        let loss = loss.split([' ', ',']).next().filter(|loss| is_loss(loss))?;
        // Tools that say more are others.
        let is_own = |part: &str| {
            ["norm ", "lr "].iter().any(|own| part.starts_with(own))
                || !part.starts_with(|first: char| first.is_alphabetic())
        };
        let is_plain = rest.starts_with(' ') && line.as_bytes().get("step ".len() + at) == Some(&b':');
        if !parts.all(is_own) || !(is_plain || place.contains('/')) {
            return None;
        }
        let (step, planned) = match place.split_once('/') {
            Some((step, planned)) => (whole_alone(step)?.parse::<u64>().ok()?, whole(planned)),
            // The plain C program counts from 0.
            None => (whole_alone(place)?.parse::<u64>().ok()? + 1, None),
        };
        self.done = step;
        let mut cells = vec![cell("step", step.to_string()), cell("train loss", loss)];
        cells.extend(planned.map(|planned| cell("planned_steps", planned)));
        Some(cells)
    }

    fn facts<'a>(&mut self, line: &'a str) -> Cells<'a> {
        let mut parts = line.split('|').map(str::trim).skip(1);
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { return Vec::new() };
        let field = match name {
            "num_parameters" => "params",
            "total batch size" => "tokens_per_step",
            _ => return Vec::new(),
        };
        whole(value).map(|value| cell(field, value)).into_iter().collect()
    }

    fn finish(self: Box<Self>, _path: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
