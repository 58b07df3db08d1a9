//! Several tables as one sweep.

use std::path::Path;

use super::doubtful::join_doubtful;
use super::sweep::{Named, Origin, Sweep};
use super::unmet::{keep_unmet, refuse_none};
use super::{Checkpoint, ColumnMapping, Names, Run};
use crate::error::Location;
use crate::{Error, Result, units};

impl Sweep {
    /// Adds the runs of another sweep. Rows of a run in both make one loss curve; runs that their files do
    /// not name get the file's name before their line.
    ///
    /// ```
    /// use nbar::Sweep;
    /// let early = Sweep::from_csv_str("early.csv", "run,params,tokens,loss\na,1e9,1e10,2.74\n")?;
    /// let late = Sweep::from_csv_str("late.csv", "run,params,tokens,loss\na,1e9,2e10,2.51\nb,2e9,2e10,2.4\n")?;
    /// let sweep = early.merge(late)?;
    /// assert_eq!((sweep.len(), sweep.checkpoint_count()), (2, 3));
    /// # Ok::<(), nbar::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a run is in both with different parameters or another schedule, or with the same tokens, or its
    /// schedule does not fit the longer curve; when only one has a [window](Self::with_prune_window) of its own.
    pub fn merge(self, other: Sweep) -> Result<Self> {
        Self::from_sweeps([self, other])
    }

    /// All runs of several sweeps, as [`merge`](Self::merge) makes one of two.
    ///
    /// # Errors
    /// As [`merge`](Self::merge); when there is no sweep, or none has a run.
    pub fn from_sweeps(sweeps: impl IntoIterator<Item = Sweep>) -> Result<Self> {
        let whole = Self::joined(sweeps)?;
        whole.check_whole()?;
        Ok(whole)
    }

    /// Refuses a sweep of whose files a filter leaves no row, and a table of other runs.
    pub(crate) fn check_whole(&self) -> Result<()> {
        if !self.runs.is_empty() {
            // Of runs that a filter leaves out nothing is known.
            let Some(told) = self.told.as_ref().filter(|_| self.rows_filtered_out == 0) else {
                return Ok(());
            };
            let runs: Vec<&str> = self.runs.iter().map(|run| run.id()).collect();
            let lost: Vec<&str> = self.lost.iter().map(|name| &**name).collect();
            return told.refuse_strangers(&runs, &lost);
        }
        let files = units::format_count(self.files.len(), "file");
        let problem = format!("the filter leaves none of {} rows of {files}", self.rows_read);
        let first = self.files.first().map_or("", String::as_str);
        Err(refuse_none(Location::in_file(first), &problem, &self.unmet))
    }

    /// The same, which may have no run.
    pub(crate) fn joined(sweeps: impl IntoIterator<Item = Sweep>) -> Result<Self> {
        let mut sweeps = sweeps.into_iter();
        let Some(mut whole) = sweeps.next() else { return Self::from_runs(Vec::new()) };
        let mut names: Option<Names> = None;
        let mut twice = Vec::new();
        for other in sweeps {
            let names = names.get_or_insert_with(|| {
                whole.name_by_file();
                let (mut names, runs) = (Names::default(), &whole.runs);
                for (place, run) in runs.iter().enumerate() {
                    names.find_or_add(&run.id, place, |place| &runs[place].id);
                }
                names
            });
            whole.absorb(other, names, &mut twice)?;
        }
        if names.is_some() {
            whole.join_jobs(&twice)?;
        }
        whole.refuse_kinds()?;
        Ok(whole)
    }

    /// Refuses losses of training beside those of an evaluation, losses of texts of two names, and counts of other parameters.
    fn refuse_kinds(&self) -> Result<()> {
        let of_loss = ["the losses are of ", "of ", "loss"];
        self.refuse_several(of_loss, |mapping| mapping.kind_of_loss().map(str::to_owned))?;
        self.refuse_several(of_loss, ColumnMapping::text_of_loss)?;
        let of_params = ["the parameters are ", "", "params"];
        self.refuse_several(of_params, |mapping| mapping.kind_of_params().map(str::to_owned))
    }

