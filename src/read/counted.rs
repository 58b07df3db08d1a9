//! Which columns of a log of counts say what.

mod names;

use std::collections::HashMap;

use super::cells::share;
use super::columns::Columns;
use super::fields::{Field, normalise};
use super::held::Holds;
use super::layout::Layout;
use super::row::Rows;
use super::table::Table;
use super::unread::Left;
use crate::run::{Counted, Format};
use crate::{Error, Result};
use names::{Kind, is_aim_of_shares, is_share_of_part, may_shrink, says_all};

/// Words of the one column, of several, that is about the whole model.
const WHOLE: [&str; 6] = ["total", "global", "overall", "model", "all", "current"];
const LAYERS: [&str; 10] = [
    "layer",
    "layername",
    "module",
    "modulename",
    "tensor",
    "tensorname",
    "paramname",
    "parametername",
    "weightname",
    "submodule",
];
const SIZES: [&str; 12] = [
    "size",
    "numel",
    "total",
    "elements",
    "numelements",
    "weights",
    "numweights",
    "layersize",
    "params",
    "parameters",
    "numparams",
    "nparams",
];

/// What a person may choose a column for.
const FIELDS: [&str; 9] =
    ["tokens", "step", "run", "params", "nonzero", "sparsity", "density", "layer", "size"];

/// As what a column has the share of a network that is pruned; any other column as `Pruned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Itself.
    Pruned,
    /// What is left of 1.
    Left,
    /// How many times the network is made smaller.
    Times,
}

/// The columns of a log.
#[derive(Debug)]
pub(super) struct CountColumns {
    pub(super) in_steps: bool,
    pub(super) position: usize,
    pub(super) counted: Counted,
    /// As what a column of shares has them.
    pub(super) share: Share,
    pub(super) count: usize,
    pub(super) run: Option<usize>,
    /// The sparsity of all, beside a count.
    pub(super) sparsity: Option<usize>,
    /// Rows are of a layer each, and the column of its size.
    pub(super) layer: Option<usize>,
    pub(super) size: Option<usize>,
}

impl CountColumns {
    /// What a column holds.
    pub(super) fn holds(&self, index: usize) -> Holds {
        match index {
            _ if [self.run, self.layer].contains(&Some(index)) => Holds::Texts,
            _ if index == self.count && self.counted == Counted::Sparsity => Holds::Small,
            _ if index == self.count || index == self.position || self.size == Some(index) => Holds::Numbers,
            _ => Holds::Unread,
        }
    }
}

