//! What is known of how a run was pruned where its own row does not say it: from options, or from the names of columns.

use super::super::draft::WHICH_SCHEDULE;
use super::super::fields::{Field, normalise};
use super::super::measure::words;
use super::super::row::Rows;
use super::super::scale;
use super::super::splits::written;
use super::super::window_units::{IN_PERCENT, WindowNames, complete, unit_of};
use super::Assembler;
use crate::error::Location;
use crate::run::{Conversion, LeftShare, Run};
use crate::schedule::{IN_EPOCHS, ScheduleFields, Shape, shape_named};
use crate::{Error, Result, units};

/// Schedules without a window.
const WHOLE: [&str; 2] = ["dense", "constant"];

/// Whether a schedule says that nothing is ever pruned.
pub(super) fn is_never_pruned(fields: &ScheduleFields) -> bool {
    fields.final_sparsity == Some(0.0) && fields.initial_sparsity.is_none_or(|sparsity| sparsity == 0.0)
}

/// Words of parts of a network.
const PARTS: [&str; 16] = [
    "attn",
    "attention",
    "qkv",
    "mlp",
    "ffn",
    "head",
    "heads",
    "layer",
    "layers",
    "block",
    "blocks",
    "neurons",
    "channels",
    "embed",
    "embedding",
    "embeddings",
];

impl Assembler {
    /// The fields of a row's schedule, with what it does not say of a pruned run.
    pub(super) fn completed(
        &self,
        mut fields: ScheduleFields,
        (row, run): (&impl Rows, &mut Run),
        network: [f64; 2],
    ) -> ScheduleFields {
        // A log of counts goes before what a table says, and needs no schedule beside it.
        if self.given.is_counted(run.id()) {
            run.note_initial_sparsity(fields.initial_sparsity);
            if fields.schedule.is_none() {
                return ScheduleFields::default();
            }
        }
        // A constant schedule may be the learning rate's.
        let named = fields.schedule.as_ref().or(self.given.pruning().schedule.as_ref());
        if fields.final_sparsity.is_none()
            && named.is_some_and(|name| shape_named(name).is_some_and(|own| own.parse::<Shape>().is_ok()))
        {
            fields.final_sparsity = self.by_what_is_left(row, network);
        }
        // A start of 0 and no end of it, where others have one: of a run that is not pruned.
        if fields.schedule.is_none()
            && self.given.pruning().schedule.is_none()
            && (fields.initial_sparsity, fields.final_sparsity) == (Some(0.0), None)
            && self.columns.index(Field::FinalSparsity).is_some()
        {
            fields.final_sparsity = Some(0.0);
        }
        let prunes =
            [fields.final_sparsity, fields.initial_sparsity].iter().flatten().any(|sparsity| *sparsity > 0.0);
        if !prunes || self.given.is_counted(run.id()) {
            return fields;
        }
        let given = self.given.pruning();
        if fields.schedule.is_none() && given.schedule.is_some() {
            fields.schedule.clone_from(&given.schedule);
            self.mark_used(3, Field::Schedule);
        }
        let name = fields.schedule.as_deref().unwrap_or_default().to_ascii_lowercase();
        if WHOLE.contains(&&*name) || name.starts_with('{') || name.is_empty() {
            return fields;
        }
        // A window that is given goes before a half of one.
        let is_cut = normalise(&name) == "oneshot";
        let lacks_place = fields.prune_start.is_none() || (fields.prune_end.is_none() && !is_cut);
        if lacks_place && given.prune_start.is_some() {
            fields.prune_start = given.prune_start;
            fields.prune_end = given.prune_end.filter(|_| !is_cut);
            fields.prune_unit.clone_from(&given.prune_unit);
            self.mark_used(4, Field::PruneUnit);
        }
        // `20%` is a share of the run, and so is what a name says to be in percent.
        let in_percent = |field: &Field| {
            let cell = self.columns.cell(*field, row);
            cell.is_empty() || cell.ends_with('%') || self.columns.conversion(*field) == IN_PERCENT
        };
        if fields.prune_unit.is_none() && fields.prune_start.is_some() {
            let told = self.window_names(row, run.id()).unit();
            // What the names say may be said again.
            if given.prune_unit.is_some() && told.is_none_or(|told| given.prune_unit.as_deref() == Some(told))
            {
                fields.prune_unit.clone_from(&given.prune_unit);
                self.mark_used(4, Field::PruneUnit);
            }
        }
        complete(&mut fields, &self.window_names(row, run.id()), in_percent);
        fields
    }

