//! Tables with titles above their header.

use super::fields::Field;
use super::row::Rows;
use super::scale;
use super::text::shown_list;
use crate::Error;
use crate::error::Location;

/// Lines that are looked at.
const LINES: usize = 10;
/// Columns of which a header names some.
const MAIN: [Field; 5] = [Field::Params, Field::Tokens, Field::Loss, Field::Flops, Field::Step];

/// Whether two of these name columns of a table of runs, and one of them a main one.
pub(super) fn is_header(names: &[&str]) -> bool {
    let named: Vec<Field> =
        names.iter().filter_map(|name| Field::named(&scale::without_unit(name).0)).collect();
    named.len() >= 2 && named.iter().any(|field| MAIN.contains(field))
}

/// What is wrong with a table whose header stands on a line further down; none where no line looks like one.
pub(super) fn refusal(path: &str, rows: &mut impl Rows) -> Option<Error> {
    for _ in 0..LINES {
        if !rows.advance().ok()? {
            return None;
        }
        let names: Vec<&str> = (0..rows.len()).map(|index| rows.cell(index)).collect();
        if is_header(&names) {
            let problem =
                format!("the header stands here, and not on the first line: {}", shown_list(&names));
            let place = Location::in_file(path).line(rows.line());
            return Some(place.refuse(problem, "remove the lines above it"));
        }
    }
    None
}
