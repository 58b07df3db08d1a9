//! A line on a terminal that says how far the work is, and what Ctrl-C does.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nbar::{Error, Observer, Progress, Result};

use crate::format::thousands;
use crate::host::host;
use crate::{talk, warn};

/// Work that is shorter shows nothing.
const SHORT: Duration = Duration::from_secs(1);
/// Between one look of the line and the next.
const TICK: Duration = Duration::from_millis(100);
/// Seconds after which work counts for the rate by 1/e.
const RECENT: f64 = 5.0;
/// The exit code after Ctrl-C, as shells have it: 128 + 2.
pub(crate) const INTERRUPTED: u8 = 130;

/// Whether something is done that can be used although the rest is stopped.
static HOLDS: AtomicBool = AtomicBool::new(false);
static STOPS: AtomicBool = AtomicBool::new(false);
/// Whether there is a line.
static SHOWN: AtomicBool = AtomicBool::new(false);
static LINE: Mutex<Line> = Mutex::new(Line { bar: None, stage: None, is_over: false });

/// What the terminal shows.
struct Line {
    bar: Option<ProgressBar>,
    stage: Option<Stage>,
    is_over: bool,
}

/// What is being counted.
struct Stage {
    begun: Instant,
    last: Progress,
    /// When the line looked last, and what was done then.
    seen: (Instant, usize),
    /// Work and seconds up to then, of which older ones count less.
    recent: [f64; 2],
}

fn line() -> MutexGuard<'static, Line> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// From here on Ctrl-C is listened to and, if stderr is a terminal and may be written to, a line is shown.
pub(crate) fn start(command: &str, quiet: bool) {
    // Where no handler can be set, Ctrl-C ends the program as it always does.
    let _ = ctrlc::set_handler(stop);
    if quiet || !std::io::stderr().is_terminal() {
        return;
    }
    SHOWN.store(true, Ordering::Relaxed);
    let (begun, command) = (Instant::now(), format!("nbar {command}"));
    std::thread::spawn(move || {
        std::thread::sleep(SHORT);
        loop {
            let mut line = line();
            if line.is_over {
                return;
            }
            let text = match &mut line.stage {
                _ if is_stopped() => format!("{command}: stopping"),
                Some(stage) => format!("{command}: {}", said(stage)),
                None => format!("{command}: {}", time(begun.elapsed())),
            };
            let bar = line.bar.get_or_insert_with(|| {
                let style =
                    ProgressStyle::with_template("{wide_msg}").unwrap_or(ProgressStyle::default_bar());
                ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
            });
            bar.set_message(text);
            drop(line);
            std::thread::sleep(TICK);
        }
    });
}

/// The line goes; it does not come back before `write` has written.
pub(crate) fn aside<T>(write: impl FnOnce() -> T) -> T {
    let mut line = line();
    line.clear();
    write()
}

/// The line is gone for good.
pub(crate) fn finish() {
    let mut line = line();
    line.is_over = true;
    line.clear();
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_stopped() -> bool {
    STOPS.load(Ordering::Relaxed)
}

/// Ctrl-C: what is done so far is used, if there is anything; the second time nothing is.
fn stop() {
    let again = STOPS.swap(true, Ordering::Relaxed);
    if HOLDS.load(Ordering::Relaxed) && !again {
        talk("nbar: stopping with what is done so far; Ctrl-C again ends at once");
        return;
    }
    finish();
    if !again {
        talk("nbar: stopped before there was a result");
    }
    std::process::exit(INTERRUPTED.into())
}

/// Hears of the work, and stops it after Ctrl-C.
pub(crate) fn observer() -> Observer {
    if let Some(host) = host() {
        return host.observer();
    }
    Observer::new(|progress| {
        if !matches!(progress.what, "starts" | "predictions") {
            // Whatever else is counted has a fit to fall back on.
            HOLDS.store(true, Ordering::Relaxed);
        }
        if SHOWN.load(Ordering::Relaxed) {
            hear(progress);
        }
        if is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// Remembers how far the work is. Where the terminal is being written to, work does not wait for it, and the next will say.
fn hear(progress: Progress) {
    let mut line = match LINE.try_lock() {
        Ok(line) => line,
        Err(_) if progress.done > 0 => return,
        Err(_) => line(),
    };
    let goes_on = |stage: &&mut Stage| stage.last.what == progress.what && progress.done > 0;
    match line.stage.as_mut().filter(goes_on) {
        Some(stage) if progress.done > stage.last.done => stage.last = progress,
        Some(_) => {}
        None => {
            let begun = Instant::now();
            line.stage =
                Some(Stage { begun, last: progress, seen: (begun, progress.done), recent: [0.0; 2] });
        }
    }
}

/// Nothing where Ctrl-C stopped the work, which is said.
pub(crate) fn unless_stopped<T>(work: Result<T>) -> Result<Option<T>> {
    match work {
        Err(error @ Error::Cancelled { .. }) => {
            warn(error);
            Ok(None)
        }
        done => done.map(Some),
    }
}

/// `replicates 312 of 1,000, 85 a second, 8 s left`.
fn said(stage: &mut Stage) -> String {
    let Progress { what, done, total, .. } = stage.last;
    if total == 0 {
        return format!("{what}, {}", time(stage.begun.elapsed()));
    }
    let now = Instant::now();
    let took = (now - stage.seen.0).as_secs_f64();
    let fading = (-took / RECENT).exp();
    let [work, seconds] = stage.recent;
    stage.recent = [work * fading + done.saturating_sub(stage.seen.1) as f64, seconds * fading + took];
    stage.seen = (now, done);
    let rate = stage.recent[0] / stage.recent[1];
    let mut text = format!("{what} {} of {}", thousands(done), thousands(total));
    if rate > 0.0 {
        let left = (total.saturating_sub(done) as f64 / rate).min(1e9);
        let rate = if rate < 9.95 { format!("{rate:.1}") } else { thousands(rate.round() as usize) };
        text += &format!(", {rate} a second, {} left", time(Duration::from_secs_f64(left)));
    }
    text
}

/// `8 s`, `2 min 5 s`, `1 h 12 min`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, min, s) => format!("{min} min {s} s"),
        (h, min, _) => format!("{h} h {min} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::Duration;

    #[test]
    fn times_are_in_the_two_largest_units() {
        for (seconds, expected) in
            [(0.4, "0 s"), (59.4, "59 s"), (125.0, "2 min 5 s"), (4320.0, "1 h 12 min")]
        {
            assert_eq!(time(Duration::from_secs_f64(seconds)), expected);
        }
    }
}