/// Finds the columns; `chosen` are the pairs of a field and a column that a person gives.
pub(super) fn find(
    path: &str,
    table: &Table,
    layout: &Layout,
    chosen: &[(String, String)],
) -> Result<CountColumns> {
    let headers = table.headers();
    let mut columns = Columns::unread(path, headers.to_vec());
    let chosen = choose(&columns, chosen)?;
    let of = |field: &str| chosen.iter().find(|(name, _)| *name == field).map(|&(_, index)| index);
    let taken: Vec<usize> = chosen.iter().map(|&(_, index)| index).collect();
    for field in [Field::Tokens, Field::Step] {
        if of("tokens").or(of("step")).is_none() {
            columns.find_each(&[field], &taken)?;
        }
    }
    let position = of("tokens").map(|index| (false, index)).or_else(|| Some((true, of("step")?)));
    let position = position.or_else(|| Some((false, columns.index(Field::Tokens)?)));
    let position = position.or_else(|| Some((true, columns.index(Field::Step)?)));
    let names = "tokens or step";
    let Some((mut in_steps, mut position)) = position else {
        return Err(columns.no_column(names, format!("name the column {names}")));
    };
    let layer = of("layer").or_else(|| headers.iter().position(|h| LAYERS.contains(&&*normalise(h))));
    if of("run").is_none() {
        let taken: Vec<usize> = taken.iter().copied().chain(layer).collect();
        columns.find_each(&[Field::Run], &taken)?;
    }
    let run = of("run").or(columns.index(Field::Run));
    let (kind, count) = match Kind::ALL.iter().find_map(|&(kind, name)| Some((kind, of(name)?))) {
        Some(chosen) => chosen,
        None if layout.format == Format::TensorBoard => (of_values(path, table, &columns)?, 2),
        None => count(&columns, table, run, layer.is_some(), &taken)?,
    };
    if kind == Kind::Sparsity
        && !["params", "nonzero", "sparsity", "density"].iter().any(|field| of(field).is_some())
        && normalise(&headers[count]) != "sparsity"
        && falls_from_whole(table, run, count)?
    {
        let problem = "the column falls within a run from nearly 1, as what is left does, and its name says what is pruned";
        let remedy = "name it `density` if it is the share that is left, or `sparsity` if it is the share that is pruned";
        return Err(columns.refuse_column(count, problem, remedy));
    }
    // Tokens may be logged with the losses alone.
    if let Some(step) = columns.index(Field::Step).filter(|_| !in_steps && of("tokens").is_none())
        && stands_alone(table, count, [position, step])?
    {
        (in_steps, position) = (true, step);
    }
    // A share is no count.
    let kind = if kind == Kind::Nonzero && are_shares(table, count)? { Kind::Density } else { kind };
    let is_size = |&index: &usize| index != count && SIZES.contains(&&*normalise(&headers[index]));
    let size = of("size").or_else(|| (0..headers.len()).find(is_size)).filter(|_| layer.is_some());
    let (counted, share) = match kind {
        Kind::Params => (Counted::Params, Share::Pruned),
        Kind::Nonzero => (Counted::Nonzero, Share::Pruned),
        Kind::Sparsity => (Counted::Sparsity, Share::Pruned),
        Kind::Density => (Counted::Sparsity, Share::Left),
        Kind::Compression => (Counted::Sparsity, Share::Times),
    };
    if layer.is_some() && counted == Counted::Sparsity && size.is_none() {
        let remedy =
            "add a column `size` with the weights of each layer, or log the sparsity of the whole model";
        return Err(columns.no_column("size", remedy));
    }
    let is_sparsity = |index: &usize| Kind::of(&headers[*index], false) == Some(Kind::Sparsity);
    let sparsity =
        (0..headers.len()).find(is_sparsity).filter(|_| counted != Counted::Sparsity && layer.is_none());
    Ok(CountColumns { in_steps, position, counted, share, count, sparsity, run, layer, size })
}

fn choose(columns: &Columns, chosen: &[(String, String)]) -> Result<Vec<(String, usize)>> {
    let mut found = Vec::new();
    for (field, column) in chosen {
        if !FIELDS.contains(&field.as_str()) {
            let problem = format!("names no field '{field}' of a log of counts");
            let remedy = format!("choose one of {}", FIELDS.join(", "));
            return Err(Error::option("columns", format!("{field}={column}"), &problem, remedy));
        }
        let index = columns.headers().iter().position(|header| header == column);
        let alike = || columns.headers().iter().position(|header| normalise(header) == normalise(column));
        let index = index.or_else(alike);
        let index = index.ok_or_else(|| columns.no_column(column, columns.instead_of(column)))?;
        found.push((field.clone(), index));
    }
    Ok(found)
}

