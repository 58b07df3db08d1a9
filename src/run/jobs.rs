//! Jobs that continue each other: one training, whose log is in several files.

use super::merge::difference;
use super::sweep::{Named, Sweep};
use super::{Few, Run};
use crate::Result;
use crate::error::Location;
use crate::units::format_quantity;

/// A job goes on where another stopped if its first row is within so many rows of that.
const ROWS: f64 = 1.5;

/// A part of a training that tells how long the whole is.
#[derive(Debug, Clone, Copy)]
struct Job {
    run: usize,
    first: f64,
    last: f64,
    planned: f64,
    /// Steps from row to row; 0 of a single row.
    spacing: f64,
}

impl Job {
    fn of(run: &Run, index: usize) -> Option<Self> {
        let (curve, planned) = (run.checkpoints(), run.planned_steps()?);
        let (first, last) = (curve.first()?.step()?, curve.last()?.step()?);
        let spacing = (last - first) / (curve.len() - 1).max(1) as f64;
        Some(Self { run: index, first, last, planned, spacing })
    }

    fn begins_midway(&self) -> bool {
        self.first > ROWS * self.spacing
    }

    /// Whether `later` follows on it, or on one of its checkpoints.
    fn goes_on_in(&self, later: &Self) -> bool {
        self.planned == later.planned
            && self.last < self.planned
            && self.first < later.first
            && later.first <= self.last + ROWS * self.spacing.max(later.spacing)
    }
}

impl Sweep {
    /// Makes one run of jobs that continue each other: runs that only their files name, with one plan. `twice` are runs that
    /// have the name of another.
    ///
    /// # Errors
    /// When a job may continue several, or a run that has the name of another continues none.
    pub(super) fn join_jobs(&mut self, twice: &[usize]) -> Result<()> {
        let by_file = |index: &usize| self.origins[*index].named == Named::File;
        let jobs = (0..self.runs.len()).filter(by_file);
        let mut jobs: Vec<Job> = jobs.filter_map(|index| Job::of(&self.runs[index], index)).collect();
        jobs.sort_by(|a, b| a.first.total_cmp(&b.first).then(a.last.total_cmp(&b.last)));
        let mut gone = vec![false; self.runs.len()];
        let mut later = 0;
        while later < jobs.len() {
            let job = jobs[later];
            let before: Vec<usize> = (0..later)
                .filter(|&place| job.begins_midway() && jobs[place].goes_on_in(&job))
                .filter(|&place| self.is_alike(jobs[place].run, job))
                .collect();
            match before[..] {
                [] => later += 1,
                [only] => {
                    self.join(jobs[only], job);
                    gone[job.run] = true;
                    jobs.remove(later);
                    jobs[only].last = job.last;
                }
                [first, second, ..] => return Err(self.several(job, [jobs[first], jobs[second]])),
            }
        }
        if let Some(&left) = twice.iter().find(|&&run| !gone[run]) {
            let name = self.runs[left].id();
            let first = self.runs.iter().position(|run| run.id() == name).unwrap_or(left);
            let problem = format!(
                "the run is in {} too, and only the name of a file makes them one run",
                self.path(self.origins[first])
            );
            let place = Location::in_file(&self.path(self.origins[left])).run(name);
            return Err(place.refuse(problem, "rename a file, or leave one out"));
        }
        let (mut of_runs, mut of_origins) = (gone.iter(), gone.iter());
        self.runs.retain(|_| of_runs.next() == Some(&false));
        self.origins.retain(|_| of_origins.next() == Some(&false));
        Ok(())
    }

    /// Whether nothing but the rows differs, and tokens rise with steps from one to the other.
    fn is_alike(&self, earlier: usize, job: Job) -> bool {
        let (earlier, later) = (&self.runs[earlier], &self.runs[job.run]);
        let first = later.checkpoints()[0].tokens;
        let in_order = |row: &super::Checkpoint| {
            row.step().is_some_and(|step| (step < job.first) == (row.tokens < first))
        };
        difference(earlier, later).is_none() && earlier.checkpoints().iter().all(in_order)
    }

    /// Adds a job's rows to the run that it continues, whose rows from there on were lost.
    fn join(&mut self, earlier: Job, job: Job) {
        let later = self.runs[job.run].clone();
        let run = &mut self.runs[earlier.run];
        let from = later.checkpoints()[0].tokens;
        let kept: Vec<_> = run.checkpoints().iter().filter(|row| row.tokens < from).copied().collect();
        self.rows_passed_over += run.checkpoints().len() - kept.len();
        run.curve = Few::from(kept);
        run.curve.append(&later.curve);
        run.add_notes(&later);
        run.note_end(later.ended());
        let steps = [job.first, job.last, job.planned, earlier.last].map(|step| format_quantity(step, 9));
        let note = format!(
            "its steps {} to {} of {} follow on those of run '{}' to {}: one run",
            steps[0],
            steps[1],
            steps[2],
            run.id(),
            steps[3]
        );
        if let Some(source) = self.origins[job.run].file.and_then(|file| self.sources.get_mut(file as usize))
        {
            source.notes.push(note);
        }
    }

    fn several(&self, job: Job, before: [Job; 2]) -> crate::Error {
        let path = |job: Job| self.path(self.origins[job.run]);
        let problem = format!(
            "the file begins at step {} and may continue {} or {}",
            format_quantity(job.first, 9),
            path(before[0]),
            path(before[1])
        );
        let remedy =
            format!("put the jobs of a run in one file: cat {} {} > run.log", path(before[0]), path(job));
        Location::in_file(&path(job)).refuse(problem, remedy)
    }
}
