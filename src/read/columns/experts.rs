//! Networks of experts: a token meets a part of the parameters, and what is called sparsity may be the rest.

use super::super::cells::shown;
use super::super::fields::{Field, normalise};
use super::super::row::Rows;
use super::super::scale;
use super::super::text::last;
use super::column::Source;
use super::{Columns, Conversion, chosen};
use crate::error::Location;
use crate::schedule::shape_named;
use crate::{Result, units};

/// Words of a share of a network that is at work.
const AT_WORK: [&str; 3] = ["activ", "activation", "activated"];
const SHARES: [&str; 3] = ["ratio", "fraction", "share"];
/// Words of what says nothing where there are no experts, whose defaults tools log of every run.
const HOW: [&str; 12] = [
    "loss", "balance", "entropy", "load", "drop", "time", "top", "capacity", "router", "per", "parallel",
    "shared",
];
/// Names of whether there are experts.
const WHETHER: [&str; 4] = ["usemoe", "ismoe", "moe", "moeenabled"];

/// Counts this close, relatively, are one.
const ALIKE: f64 = 0.01;

/// Columns of networks of experts, and what they leave open.
#[derive(Debug, Default)]
pub(super) struct Experts {
    columns: Vec<(usize, String)>,
    /// Those of them that count experts, and those that say whether there are any.
    counts: Vec<usize>,
    whether: Vec<usize>,
    /// The columns of parameters and of the sparsity that no person chose.
    params: Option<String>,
    sparsity: Option<(usize, String)>,
    /// What is called the parameters that a token meets, and not read.
    active: Option<String>,
    beside: Option<Active>,
}

/// Parameters that a token meets in a table of pruned runs, where they may be what is left of all: but not of a dense run.
#[derive(Debug)]
struct Active {
    active: Source,
    all: Source,
    /// What says that a row is pruned.
    pruned: Vec<usize>,
}

impl Columns {
    /// What a table with such columns leaves open.
    pub(super) fn experts(&self) -> Experts {
        let free = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none());
        let columns = free.filter(|index| is_of_experts(&self.headers[*index]));
        let columns: Vec<_> = columns.map(|index| (index, self.headers[index].clone())).collect();
        let named = |index: &usize| normalise(last(&self.headers[*index]));
        let is_count = |index: &usize| named(index).contains("expert") && !named(index).contains("sparsity");
        let counts = columns.iter().map(|(index, _)| *index).filter(is_count).collect();
        let whether = (0..self.headers.len()).filter(|index| is_whether(&self.headers[*index])).collect();
        let open = |field| self.index(field).filter(|_| !self.is_chosen(field) && !columns.is_empty());
        let params = open(Field::Params).map(|index| self.headers[index].clone());
        let sparsity = open(Field::FinalSparsity).map(|index| (index, self.headers[index].clone()));
        let params = params.filter(|header| !is_active(header));
        let mut unread = self.headers.iter().enumerate().filter(|(index, _)| self.field_of(*index).is_none());
        let active = unread.find(|(_, header)| is_active(header)).map(|(_, header)| header.clone());
        Experts { params, sparsity, active, columns, counts, whether, beside: self.active_beside() }
    }

    /// Columns of texts that may say that runs are networks of experts, and what chooses the parameters that are read: none where a person chose these.
    pub(in crate::read) fn texts_of_experts(&self) -> (impl Iterator<Item = (usize, &str)>, String) {
        let params = self.index(Field::Params).filter(|_| !self.is_chosen(Field::Params));
        let params = params.map(|index| self.headers[index].as_str());
        let is_text = |index: &usize| matches!(self.field_of(*index), None | Some(Field::Run));
        let columns = (0..self.headers.len()).filter(move |index| params.is_some() && is_text(index));
        (
            columns.map(|index| (index, self.headers[index].as_str())),
            params.map_or_else(String::new, |header| chosen("params", header)),
        )
    }

    fn active_beside(&self) -> Option<Active> {
        let all = self.source(Field::Params).filter(|_| !self.is_chosen(Field::Params))?;
        let pruned: Vec<usize> = [Field::Schedule, Field::FinalSparsity]
            .into_iter()
            .filter_map(|field| self.index(field))
            .collect();
        let mut free = (0..self.headers.len()).filter(|index| self.field_of(*index).is_none());
        let index = free.find(|index| is_active(&self.headers[*index]))?;
        let header = self.headers[index].clone();
        let conversion =
            scale::of_column(Field::Params, &header).map_or(Conversion::None, Conversion::Factor);
        let is_one = !is_active(&all.header) && !pruned.is_empty();
        is_one.then_some(Active { active: Source { index, header, conversion }, all, pruned })
    }
}