/// The column of counts: of what varies, parameters first, then what is left, then a sparsity.
fn count(
    columns: &Columns,
    table: &Table,
    run: Option<usize>,
    of_layers: bool,
    taken: &[usize],
) -> Result<(Kind, usize)> {
    let headers = columns.headers();
    let mut found = Vec::new();
    for (kind, name) in Kind::ALL {
        let mut fitting: Vec<usize> =
            (0..headers.len()).filter(|i| Kind::of(&headers[*i], of_layers) == Some(kind)).collect();
        fitting.retain(|index| !taken.contains(index));
        if of_layers && kind == Kind::Params {
            // Other names are those of sizes of layers.
            let is_size = |name: &str| SIZES.contains(&name) && !["params", "parameters"].contains(&name);
            fitting.retain(|index| !is_size(&normalise(&headers[*index])));
        }
        let narrow = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            fitting.iter().copied().filter(|&index| is(&headers[index])).collect()
        };
        let exact = narrow(&|header| normalise(header) == name);
        let whole = narrow(&|header| {
            let lower = header.to_lowercase();
            lower.split(|c: char| !c.is_alphanumeric()).any(|word| WHOLE.contains(&word))
        });
        let mut changing = Vec::new();
        if fitting.len() > 1 && kind == Kind::Params {
            for index in &fitting {
                changing.extend(varies(table, run, *index)?.then_some(*index));
            }
        }
        match (&fitting[..], &exact[..], &whole[..]) {
            ([], ..) => {}
            _ if changing.len() == 1 => found.push((kind, changing[0])),
            ([only], ..) | (_, [only], _) | (_, [], [only]) => found.push((kind, *only)),
            _ => return Err(columns.ambiguous(name, &fitting)),
        }
    }
    // The size of a layer is no count of it where something else is.
    if of_layers && found.len() > 1 {
        found.retain(|(kind, _)| *kind != Kind::Params);
    }
    let mut varying = None;
    if found.len() > 1 {
        for &(kind, index) in &found {
            if varies(table, run, index)? {
                varying = Some((kind, index));
                break;
            }
        }
    }
    let names = "params, nonzero or sparsity";
    // What a config says of a run is no count.
    if let [(Kind::Params, params)] = found[..]
        && Field::named(&headers[params]) != Some(Field::Params)
        && !varies(table, run, params)?
    {
        found.clear();
    }
    if found.is_empty() {
        found.extend(by_words(table, taken)?);
    }
    if let [(Kind::Params, params)] = found[..]
        && !varies(table, run, params)?
    {
        // Parameters as they were at first say nothing of pruning.
        let is_own = |header: &str| may_shrink(header) || is_aim_of_shares(header);
        for index in (0..headers.len()).filter(|index| !taken.contains(index) && is_own(&headers[*index])) {
            if varies(table, run, index)? {
                return by_words(table, taken)?.filter(|(_, own)| *own == index).ok_or_else(|| {
                    let problem = "the column changes within a run, where the parameters do not, and how much is left cannot be read from it";
                    let remedy = "name it `nonzero` if it counts what is left, `density` if it is the share that is left, or `sparsity` if it is the \
                                  share that is pruned; take it out of the log if it says none of these";
                    columns.refuse_column(index, problem, remedy)
                });
            }
        }
    }
    // Parameters that never change are those before pruning.
    let says = found.iter().find(|(kind, _)| *kind != Kind::Params).or(found.first());
    varying.or(says.copied()).ok_or_else(|| match headers.iter().any(|header| is_share_of_part(header)) {
        true => columns.no_column(
            names,
            "add a column `sparsity` of the whole network; of its parts give a row each, with columns `layer` and `size`",
        ),
        false => columns.no_column(names, format!("name the column {names}")),
    })
}

/// Whether a table counts what is left of its runs: of parameters alone it does where they change.
pub(super) fn has_counts(table: &Table) -> Result<bool> {
    let run = table.headers().iter().position(|header| Field::named(header) == Some(Field::Run));
    let is_of_layers = table.headers().iter().any(|header| LAYERS.contains(&&*normalise(header)));
    for (index, header) in table.headers().iter().enumerate() {
        match Kind::of(header, is_of_layers) {
            None => {}
            Some(Kind::Params) if !varies(table, run, index)? => {}
            Some(_) => return Ok(true),
        }
    }
    Ok(by_words(table, &[])?.is_some())
}