    /// The columns that say a run's window.
    fn window_names<'a>(&'a self, row: &'a impl Rows, id: &str) -> WindowNames<'a> {
        WindowNames::of(|field| match self.columns.index(field) {
            Some(index) if !row.cell(index).is_empty() => Some(self.columns.header(field)),
            _ => self.given.header_of(id, field),
        })
    }

    /// Refuses a window in two units.
    pub(super) fn refuse_units(&self, row: &impl Rows, id: &str, fields: &ScheduleFields) -> Result<()> {
        let is_of_table = self.columns.index(Field::PruneStart).is_none();
        let place = match self.given.row_of(id).filter(|_| is_of_table) {
            Some((facts, line)) => Location::in_file(&facts.path).line(line),
            None => self.place(row),
        };
        self.window_names(row, id).refuse_two(place.run(id), fields)
    }

    /// How a person says that a column is what is left of a run in the end, and what that is; none where it cannot be read.
    pub(super) fn stands_for(&self, row: &impl Rows, left: &LeftShare) -> Option<(String, &'static str)> {
        let header = &self.columns.headers()[left.column];
        // What a part of the network has, or how many of its layers, is no share of it.
        let is_of_part = words(header).iter().any(|word| PARTS.contains(&word.as_str()));
        let name = written(header).filter(|_| !left.of_run && !is_of_part)?;
        if left.is_count {
            return Some((format!("final_params={name}"), "the parameters left in the end"));
        }
        let (field, what) = self.unread.field_of_share(left.column)?;
        let has_unit = scale::of_column(Field::FinalSparsity, header).is_some();
        let in_percent = !has_unit && units::number(row.cell(left.column)).is_some_and(|value| value > 1.0);
        Some((format!("{field}{}={name}", if in_percent { "_percent" } else { "" }), what))
    }

    /// The final sparsity of a network of so many parameters that may be pruned, and that are not, of which the row says how many are left.
    fn by_what_is_left(&self, row: &impl Rows, [prunable, fixed]: [f64; 2]) -> Option<f64> {
        let left = self.hint(row, Field::FinalParams)? - fixed;
        Conversion::OneLess(1.0)
            .apply(left / prunable)
            .filter(|sparsity| (0.0..1.0).contains(sparsity) && *sparsity > 0.0)
    }

    /// Whether the columns of a start or an end have epochs.
    fn is_in_epochs(&self) -> bool {
        let of = |field: &Field| self.columns.index(*field).map(|_| words(self.columns.header(*field)));
        let names = [Field::PruneStart, Field::PruneEnd];
        names.iter().filter_map(of).flatten().any(|word| matches!(word.as_str(), "epoch" | "epochs"))
    }

    /// What to do about a schedule of which a row lacks something that one option says of all rows.
    pub(super) fn lacks(&self, error: &Error) -> Option<String> {
        let Error::MissingInput { input, .. } = error else { return None };
        let places = [
            ("start", ["start", "starting", "begin", "beginning"]),
            ("end", ["end", "ending", "stop", "finish"]),
        ];
        let free = |words: [&str; 4]| {
            let is_one = |header: &&String| {
                let lower = header.to_lowercase();
                unit_of(header).is_some()
                    && lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
            };
            let headers = self.columns.headers().iter().enumerate();
            let free = headers
                .filter(|(index, _)| self.columns.field_of(*index).is_none())
                .map(|(_, header)| header);
            free.filter(|header| !header.contains(',')).find(is_one)
        };
        match &**input {
            "schedule" => Some(WHICH_SCHEDULE.to_owned()),
            "final_sparsity" if self.columns.index(Field::FinalParams).is_some() => {
                let left = self.columns.header(Field::FinalParams);
                Some(format!("add a column final_sparsity: 1 - '{left}' / (params + fixed_params)"))
            }
            "prune_start" | "prune_end" => {
                let named = places.map(|(place, words)| Some(format!("prune_{place}={}", free(words)?)));
                Some(match named {
                    [Some(start), Some(end)] => format!("say which columns tell it: `columns: {start},{end}`"),
                    _ => "say from where to where such runs were pruned (`prune_window=START..END`, in `prune_unit=UNIT`; of a single cut, AT..AT), or add \
                          the columns"
                        .to_owned(),
                })
            }
            "prune_unit" if self.is_in_epochs() => Some(IN_EPOCHS.to_owned()),
            "prune_unit" => Some(
                "say it of all rows (`prune_unit=UNIT`: fraction of the tokens, compute, a fraction of that, token or step), or add the \
                 column"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