impl Experts {
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.beside.is_none()
    }

    /// Refuses a sparsity that may be the share of experts that rest.
    pub(super) fn check_sparsity(&self, path: &str, row: &impl Rows) -> Result<()> {
        let Some((own, cell)) = self.of_several(row) else { return Ok(()) };
        let Some((index, sparsity)) = self.sparsity.as_ref().filter(|(index, _)| is_several(row, *index))
        else {
            return Ok(());
        };
        let problem = format!(
            "the cell is '{}', and '{own}' is '{cell}': a share of experts that rest is no pruning",
            shown(row.cell(*index))
        );
        let remedy = format!(
            "if it is such a share, say `columns: final_sparsity=`; if weights were removed, `columns: {}`",
            chosen("final_sparsity", sparsity)
        );
        Err(Location::in_file(&row.place(path)).line(row.line()).column(sparsity).refuse(problem, remedy))
    }

    /// Refuses parameters of which a token may meet a part.
    pub(super) fn check_params(&self, path: &str, row: &impl Rows) -> Result<()> {
        if let Some(beside) = self.beside.as_ref().filter(|beside| beside.differs(row)) {
            let [active, all] = [&beside.active, &beside.all].map(|source| &source.header);
            let problem = format!(
                "the cell is '{}' and that of '{all}' '{}', of a run that is not pruned",
                shown(row.cell(beside.active.index)),
                shown(row.cell(beside.all.index))
            );
            let [active, all] = [active, all].map(|header| chosen("params", header));
            let remedy = format!(
                "say which N is meant: that of a token in a network of experts (`columns: {active}`), or all (`columns: {all}`)"
            );
            let place = Location::in_file(&row.place(path)).line(row.line()).column(&beside.active.header);
            return Err(place.refuse(problem, remedy));
        }
        let Some(params) = &self.params else { return Ok(()) };
        let Some((own, cell)) = self.of_several(row) else { return Ok(()) };
        let problem =
            format!("the cell is '{cell}': of the parameters in '{params}' a token may meet a part");
        let [active, all] =
            [self.active.as_deref().unwrap_or("NAME"), params].map(|header| chosen("params", header));
        let remedy = format!(
            "say which N is meant: those that a token meets (`columns: {active}`), or all (`columns: {all}`)"
        );
        Err(Location::in_file(&row.place(path)).line(row.line()).column(own).refuse(problem, remedy))
    }

    /// The column by which a row is of several experts, and its cell.
    fn of_several(&self, row: &impl Rows) -> Option<(&str, String)> {
        let is_no =
            |index: &usize| ["false", "no", "0"].iter().any(|no| row.cell(*index).eq_ignore_ascii_case(no));
        let is_dense = !self.counts.is_empty() && !self.counts.iter().any(|index| is_several(row, *index));
        if is_dense || self.whether.iter().any(is_no) {
            return None;
        }
        let (index, own) = self.columns.iter().find(|(index, _)| is_several(row, *index))?;
        Some((own, shown(row.cell(*index)).to_string()))
    }
}

impl Active {
    /// Whether a row of a dense run has fewer than all.
    fn differs(&self, row: &impl Rows) -> bool {
        let counts = [&self.active, &self.all].map(|source| source.number(row));
        let [Some((active, _)), Some((all, _))] = counts else { return false };
        self.pruned.iter().all(|index| says_nothing(row.cell(*index))) && active < all * (1.0 - ALIKE)
    }
}

/// Whether a cell is a number but 0 and 1: one expert, and none, are all of a network.
fn is_several(row: &impl Rows, index: usize) -> bool {
    units::number(row.cell(index)).is_some_and(|value| value != 0.0 && value != 1.0)
}

/// Whether a name is that of parameters which a token meets, in a network of experts: `n_activated_params`.
pub(super) fn is_active(header: &str) -> bool {
    let (name, unit) = scale::without_unit(header);
    let name = normalise(&name);
    // Alone such a word may say whether something is on.
    if matches!(name.as_str(), "active" | "activated") {
        return unit >= 1e3;
    }
    let rest = ["activated", "active", "act", "pertoken", "pertok"].iter().find_map(|word| {
        let (before, after) = name.split_once(word)?;
        Some(format!("{before}{after}"))
    });
    let info = Field::Params.info();
    rest.is_some_and(|rest| rest == info.name || info.is_alias(&rest) || info.is_weak_alias(&rest))
}

/// Whether a name tells of experts: that there are some, how many, or what a token meets.
pub(in crate::read) fn tells_experts(header: &str) -> bool {
    let own = last(header);
    is_of_experts(header) || is_active(own) || is_whether(header)
}

/// Whether a name asks if a run is a network of experts.
pub(in crate::read) fn is_whether(header: &str) -> bool {
    WHETHER.contains(&&*normalise(last(header)))
}

/// Whether a name is about experts, or about the share of a network that is at work.
fn is_of_experts(header: &str) -> bool {
    let name = normalise(&scale::without_unit(last(header)).0);
    let rest = name.replace("expert", " ");
    let is_how = HOW.iter().any(|word| rest.contains(word));
    let at_work =
        AT_WORK.iter().any(|word| name.starts_with(word)) && SHARES.iter().any(|word| name.contains(word));
    !is_how && !WHETHER.contains(&&*name) && (name.contains("expert") || name.starts_with("moe") || at_work)
}

/// Whether a cell of a schedule or a sparsity is of a run that is not pruned.
pub(super) fn says_nothing(cell: &str) -> bool {
    cell.is_empty()
        || units::number(cell.trim_end_matches([' ', '%'])) == Some(0.0)
        || shape_named(cell).as_deref() == Some("dense")
}

#[cfg(test)]
mod tests {
    use super::{is_active, is_of_experts};

    #[test]
    fn names_say_active_parameters() {
        for header in [
            "active_params",
            "n_activated_params",
            "params_active",
            "N_active",
            "Active params (B)",
            "act_params",
            "N_act",
            "n_params_per_token",
            "active (B)",
            "activated_m",
        ] {
            assert!(is_active(header), "{header}");
        }
        for header in ["active_experts", "active", "inactive_params", "params", "activation_params"] {
            assert!(!is_active(header), "{header}");
        }
    }

    #[test]
    fn names_are_about_experts() {
        for header in [
            "experts",
            "num_experts",
            "config/n_routed_experts",
            "moe_num_experts",
            "expert_sparsity",
            "moe_sparsity",
            "Activation ratio",
        ] {
            assert!(is_of_experts(header), "{header}");
        }
        for header in [
            "activation",
            "sparsity",
            "moe_loss",
            "expert_load_balance",
            "params",
            "active_params",
            "activation_fn",
            "moe_topk",
            "moe_capacity_factor",
            "activation_sparsity",
            "experts_per_token",
        ] {
            assert!(!is_of_experts(header), "{header}");
        }
    }
}