    /// Refuses columns of one field whose names say several kinds.
    fn refuse_several(
        &self,
        [are, of, field]: [&str; 3],
        kind: impl Fn(&ColumnMapping) -> Option<String>,
    ) -> Result<()> {
        let mut all = self.mapping.iter().filter_map(|mapping| Some((mapping, kind(mapping)?)));
        let Some((first, own)) = all.next() else { return Ok(()) };
        // One name within another may be of the same: `c4-en` and `c4`.
        let Some((other, another)) =
            all.find(|(_, another)| !another.contains(&own) && !own.contains(another))
        else {
            return Ok(());
        };
        let problem = format!(
            "{are}{another}, and those of '{}' in {} {of}{own}: one law does not hold for both",
            first.column, first.path
        );
        let remedy = format!(
            "read files of one kind, or name a column that all have: `columns: {field}=NAME`; if both are one, call the columns alike"
        );
        Err(Location::in_file(&other.path).column(&other.column).refuse(problem, remedy))
    }

    fn absorb(&mut self, mut other: Sweep, names: &mut Names, twice: &mut Vec<usize>) -> Result<()> {
        if self.prune_window != other.prune_window {
            let window =
                self.prune_window.as_ref().or(other.prune_window.as_ref()).map_or("", String::as_str);
            let problem = "is that of one of the sweeps only";
            return Err(Error::option("prune_window", window, problem, "make one sweep of them first"));
        }
        other.name_by_file();
        let shift = self.files.len();
        self.files.append(&mut other.files);
        self.sources.append(&mut other.sources);
        let (mut extended, mut between) = (Vec::new(), None);
        for (run, mut origin) in other.runs.into_iter().zip(other.origins) {
            origin.file = origin.file.map(|file| file + shift as u32);
            let runs = &self.runs;
            if let Some(known) = names.find_or_add(&run.id, runs.len(), |place| &runs[place].id) {
                if [self.origins[known].named, origin.named] == [Named::File; 2] {
                    if let Some(longer) = self.longer(known, &run, origin) {
                        self.keep_longer(known, longer.then_some(run), origin);
                    } else {
                        twice.push(self.runs.len());
                        self.runs.push(run);
                        self.origins.push(origin);
                    }
                } else {
                    between = between.or_else(|| overlap(&self.runs[known], &run));
                    self.extend_run(known, run, origin)?;
                    extended.push(known);
                }
            } else {
                self.runs.push(run);
                self.origins.push(origin);
            }
        }
        if let (Some(first), Some(source)) = (extended.first(), self.sources.last_mut()) {
            let first = self.runs[*first].id();
            let what = match extended.len() {
                1 => format!("run '{first}' is in another file too: its rows"),
                count => format!("{count} runs ('{first}', ...) are in other files too: the rows of each"),
            };
            let between = between.map_or_else(String::new, |[run, from, to]| {
                format!(
                    ", and those of '{run}' lie between each other from {from} to {to} tokens; if it restarted there, put both in one file, the later job last"
                )
            });
            source.notes.push(format!("{what} make one curve{between}"));
        }
        for index in extended {
            self.runs[index].check_schedule().map_err(|error| self.blame(index, error))?;
        }
        self.mapping.append(&mut other.mapping);
        self.unused_columns.append(&mut other.unused_columns);
        self.uses.append(&mut other.uses);
        self.uses.sort_unstable();
        self.uses.dedup();
        self.rows_read += other.rows_read;
        self.rows_filtered_out += other.rows_filtered_out;
        self.rows_passed_over += other.rows_passed_over;
        keep_unmet(&mut self.unmet, &other.unmet);
        join_doubtful(&mut self.doubtful, other.doubtful);
        self.lost.append(&mut other.lost);
        self.told = self.told.take().or(other.told);
        Ok(())
    }

    /// Makes names of the runs that their files do not name: `line 2` may be in every file.
    fn name_by_file(&mut self) {
        for (run, origin) in self.runs.iter_mut().zip(&mut self.origins) {
            if let (Named::Line, Some(file)) = (origin.named, origin.file) {
                run.id = format!("{}, {}", self.files[file as usize], run.id).into();
                origin.named = Named::LineOfFile;
            }
        }
    }

    /// Of two states of one run, whether the second is the longer; none if they are not known to be of one.
    fn longer(&self, known: usize, other: &Run, origin: Origin) -> Option<bool> {
        let run = &self.runs[known];
        let [ours, theirs] = [&run.curve, &other.curve];
        let rows = ours.len().min(theirs.len());
        let same = |(a, b): (&Checkpoint, &Checkpoint)| a.tokens == b.tokens && a.loss == b.loss;
        let is_begin = ours.iter().zip(theirs.iter()).take(rows).all(same);
        let places = [self.path(self.origins[known]), self.path(origin)];
        let folders = places.each_ref().map(|path| without_checkpoint(Path::new(path)));
        let one = folders[0].0 == folders[1].0 && (folders[0].1 || folders[1].1);
        let end = |run: &Run| run.extent().tokens;
        (difference(run, other).is_none() && (one || (is_begin && places[0] != places[1])))
            .then(|| end(other) > end(run))
    }