/// Whether some count has no tokens beside it, and each has a step.
fn stands_alone(table: &Table, count: usize, [tokens, step]: [usize; 2]) -> Result<bool> {
    let (mut rows, mut alone) = (table.cursor(), false);
    while rows.advance()? {
        if !rows.cell(count).is_empty() {
            if rows.cell(step).is_empty() {
                return Ok(false);
            }
            alone |= rows.cell(tokens).is_empty();
        }
    }
    Ok(alone)
}

/// The column of other names that say how much is pruned or left, if there is one, by what its cells are.
fn by_words(table: &Table, taken: &[usize]) -> Result<Option<(Kind, usize)>> {
    let headers = table.headers().iter().enumerate();
    let mut found = headers.filter_map(|(index, header)| {
        let is_free = !taken.contains(&index);
        Some((index, says_all(header).filter(|_| is_free)?))
    });
    let (Some((index, says)), None) = (found.next(), found.next()) else { return Ok(None) };
    let kind = match (says, are_shares(table, index)?) {
        (Left::Times, _) => Some(Kind::Compression),
        (Left::All, true) => Some(Kind::Density),
        (Left::None, true) => Some(Kind::Sparsity),
        (Left::All, false) => Some(Kind::Nonzero),
        // How many are pruned says not how many are left.
        (Left::None, false) => None,
    };
    Ok(kind.map(|kind| (kind, index)))
}

/// Whether all cells of a column are shares, of 1 or in percent.
fn are_shares(table: &Table, index: usize) -> Result<bool> {
    let (mut rows, mut any) = (table.cursor(), false);
    while rows.advance()? {
        let cell = rows.cell(index);
        let is_share = || share(cell).is_some_and(|share| (0.0..=1.0).contains(&share));
        if !cell.is_empty() && !is_share() {
            return Ok(false);
        }
        any |= !cell.is_empty();
    }
    Ok(any)
}

/// Whether shares begin at nearly 1 in some run, and end lower.
fn falls_from_whole(table: &Table, run: Option<usize>, index: usize) -> Result<bool> {
    const NEARLY: f64 = 0.9;
    let mut ends: HashMap<String, [f64; 2]> = HashMap::new();
    let mut rows = table.cursor();
    while rows.advance()? {
        let id = run.map_or("", |run| rows.cell(run));
        let Some(share) = share(rows.cell(index)) else { continue };
        match ends.get_mut(id) {
            Some(known) => known[1] = share,
            None => drop(ends.insert(id.to_owned(), [share; 2])),
        }
    }
    Ok(ends.values().any(|[first, last]| *first >= NEARLY && last < first))
}

/// Whether a column has different cells on rows of one run.
fn varies(table: &Table, run: Option<usize>, index: usize) -> Result<bool> {
    let mut first = HashMap::new();
    let mut rows = table.cursor();
    while rows.advance()? {
        let (cell, id) = (rows.cell(index), run.map_or("", |run| rows.cell(run)));
        if cell.is_empty() {
            continue;
        }
        match first.get(id) {
            None => drop(first.insert(id.to_owned(), cell.to_owned())),
            Some(known) if *known != cell => return Ok(true),
            Some(_) => {}
        }
    }
    Ok(false)
}

/// What a scalar of TensorBoard is: its tag says so, or its values, all of which are sparsities.
fn of_values(path: &str, table: &Table, columns: &Columns) -> Result<Kind> {
    let tag =
        path.rsplit_once("-tag-").map(|(_, tag)| tag.trim_end_matches(".csv").trim_end_matches(".json"));
    if let Some(kind) = tag.and_then(|tag| Kind::of(tag, false)) {
        return Ok(kind);
    }
    let mut rows = table.cursor();
    while rows.advance()? {
        if !rows.cell(2).parse::<f64>().is_ok_and(|value| (0.0..1.0).contains(&value)) {
            let remedy =
                "rename the column, or say it with `columns: nonzero=Value` or `columns: params=Value`";
            return Err(columns.no_column("params, nonzero or sparsity", remedy));
        }
    }
    Ok(Kind::Sparsity)
}
