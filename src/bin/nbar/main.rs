//! The command `nbar`: it parses, calls the library once, and prints.

pub(crate) mod allocate;
pub(crate) mod allocations;
pub(crate) mod args;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod design;
pub(crate) mod escape;
pub(crate) mod fit;
pub(crate) mod fitted;
pub(crate) mod flags;
pub(crate) mod forecast;
pub(crate) mod format;
pub(crate) mod help;
pub(crate) mod holdout;
pub(crate) mod host;
pub(crate) mod inspect;
pub(crate) mod isoflop;
pub(crate) mod keywords;
pub(crate) mod kinds;
pub(crate) mod law;
pub(crate) mod mend;
pub(crate) mod old_names;
pub(crate) mod outputs;
pub(crate) mod paste;
pub(crate) mod plan;
#[cfg(feature = "plot")]
pub(crate) mod plot;
pub(crate) mod predict;
pub(crate) mod progress;
pub(crate) mod regret;
pub(crate) mod restrict;
pub(crate) mod schedule;
pub(crate) mod score;
pub(crate) mod sensitivity;
pub(crate) mod shape;
pub(crate) mod show;
pub(crate) mod sketch;
pub(crate) mod solve;
pub(crate) mod table;
pub(crate) mod twin;
pub(crate) mod versus;
pub(crate) mod windows;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::{FromArgMatches, Parser, Subcommand};
use nbar::Ensemble;
use nbar::fit::Warning;
use nbar::observation::FlopsCount;
use nbar::report::escaped;

/// Fits scaling laws to training runs, sparse and dense alike, and answers what the next budget will buy.
///
/// stdout is the result, stderr is talk. Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 fitted but not to be
/// trusted (the result is printed all the same), 130 stopped by Ctrl-C (what is done so far is printed, if there is any).
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Start with:
  nbar fit sweep.csv -o sweep.fit.json
  nbar predict sweep.fit.json --params 70B --tokens 1.4T
  nbar allocate sweep.fit.json --flops 1e24

Numbers may be written 7B, 1.4T, 300M or 1e24. nbar COMMAND --help explains each command."
)]
pub(crate) struct Command {
    #[command(subcommand)]
    action: Action,
    /// No line of progress on stderr; warnings stay
    #[arg(short, long, global = true, help_heading = "Output")]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Fit(fit::Args),
    Law(law::Args),
    Show(show::Args),
    Schedule(schedule::Args),
    Predict(predict::Args),
    Score(score::Args),
    Allocate(allocate::Args),
    Plan(plan::Args),
    #[cfg(feature = "plot")]
    Plot(plot::Args),
    Shape(shape::Args),
    Design(design::Args),
    Twin(twin::Args),
    Solve(solve::Args),
    Holdout(holdout::Args),
    Compare(compare::Args),
    Versus(versus::Args),
    Isoflop(isoflop::Args),
    Forecast(forecast::Args),
    Inspect(inspect::Args),
    Completions(completions::Args),
}

impl Action {
    /// Which files it reads as a sweep.
    pub(crate) fn sweep(&self) -> Option<&args::SweepArgs> {
        match self {
            Action::Fit(args) => Some(&args.sweep),
            Action::Holdout(args) => Some(&args.sweep),
            Action::Compare(args) => Some(&args.sweep),
            Action::Versus(args) => Some(&args.sweep),
            Action::Isoflop(args) => Some(&args.sweep),
            Action::Forecast(args) => Some(&args.sweep),
            Action::Inspect(args) => Some(&args.sweep),
            _ => None,
        }
    }

    /// What it comes to.
    pub(crate) fn run(&self) -> nbar::Result<Outcome> {
        match self {
            Action::Fit(args) => fit::run(args),
            Action::Law(args) => law::run(args),
            Action::Show(args) => show::run(args),
            Action::Schedule(args) => schedule::run(args),
            Action::Predict(args) => predict::run(args),
            Action::Score(args) => score::run(args),
            Action::Allocate(args) => allocate::run(args),
            Action::Plan(args) => plan::run(args),
            #[cfg(feature = "plot")]
            Action::Plot(args) => plot::run(args),
            Action::Shape(args) => shape::run(args),
            Action::Design(args) => design::run(args),
            Action::Twin(args) => twin::run(args),
            Action::Solve(args) => solve::run(args),
            Action::Holdout(args) => holdout::run(args),
            Action::Compare(args) => compare::run(args),
            Action::Versus(args) => versus::run(args),
            Action::Isoflop(args) => isoflop::run(args),
            Action::Forecast(args) => forecast::run(args),
            Action::Inspect(args) => inspect::run(args),
            Action::Completions(args) => Ok(completions::run(args)),
        }
    }
}

/// What a subcommand came to: its output, whether it is to be trusted, and the files that are written once it is printed.
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) trustworthy: bool,
    save: Option<Save>,
}

/// Writes files, and gives what is printed of that.
type Save = Box<dyn FnOnce() -> nbar::Result<String> + Send>;

impl Outcome {
    pub(crate) fn good(stdout: String) -> Self {
        Self::of(stdout, true)
    }

    pub(crate) fn of(stdout: String, trustworthy: bool) -> Self {
        Self { stdout, trustworthy, save: None }
    }

    /// The same, with files to write.
    pub(crate) fn saving(self, save: impl FnOnce() -> nbar::Result<String> + Send + 'static) -> Self {
        Self { save: Some(Box::new(save)), ..self }
    }