    /// Keeps the longer of two states of one run, which is `longer` where there is one.
    fn keep_longer(&mut self, known: usize, longer: Option<Run>, origin: Origin) {
        let mut shorter = origin;
        if let Some(run) = longer {
            self.runs[known] = run;
            shorter = std::mem::replace(&mut self.origins[known], origin);
        }
        let note = format!(
            "an earlier state of run '{}' than in {}, and not read",
            self.runs[known].id(),
            self.path(self.origins[known])
        );
        if let Some(source) = shorter.file.and_then(|file| self.sources.get_mut(file as usize)) {
            source.notes.push(note);
        }
    }

    /// Adds to a run the rest of its loss curve.
    fn extend_run(&mut self, known: usize, more: Run, origin: Origin) -> Result<()> {
        let run = &self.runs[known];
        let tokens = |run: &Run| run.curve.iter().map(|c| c.tokens).collect::<Vec<f64>>();
        let (ours, theirs) = (tokens(run), tokens(&more));
        let twice = theirs.iter().find(|tokens| ours.binary_search_by(|own| own.total_cmp(tokens)).is_ok());
        let by_file = [self.origins[known].named, origin.named].contains(&Named::File);
        let problem = match (difference(run, &more), twice) {
            (None, None) if by_file => Some("only the name of a file makes them one run".to_owned()),
            (Some(problem), _) => Some(problem),
            (None, Some(tokens)) => Some(format!("both have a row at {tokens} tokens")),
            (None, None) => None,
        };
        if let Some(problem) = problem {
            let first = self.origins[known];
            let place = Location::in_file(&self.path(origin)).line(origin.line).run(&more.id);
            let problem =
                format!("the run is in {} too (from line {}), and {problem}", self.path(first), first.line);
            let remedy = "give the runs different names, or leave one file out; if the run was resumed, add to the later file what it had come to, or, where its \
                          steps go on, put both in one file, the later job last";
            return Err(place.refuse(problem, remedy));
        }
        let on = &mut self.origins[known].sides;
        *on = [on[0] | origin.sides[0], on[1] | origin.sides[1]];
        self.runs[known].add_notes(&more);
        let curve = &mut self.runs[known].curve;
        curve.append(&more.curve);
        curve.sort_by_key(|c| c.tokens);
        Ok(())
    }
}

/// A run and the tokens between which both parts of it have rows, if they do.
fn overlap(part: &Run, other: &Run) -> Option<[String; 3]> {
    let [(a, z), (b, y)] = [part, other].map(|run| (run.curve.first(), run.curve.last()));
    let (from, to) = (a?.tokens.max(b?.tokens), z?.tokens.min(y?.tokens));
    let is_between = |run: &Run| run.curve.iter().filter(|row| (from..=to).contains(&row.tokens)).count() > 1;
    (from < to && is_between(part) && is_between(other)).then(|| {
        let [from, to] = [from, to].map(|tokens| units::format_quantity(tokens, 9));
        [part.id().to_owned(), from, to]
    })
}

/// The folder of a file, but for one called `checkpoint-500`, and whether there was such a one.
fn without_checkpoint(path: &Path) -> (Option<&Path>, bool) {
    let folder = path.parent();
    let name = folder.and_then(Path::file_name).unwrap_or_default();
    let is_checkpoint = name.to_string_lossy().starts_with("checkpoint-");
    (if is_checkpoint { folder.and_then(Path::parent) } else { folder }, is_checkpoint)
}

/// What a run has only once and says differently in two files.
pub(super) fn difference(left: &Run, right: &Run) -> Option<String> {
    let counts =
        [("params", left.params, right.params), ("fixed_params", left.fixed_params(), right.fixed_params())];
    if let Some((name, left, right)) = counts.into_iter().find(|(_, left, right)| left != right) {
        return Some(format!("its `{name}` are {left} there and {right} here"));
    }
    if left.group() != right.group() {
        return Some("its groups differ".to_owned());
    }
    if left.cluster() != right.cluster() {
        return Some("its clusters differ".to_owned());
    }
    (left.schedule() != right.schedule()).then(|| "its schedules differ".to_owned())
}