    /// The output once the files are written, and whether it is to be trusted.
    #[allow(dead_code, reason = "the Python module asks for it")]
    pub(crate) fn saved(self) -> nbar::Result<(String, bool)> {
        let said = self.save.map_or(Ok(String::new()), |save| save())?;
        Ok((self.stdout + &said, self.trustworthy))
    }

    /// Prints, saves, and says how that ended: what was computed is not lost where it cannot be saved.
    fn finish(self) -> u8 {
        let mut code = if self.trustworthy { 0 } else { 4 };
        let mut print = |text: &str| {
            let mut stdout = std::io::stdout();
            let written = stdout.write_all(escaped(text).as_bytes()).and_then(|()| stdout.flush());
            // A reader that has seen enough (head) is no failure.
            if let Err(e) =
                written.or_else(|e| if e.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(e) })
            {
                talk(format!("nbar: cannot write the result: {e}"));
                code = 3;
            }
        };
        print(&self.stdout);
        match self.save.map_or(Ok(String::new()), |save| save()) {
            Ok(said) => print(&said),
            Err(error) => {
                format!("nbar: {}", flags::spoken_error(&error)).lines().for_each(talk);
                if !self.stdout.is_empty() {
                    talk("what is printed above is not saved");
                }
                code = 3;
            }
        }
        code
    }

    /// What a saved fit answers; the answer's warnings and the fit's go to stderr. Without draws it says why there are no intervals.
    pub(crate) fn of_saved(
        ensemble: &Ensemble,
        warnings: &[Warning],
        format: table::Format,
        mut stdout: String,
    ) -> Self {
        warnings.iter().chain(&ensemble.fit.warnings).for_each(warn);
        if let Some(line) = restrict::flops_line(&ensemble.fit.observations) {
            let answered = match ensemble.fit.observations.flops_count() {
                FlopsCount::Dense => "so are those of this answer".to_owned(),
                _ => match ensemble.fit.flops_of(1.0, 1.0) / 6.0 {
                    1.0 => "those of this answer are 6 N̄ D".to_owned(),
                    times => format!(
                        "those of this answer are {} times 6 N̄ D, where none are given",
                        format::digits(times, 3)
                    ),
                },
            };
            talk(format!("{line}; {answered}"));
        }
        if ensemble.draws.is_empty() {
            let why = match ensemble.fit.is_of_constants() {
                true => "no intervals: the law's constants were given, and there are no runs behind them",
                false => "no intervals: the saved fit has no draws (nbar fit --bootstrap 1000 makes them)",
            };
            match format {
                table::Format::Text => stdout.push_str(&format!("\n{why}\n")),
                _ => talk(why),
            }
        }
        Self::of(stdout, ensemble.fit.answers_are_trustworthy())
    }
}

/// Talk, which is not the result, with flags for fields; where nobody listens any more, it is dropped.
pub(crate) fn talk(line: impl std::fmt::Display) {
    let line = flags::spoken(line);
    match host::host() {
        Some(host) => host.hear(&line),
        None => talk_lines(&escape::line(&line)),
    }
}

/// Several lines of talk.
pub(crate) fn talk_lines(lines: &str) {
    let line = escaped(lines);
    progress::aside(|| {
        let _ = writeln!(std::io::stderr(), "{line}");
    });
}

/// Talk of what weakens the result.
pub(crate) fn warn(warning: impl std::fmt::Display) {
    talk(format!("warning: {warning}"));
}

/// Refuses arguments that are no UTF-8: names are printed, saved and pasted, which others would not survive.
fn check_names() -> Result<(), String> {
    match host::words().into_iter().skip(1).find(|word| word.to_str().is_none()) {
        Some(word) => {
            Err(format!("the name '{}' is not UTF-8; give the file another name", word.to_string_lossy()))
        }
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    ExitCode::from(run())
}

/// Does what the words of the command say; the exit code.
pub(crate) fn run() -> u8 {
    if let Err(refusal) = check_names() {
        talk(format!("nbar: {refusal}"));
        return 2;
    }
    let name = old_names::subcommand(host::words()).unwrap_or_default();
    flags::set_command(&name);
    let (args, notes) = old_names::renewed(host::words());
    notes.iter().for_each(talk);
    let mut command = help::command(&args);
    let parsed = command.try_get_matches_from_mut(args).and_then(|matches| {
        flags::note_given(&command, &matches);
        Command::from_arg_matches(&matches)
    });
    let Command { action, quiet } = parsed.unwrap_or_else(|error| flags::exit(&error));
    progress::start(&name, quiet);
    let outcome = action.run();
    progress::finish();
    let stopped = progress::is_stopped().then_some(progress::INTERRUPTED);
    match outcome {
        Ok(outcome) => match outcome.finish() {
            3 => 3,
            code => stopped.unwrap_or(code),
        },
        Err(error) => {
            let mended = action.sweep().map(mend::mended).filter(|mended| mended.is_of(&error));
            match &mended {
                Some(mended) => mended.lines().iter().for_each(talk),
                None => format!("nbar: {}", flags::spoken_error(&error)).lines().for_each(talk),
            }
            if let Action::Inspect(args) = &action
                && let Some(files) = mended.and_then(mend::Mended::readable)
                && let Ok(outcome) = inspect::with(args, &files)
            {
                let _ = std::io::stdout().write_all(escaped(&outcome.stdout).as_bytes());
            }
            stopped.unwrap_or(if args::is_usage(&error) { 2 } else { 3 })
        }
    }
}
